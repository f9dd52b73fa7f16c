"""The command line in front of the flows: what it refuses before anything is opened."""

import json
import threading
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from runner import __version__, cli
from runner.errors import MissingFile, RunMissing
from runner.journal.writer import open_journal
from tests.unit.journal.histories import BEGAN, PROVED

CONTEXT = click.Context(cli.cli)
VERBS = [found for verb in cli.VERBS if (found := cli.cli.get_command(CONTEXT, verb))]
COMMANDS = [*VERBS, *(each for verb in VERBS if isinstance(verb, click.Group) for each in verb.commands.values())]


def invoke(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.cli, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_help_lists_every_verb_in_order() -> None:
    code, output = invoke("--help")
    assert code == 0
    listed = [line.split()[0] for line in output.partition("Commands:")[2].splitlines() if line.strip()]
    assert [one for one in listed if one in cli.VERBS] == list(cli.VERBS)


def test_the_version_is_the_packages() -> None:
    assert invoke("--version") == (0, f"thing-a-me, version {__version__}\n")


@pytest.mark.parametrize("verb", cli.VERBS)
def test_every_verb_explains_itself(verb: str) -> None:
    code, output = invoke(verb, "--help")
    said = import_module(f"runner.cli.{verb}").command.help
    assert code == 0
    assert said
    assert " ".join(said.split()) in " ".join(output.split())


def test_every_option_explains_itself() -> None:
    silent = [
        f"{command.name} {option.name}"
        for command in COMMANDS
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]
    assert silent == []


def test_every_command_takes_the_cloud_and_may_answer_in_json_or_quietly() -> None:
    for command in COMMANDS:
        if not isinstance(command, click.Group):
            options = [option for parameter in command.params for option in parameter.opts]
            assert {"--cloud", "--json", "--quiet", "-q"} <= set(options)
            assert len(set(options)) == len(options)


@pytest.mark.parametrize("verb", ["plan", "rehearse"])
def test_a_target_has_to_be_named(verb: str) -> None:
    code, output = invoke(verb)
    assert code == 2
    assert "Missing option '--to'" in output


@pytest.mark.parametrize(
    "words", [(), ("--sealed", "x.json", "--to", "2026.1"), ("--sealed", "x.json", "--accept-no-snapshot")]
)
def test_migrate_takes_a_sealed_plan_or_a_target(words: tuple[str, ...]) -> None:
    code, output = invoke("migrate", *words)
    assert code == 2
    assert "give --sealed FILE, or --to RELEASE" in output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--to", "2026.1", "--accept-no-snapshot", "--side-by-side", "--into", "new"), "goes with --sealed FILE"),
        (("--sealed", "x.json", "--side-by-side"), "goes with --sealed FILE and --into DIRECTORY"),
        (("--sealed", "x.json", "--into", "new"), "go with --side-by-side"),
        (("--sealed", "x.json", "--although-behind"), "go with --side-by-side"),
        (("--sealed", "x.json", "--side-by-side", "--into", "new", "--publish", "3306"), "an address of this host and a port"),
        (
            ("--sealed", "x.json", "--side-by-side", "--into", "new", "--publish", "::1:99999"),
            "an address of this host and a port",
        ),
        (("--sealed", "x.json", "--side-by-side", "--into", "new", "--name", "a b"), "a container's name"),
        (("--sealed", "x.json", "--side-by-side", "--into", "/srv/a+b"), "give --name CONTAINER"),
    ],
)
def test_side_by_side_takes_a_sealed_plan_and_a_place(words: tuple[str, ...], said: str) -> None:
    code, output = invoke("migrate", *words)
    assert code == 2
    assert said in " ".join(output.replace("│", " ").split())


def test_what_begins_at_a_checkpoint_is_not_repeated() -> None:
    code, output = invoke("rehearse", "--to", "2026.1", "--from-checkpoint", "--repeat", "2")
    assert code == 2
    assert "it does not go with --from-checkpoint" in output


@pytest.mark.parametrize(("verb", "jobs"), [("migrate", "0"), ("migrate", "65"), ("resume", "0"), ("demo", "many")])
def test_a_number_of_jobs_has_to_make_sense(verb: str, jobs: str) -> None:
    code, output = invoke(verb, "--jobs", jobs)
    assert code == 2
    assert "--jobs" in output


@pytest.mark.parametrize(
    "arguments",
    [
        ("inspect",),
        ("check",),
        ("plan", "--to", "2026.1"),
        ("check", "--to", "2026.1"),
        ("resume",),
        ("migrate", "--to", "2026.1"),
        ("status",),
        ("report",),
    ],
)
def test_a_cloud_that_is_not_there_is_named(arguments: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"cannot read .*/cloud\.yaml"):
        invoke(*arguments, "--cloud", str(tmp_path / "cloud.yaml"))


@pytest.mark.parametrize("verb", ["status", "report"])
def test_what_was_done_is_told_without_a_cloud(verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunMissing, match="there is no run in runs"):
        invoke(verb)


def test_all_runs_are_listed_for_people_and_for_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / BEGAN.run).mkdir(parents=True)
    with open_journal(tmp_path / "runs" / BEGAN.run, create=True) as journal:
        journal.append(BEGAN)
    _, line = invoke("status", "--all")
    assert line.startswith(BEGAN.run)
    _, document = invoke("status", "--all", "--json")
    assert [one["run"] for one in json.loads(document)] == [BEGAN.run]


def test_a_watched_run_is_said_again_until_it_ends(tmp_path: Path) -> None:
    ended, *begun = reversed(PROVED)
    with open_journal(tmp_path, create=True) as journal:
        for entry in reversed(begun):
            journal.append(entry)
        said: list[tuple[int, str]] = []
        watch = threading.Thread(target=lambda: said.append(invoke("status", str(tmp_path), "--watch")))
        watch.start()
        watch.join(2.5)
        assert watch.is_alive(), "it is at work"
        journal.append(ended)
    watch.join(30)
    ((code, text),) = said
    assert code == 0
    lines = [line for line in text.splitlines() if line.startswith(BEGAN.run)]
    assert len(lines) >= 3
    assert [" running " in line for line in lines] == [True] * (len(lines) - 1) + [False]
    assert " proved " in lines[-1]


def test_a_report_goes_to_standard_output_or_to_a_file(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    with open_journal(run, create=True) as journal:
        journal.append(BEGAN)
    code, page = invoke("report", str(run), "--format", "html")
    assert code == 0
    assert page.startswith("<!DOCTYPE html>")
    assert invoke("report", str(run), "--format", "html", "--output", str(tmp_path / "page.html")) == (0, "")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page
    assert [one.name for one in tmp_path.iterdir() if one != run] == ["page.html"]
    code, said = invoke("report", str(run), "--output", str(tmp_path / "nowhere" / "page.html"))
    assert code == 2
    assert "No such file or directory" in said


def test_the_cloud_may_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING_A_ME_CLOUD", str(tmp_path / "other.yaml"))
    with pytest.raises(MissingFile, match=r"/other\.yaml"):
        invoke("inspect")


def test_main_ends_the_process_with_the_boundarys_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["thing-a-me", "inspect", "--json", "--cloud", "/nowhere/cloud.yaml"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == MissingFile.exit_code
    assert '"error": "MissingFile"' in capsys.readouterr().err
