"""The ready-made CI jobs of docs/ci: their syntax, and that what they type is a command of ours."""

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from runner.cli import cli

JOBS = Path(__file__).parents[2] / "docs" / "ci"


def load(name: str) -> Any:
    return yaml.safe_load((JOBS / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "schema"), [("github-actions.yaml", "vendor.github-workflows"), ("gitlab-ci.yaml", "vendor.gitlab-ci")]
)
def test_a_job_fits_its_systems_own_schema(name: str, schema: str) -> None:
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(JOBS / name)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_zuuls_configuration_names_plays_that_are_there() -> None:
    (job,) = (one["job"] for one in load("zuul.yaml") if "job" in one)
    plays = {Path(job[key]).name for key in ("run", "post-run")}
    assert plays == {path.name for path in JOBS.glob("migration-chain*.yaml")}
    for play in plays:
        assert all(set(one) <= {"hosts", "roles", "tasks"} for one in load(play))
    assert [one["project"]["check"]["jobs"] for one in load("zuul.yaml") if "project" in one] == [[job["name"]]]


def typed() -> list[list[str]]:
    """What each job types, without the command's own name."""
    github = next(step["run"] for step in load("github-actions.yaml")["jobs"]["chain"]["steps"] if "ci" in step.get("run", ""))
    (gitlab,) = load("gitlab-ci.yaml")["chain"]["script"]
    (zuul,) = (task for play in load("migration-chain.yaml") for task in play["tasks"] if "Run" in task["name"])
    return [shlex.split(github)[1:], shlex.split(gitlab)[1:], zuul["ansible.builtin.command"]["argv"][1:]]


@pytest.mark.parametrize("words", typed(), ids=["github", "gitlab", "zuul"])
def test_what_a_job_types_is_a_command_of_ours(words: list[str]) -> None:
    assert words[0] == "ci"
    command = cli.get_command(click.Context(cli), "ci")
    assert command
    said = command.make_context("ci", words[1:]).params
    assert said["overrides"] == ("nova=.",)
    assert said["baseline"] == Path("ci/migrations.json")
