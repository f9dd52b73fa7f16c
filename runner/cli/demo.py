"""`thing-a-me demo`: all of it on a throw-away cloud, by the very commands an operator types."""

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import click

from runner.cli.context import Context
from runner.demo.broken_twin import broken_twin
from runner.demo.live_cloud import live_cloud
from runner.demo.night import CLOUD, TARGET, clean, demo_cloud
from runner.demo.summary import summarise
from runner.errors import ChecksBlock, HalfMovedHeads, ThingAMeError
from runner.flows.images import open_workshop
from runner.flows.seal import SEALED
from runner.journal.runs import find_run
from runner.reporting.report import build_report

FOLDER = Path("thing-a-me-demo")


class Act(NamedTuple):
    """One command that the operator types; `refused` is how it has to be refused, None where it is not."""

    words: tuple[str, ...]
    refused: type[ThingAMeError] | None = None


ACTS = (
    Act(("inspect",)),
    Act(("check", "--to", TARGET), refused=ChecksBlock),
    Act(("check", "--to", TARGET, "--fix", "cinder-purge")),
    Act(("check", "--to", TARGET)),
    Act(("plan", "--to", TARGET)),
    Act(("snapshot", "take")),
    Act(("rehearse", "--to", TARGET)),
    Act(("migrate", "--sealed", "{sealed}")),
    Act(("inspect",)),
    Act(("report",)),
)
"""In this order. The first check finds what was planted; the second finds it mended.

`{sealed}` stands for the sealed plan that the rehearsal wrote.
"""

ACTS_WHERE_IT_WENT_WRONG = (
    Act(("inspect",), refused=HalfMovedHeads),
    Act(("snapshot", "restore", "--yes")),
    Act(("inspect",)),
)
"""On a twin of the server that was broken on purpose: its databases are neither old nor new."""


@click.command("demo")
@click.option("--clean", "only_clean", is_flag=True, help="Remove everything that a demo left behind, and end.")
@click.option("--keep", is_flag=True, help="Leave the cloud there, to play with.")
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Builds and steps side by side.")
@click.pass_context
def command(ctx: click.Context, jobs: int, *, only_clean: bool, keep: bool) -> None:
    """All of it on a throw-away cloud: inspect, check, mend, plan, snapshot, rehearse, migrate, report; and putting back."""
    context: Context = ctx.obj
    with ExitStack() as stack:
        # A command that is played draws a picture of its own: ours has ended before it begins.
        with context.listening() as tell:
            workshop = open_workshop(None, tell)
            if only_clean:
                clean(workshop.site.engine, FOLDER)
                return
            stage = stack.enter_context(demo_cloud(workshop, FOLDER, jobs=jobs, keep=keep, tell=tell))
            stack.enter_context(live_cloud(workshop, stage, keep=keep, tell=tell))
        if context.json:
            stack.enter_context(_muted())
        quiet = context.quiet or context.json
        for act in ACTS:
            _play(ctx, stage.cloud, act, quiet=quiet)
        with context.listening() as tell:
            twin = stack.enter_context(broken_twin(workshop, stage, keep=keep, tell=tell))
        for act in ACTS_WHERE_IT_WENT_WRONG:
            _play(ctx, twin, act, quiet=quiet)
        summary = summarise(build_report(find_run(stage.cloud.parent / "runs", None)))
    click.echo(summary.model_dump_json() if context.json else f"\n{summary}")


def _play(ctx: click.Context, cloud: Path, act: Act, *, quiet: bool) -> None:
    """Type one command and show what it says; the one that has to be refused must be refused."""
    words = [_sealed(cloud) if word == "{sealed}" else word for word in act.words]
    where = "" if cloud.name == CLOUD else f" --cloud {cloud}"
    click.echo(click.style(f"\n$ thing-a-me {' '.join(words)}{where}", bold=True))
    back = ["--cloud", str(cloud), *(["--quiet"] if quiet else [])]
    try:
        ctx.find_root().command.main([*words, *back], prog_name="thing-a-me", standalone_mode=False)
    except ThingAMeError as refusal:
        if act.refused is None or not isinstance(refusal, act.refused):
            raise
        click.echo(f"error: {refusal.message}\nhint: {refusal.advice}\n(exit code {refusal.exit_code}, as it should be)")
    else:
        assert act.refused is None, f"`{' '.join(words)}` had to be refused"


def _sealed(cloud: Path) -> str:
    return str(find_run(cloud.parent / "runs", None) / SEALED)


@contextmanager
def _muted() -> Iterator[None]:
    """With --json the answer alone goes to standard output."""
    with redirect_stdout(io.StringIO()):
        yield
