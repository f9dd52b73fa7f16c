"""What `check` says of a finding. What is found is tested against a real server."""

from pathlib import Path

import click
import pytest

from runner import cli
from runner.checks import Answers
from runner.checks.finding import Finding, Severity
from runner.cli.check import say_answers
from runner.cli.context import Context

FOUND = Finding(check="c", severity=Severity.WARNS, where="nova.cell1", says="s", way_out="w", mend="nova-online")


def said(*arguments: str) -> list[str]:
    """What is said of one finding where `check` was typed with these arguments."""
    check = cli.cli.get_command(click.Context(cli.cli), "check")
    assert check
    parent = click.Context(cli.cli, obj=Context(Path("cloud.yaml")))
    return say_answers(Answers((FOUND,), ()), check.make_context("check", list(arguments), parent=parent))


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ((), "thing-a-me check --fix nova-online"),
        (("--to", "2024.1"), "thing-a-me check --to 2024.1 --fix nova-online"),
        (
            ("--project", "nova", "--to", "2024.1", "--project", "heat", "--cloud", "my clouds/a.yaml"),
            "thing-a-me check --to 2024.1 --project nova --project heat --fix nova-online --cloud 'my clouds/a.yaml'",
        ),
    ],
)
def test_a_mending_command_is_ready_to_paste(typed: tuple[str, ...], command: str) -> None:
    assert f"        mend    {command}" in said(*typed)


def test_a_cloud_that_the_environment_names_need_not_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING_A_ME_CLOUD", "other.yaml")
    assert "--cloud" not in "\n".join(said("--to", "2024.1"))


def test_findings_are_counted() -> None:
    assert said()[-1] == "1 findings: 0 blocks, 1 warns, 0 notes; 0 could not be told"
