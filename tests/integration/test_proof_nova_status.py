"""Nova's own upgrade check, which judges services too, on a real nova at 2026.1: what it fails for, and what it cannot tell."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from runner.checks import blockers
from runner.checks.finding import Finding
from runner.demo.seed import nova_api, nova_cells
from runner.demo.seed.rows import put
from runner.demo.seed.story import Installed, Size
from runner.events import silent
from runner.flows.prepare import prepare_plan
from runner.flows.record import open_record
from runner.flows.surroundings import open_site
from runner.flows.upgrade_checks import ask_after_chain
from runner.flows.world import open_world
from runner.mariadb.connection import DatabaseServer, quote
from runner.planning.cloud import Database
from runner.proofs import upgrade_check
from runner.proofs.question import Evidence, Question
from runner.scratch.first_install import DATABASES, SCHEMAS
from tests.support.clouds import Nursery, install
from tests.support.questions import ask_about

pytestmark = [pytest.mark.engine, pytest.mark.images]

TARGET = "2026.1"
SIZE = Size(instances=40, images=10, soft_deleted=5)
PLACEMENT, COMPUTES = "nova: Placement API", "nova: Older than N-1 computes"
CELL0 = "00000000-0000-0000-0000-000000000000"
STALE = "UPDATE nova.services SET version = 61 WHERE host = 'compute-2' AND `binary` = 'nova-compute'"
FRESH = "UPDATE nova.services SET version = 66"


@dataclass(frozen=True)
class Nova:
    """A nova of three cells at the target, none of whose services has started since 2023.1."""

    server: DatabaseServer
    nursery: Nursery
    ask: Callable[[], dict[str, Evidence]]
    """Ask its own check as after a chain: the evidence, by subject."""

    @contextmanager
    def changed(self, *does: str, back: tuple[str, ...]) -> Iterator[None]:
        """Change its databases for the length of the block."""
        try:
            for statement in does:
                self.server.execute(statement)
            yield
        finally:
            for statement in back:
                self.server.execute(statement)


@pytest.fixture(scope="module")
def nova(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nova]:
    install(nursery, ("nova",), TARGET)
    cells = {str(name): int(number) for name, number in nursery.server.rows("SELECT name, id FROM nova_api.cell_mappings")}
    installed = Installed(password_hash="", roles={}, default_volume_type="", cells=cells)
    for batch in (batch for seed in (nova_api.seed, nova_cells.seed) for batch in seed(SIZE, installed)):
        put(nursery.server, batch)
    file = nursery.describe(tmp_path_factory.mktemp("nova"), {"nova": DATABASES["nova"]})
    with open_world(file) as world:
        # The version rows are those of 2025.1 too: a plan to 2026.1 moves it.
        _, plan = prepare_plan(world, TARGET, projects=(), tell=silent)
        with (
            open_record(world.cloud, flow="check", target=TARGET) as (folder, journal),
            open_site(world, plan, folder.name, journal=journal, tell=silent) as site,
        ):

            def ask() -> dict[str, Evidence]:
                question = Question(
                    plan=plan,
                    recipes=world.recipes,
                    calendar=world.calendar,
                    server=world.server,
                    before={},
                    after={},
                    exit_codes={},
                    fresh={},
                    upgrade_answers=ask_after_chain(site, jobs=1, tell=silent),
                )
                return {piece.subject: piece for piece in upgrade_check.give(question)}

            yield Nova(nursery.server, nursery, ask)
    for schema in SCHEMAS["nova"]:
        nursery.server.execute(f"DROP DATABASE {quote(schema)}")


def held(evidence: dict[str, Evidence]) -> dict[str, bool | None]:
    return {subject: piece.holds for subject, piece in evidence.items()}


def test_what_needs_a_service_is_told_apart_from_what_the_databases_answer(nova: Nova) -> None:
    evidence = nova.ask()

    assert held(evidence) == {"nova": True, PLACEMENT: None, COMPUTES: None}
    says, *more = evidence["nova"].detail
    assert says == (
        "nova-status of 2026.1 finds no failure in what the databases answer (exit code 2); checks that need a live service: 2"
    )
    assert [line.partition(" is required")[0] for line in more] == ["known: Service user token configuration"]
    assert "No credentials specified for placement API" in evidence[PLACEMENT].detail[0]
    assert "service level in your system is 66 and the oldest supported service level is 68" in evidence[COMPUTES].detail[0]
    assert "disable_compute_service_check_for_ffu" in evidence[COMPUTES].detail[1]


def test_once_the_computes_have_started_they_are_not_spoken_of(nova: Nova) -> None:
    cells = ("nova", "nova_cell2")
    now = tuple(f"UPDATE {cell}.services SET version = 72" for cell in cells)
    with nova.changed(*now, back=tuple(f"UPDATE {cell}.services SET version = 66" for cell in cells)):
        assert held(nova.ask()) == {"nova": True, PLACEMENT: None}


def test_a_compute_that_is_older_than_the_others_fails_the_proof_and_was_found_before_the_chain(nova: Nova) -> None:
    """No chain makes it so, and no service that is started mends it: its host is gone, or was forgotten."""
    with nova.changed(STALE, back=(FRESH,)):
        evidence = nova.ask()
        cells = [Database("nova", "cell", cell, schema) for cell, schema in (("cell1", "nova"), ("cell2", "nova_cell2"))]
        found = blockers.ask(ask_about(nova.server, nova.nursery.address, *cells))

    assert held(evidence) == {"nova": False, PLACEMENT: None}
    assert "service level in your system is 61" in evidence["nova"].detail[0]
    (finding,) = found
    assert isinstance(finding, Finding)
    assert (finding.where, finding.says, finding.severity) == ("nova.cell1", "nova-stale-computes: 1 rows", "warns")


def test_a_compute_that_was_forced_down_is_not_spoken_of(nova: Nova) -> None:
    """The way out for a host that is gone."""
    down = "UPDATE nova.services SET forced_down = 1 WHERE host = 'compute-2' AND `binary` = 'nova-compute'"
    with nova.changed(STALE, down, back=(FRESH, "UPDATE nova.services SET forced_down = 0")):
        assert held(nova.ask()) == {"nova": True, PLACEMENT: None, COMPUTES: None}


def test_a_cell_mapping_that_is_missing_fails_the_proof(nova: Nova) -> None:
    gone = f"UPDATE nova_api.cell_mappings SET uuid = UUID() WHERE uuid = '{CELL0}'"
    back = f"UPDATE nova_api.cell_mappings SET uuid = '{CELL0}' WHERE name = 'cell0'"
    with nova.changed(gone, back=(back,)):
        evidence = nova.ask()

    assert held(evidence) == {"nova": False, PLACEMENT: None, COMPUTES: None}
    assert "No cell0 mapping found" in evidence["nova"].detail[0]


def test_a_warning_is_listed_and_holds(nova: Nova) -> None:
    unset = "UPDATE nova.instance_system_metadata SET `key` = 'was_machine_type' WHERE `key` = 'image_hw_machine_type'"
    back = "UPDATE nova.instance_system_metadata SET `key` = 'image_hw_machine_type' WHERE `key` = 'was_machine_type'"
    with nova.changed(unset, back=(back,)):
        evidence = nova.ask()

    assert evidence["nova"].holds is True
    assert evidence["nova"].detail[-1].startswith("warns: Instances found without hw_machine_type set")


def test_a_cell_that_cannot_be_asked_gives_no_answer(nova: Nova) -> None:
    """Nova passes over such a cell when it looks for old computes, as if there were none in it."""
    lost = "UPDATE nova_api.cell_mappings SET database_connection = REPLACE(database_connection, '//root:', '//nobody:')"
    back = "UPDATE nova_api.cell_mappings SET database_connection = REPLACE(database_connection, '//nobody:', '//root:')"
    with nova.changed(f"{lost} WHERE name = 'cell1'", back=(back,)):
        evidence = nova.ask()

    assert held(evidence) == {"nova": None}
    assert "nova-status of 2026.1 gave no answer (exit code 255)" in evidence["nova"].detail[0]
