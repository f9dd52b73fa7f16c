# thing-a-me. `make` alone lists what there is.
.DEFAULT_GOAL := help
.PHONY: help setup host check unit test test-chain bench damage matrix demo schemas lint clean

VENV := .venv
BIN := $(VENV)/bin
# testcontainers' reaper is an image from a registry, which an air-gapped machine does not have.
export TESTCONTAINERS_RYUK_DISABLED := true
# The tests' processes compile the same files: what one has compiled the others read, whatever the shell says.
export PYTHONDONTWRITEBYTECODE :=
# Pictures of reports, as a browser draws them, for people to look at.
export THING_A_ME_SCREENSHOTS := $(CURDIR)/.screenshots

# What the tests' chain goes through; every other release has its place in test-chain.
RELEASES := 2023.1 2024.1 2025.1 2026.1

# Copies that share blocks are tested on an XFS of our own, which only root may mount; deployments by a real kubectl; reports in a
# real browser.
TEST_NEEDS := $(if $(filter 0,$(shell id -u)),mkfs.xfs:xfsprogs kubectl:kubernetes-client chromium:chromium)

help: ## list the goals
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

setup: $(BIN)/.ready ## make the virtual environment in .venv

$(BIN)/.ready: pyproject.toml
	@scripts/make-venv $(VENV)
	@touch $@

host: ## see that a container engine runs and that root filesystems can be made; as root on Debian, install what is missing
	@scripts/host-ready

demo: setup host ## the main job, on a throw-away cloud: seven projects from 2023.1 to 2026.1
	@$(BIN)/thing-a-me demo

check: setup ## lint, types, import contract and unit tests: no engine, seconds
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports > .import_linter.log || { cat .import_linter.log; exit 1; }
	@$(BIN)/pytest -q -n 4 --dist worksteal tests/unit

test: check host ## tests on real images and a real MariaDB, with a real chain: 30 to 45 minutes on 2 cores
	@$(BIN)/thing-a-me images build $(RELEASES)
	@scripts/host-ready $(TEST_NEEDS)
	@$(BIN)/pytest -q --durations=40 -n 2 --dist loadfile -m "not soak and not alone" tests/integration tests/crash
	@$(BIN)/pytest -q --durations=10 -m "not soak and alone" tests/integration tests/crash
	@$(BIN)/pytest -q --durations=10 tests/chain/test_demo.py

test-chain: setup host ## the rarer accidents, whole clouds on clones, 25 rollbacks, kills in more phases
	@$(BIN)/thing-a-me images build $(RELEASES)
	@scripts/host-ready $(TEST_NEEDS)
	@$(BIN)/pytest -q -m soak tests/integration tests/crash
	@$(BIN)/pytest -q tests/chain --ignore=tests/chain/test_demo.py

bench: setup host ## the plain way against ours, into bench/results.json
	@$(BIN)/python -m bench

damage: setup host ## damage snapshots on purpose, 20 undamaged ones between them, and write docs/damage.md
	@THING_A_ME_RECORD_DAMAGE=1 $(BIN)/pytest -q tests/integration/test_damage_files.py tests/integration/test_damage_sql.py tests/chain/test_undamaged.py
	@$(BIN)/python -m scripts.write_schemas

matrix: setup host ## carry empty clouds from every release to the newest, and write docs/matrix.md: hours
	@THING_A_ME_RECORD_MATRIX=1 $(BIN)/pytest -q tests/chain/test_chains.py
	@$(BIN)/python -m scripts.write_schemas

schemas: setup ## write docs/schemas and the other generated pages from the code
	@$(BIN)/python -m scripts.write_schemas

clean: ## remove what the demo and the tests left behind, and the virtual environment
	@-$(BIN)/thing-a-me demo --clean
	@rm -rf $(VENV) .import_linter.log
