"""The house rules that a linter does not know (design.md; style-by-example.md, habits 1, 4, 5 and 11)."""

import ast
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

import runner
from runner import checks, cli, proofs
from runner.checks.upgrade_check import UpgradeChecks

HOUSE = Path(runner.__file__).parent
CONTEXT = click.Context(cli.cli)
MODULES = {path.relative_to(HOUSE).as_posix(): path.read_text(encoding="utf-8") for path in sorted(HOUSE.rglob("*.py"))}

INSIDE_AN_IMAGE = {"containers/describe.py", "recipes/read_back/reading.py"}
"""Scripts of their own, that no process of ours imports: they end with an exit code because nothing else can be seen."""

TOO_LONG: set[str] = set()
"""What is still over a limit. Nothing is added here."""


def modules(package: object) -> set[str]:
    return {one.name for one in pkgutil.iter_modules(package.__path__)}  # type: ignore[attr-defined]


def functions(text: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1


def test_the_commands_are_the_verbs_and_each_has_a_module_of_its_name() -> None:
    assert modules(cli) - set(cli.VERBS) == {
        "boundary",
        "context",
        "ci_reports",
        "image_transfer",
        "mended_text",
        "migrate_options",
        "runs_folder",
        "workshop",
    }
    for verb in cli.VERBS:
        command = cli.cli.get_command(CONTEXT, verb)
        assert command is import_module(f"runner.cli.{verb}").command
        assert command.name == verb


def test_verbs_are_listed_in_the_order_an_operator_meets_them() -> None:
    assert cli.cli.list_commands(CONTEXT) == list(cli.VERBS)
    assert cli.cli.get_command(CONTEXT, "context") is None


def test_a_verb_has_at_most_120_lines() -> None:
    offenders = {name for name, text in MODULES.items() if name.startswith("cli/") and len(text.splitlines()) > 120}
    assert offenders <= TOO_LONG


def test_a_module_has_at_most_400_lines() -> None:
    # Every failure lives in one module (design.md, habit 10), which is a list and grows with them.
    assert [name for name, text in MODULES.items() if len(text.splitlines()) > 400 and name != "errors.py"] == []


def test_a_function_has_at_most_45_lines() -> None:
    offenders = {f"{name}:{function}" for name, text in MODULES.items() for function, lines in functions(text) if lines > 45}
    assert offenders <= TOO_LONG


def test_only_the_boundary_ends_the_process() -> None:
    ending = {name for name, text in MODULES.items() if "sys.exit" in text or "SystemExit" in text}
    assert ending - INSIDE_AN_IMAGE == {"cli/boundary.py"}


@pytest.mark.parametrize("name", sorted(INSIDE_AN_IMAGE))
def test_a_script_that_runs_inside_an_image_is_imported_by_nobody(name: str) -> None:
    dotted = f"runner.{name.removesuffix('.py').replace('/', '.')}"
    importing = [
        other
        for other, text in MODULES.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and dotted in {f"{node.module}.{one.name}" for one in node.names} | {node.module}
    ]
    assert importing == []


def test_every_module_says_what_it_is_for() -> None:
    assert [name for name, text in MODULES.items() if not ast.get_docstring(ast.parse(text))] == []


def test_every_proof_is_demanded() -> None:
    assert {proof.NAME.replace("-", "_") for proof in proofs.PROOFS} == modules(proofs) - {"question"}


def test_every_check_is_asked() -> None:
    asked = {check.NAME.replace("-", "_") for check in checks.CHECKS} | {UpgradeChecks.NAME.replace("-", "_")}
    assert asked == modules(checks) - {"finding", "question"}


def test_checks_have_names_of_their_own() -> None:
    names = [check.NAME for check in checks.CHECKS]
    assert len(set(names)) == len(names)


def test_no_module_is_a_place_for_anything() -> None:
    stems = {Path(name).stem for name in MODULES}
    assert not stems & {"utils", "helpers", "common", "misc", "base", "core", "manager", "managers"}
