"""`thing-a-me demo`: all of it on a throw-away cloud, by the very commands an operator types."""

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path

import click

from runner.cli.context import Context
from runner.demo.night import TARGET, clean, demo_cloud
from runner.demo.summary import summarise
from runner.errors import ChecksBlock
from runner.flows.images import open_workshop
from runner.flows.seal import SEALED
from runner.journal.runs import find_run
from runner.reporting.report import build_report

FOLDER = Path("thing-a-me-demo")

ACTS: tuple[tuple[str, ...], ...] = (
    ("inspect",),
    ("check", "--to", TARGET),
    ("check", "--to", TARGET, "--fix", "cinder-purge"),
    ("check", "--to", TARGET),
    ("plan", "--to", TARGET),
    ("snapshot", "take"),
    ("rehearse", "--to", TARGET),
    ("migrate", "--sealed", "{sealed}"),
    ("inspect",),
    ("report",),
)
"""What the operator types, in this order. The first check finds what was planted; the second finds it mended.

`{sealed}` stands for the sealed plan that the rehearsal wrote.
"""

_BLOCKED_AT = 1


@click.command("demo")
@click.option("--clean", "only_clean", is_flag=True, help="Remove everything that a demo left behind, and end.")
@click.option("--keep", is_flag=True, help="Leave the cloud there, to play with.")
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Builds and steps side by side.")
@click.pass_context
def command(ctx: click.Context, jobs: int, *, only_clean: bool, keep: bool) -> None:
    """All of it on a throw-away cloud: inspect, check, mend, plan, snapshot, rehearse, migrate, prove, report."""
    context: Context = ctx.obj
    with ExitStack() as stack:
        tell = stack.enter_context(context.listening())
        workshop = open_workshop(None, tell)
        if only_clean:
            clean(workshop.site.engine, FOLDER)
            return
        cloud = stack.enter_context(demo_cloud(workshop, FOLDER, jobs=jobs, keep=keep, tell=tell)).cloud
        with _stage(muted=context.json):
            for number, act in enumerate(ACTS):
                words = tuple(_sealed(cloud) if word == "{sealed}" else word for word in act)
                _play(ctx, cloud, words, blocks=number == _BLOCKED_AT, quiet=context.quiet or context.json)
        summary = summarise(build_report(find_run(cloud.parent / "runs", None)))
    click.echo(summary.model_dump_json() if context.json else f"\n{summary}")


def _sealed(cloud: Path) -> str:
    return str(find_run(cloud.parent / "runs", None) / SEALED)


def _play(ctx: click.Context, cloud: Path, act: tuple[str, ...], *, blocks: bool, quiet: bool) -> None:
    """Type one command and show what it says; the one that has to be refused must be refused."""
    click.echo(click.style(f"\n$ thing-a-me {' '.join(act)}", bold=True))
    back = ["--cloud", str(cloud), *(["--quiet"] if quiet else [])]
    try:
        ctx.find_root().command.main([*act, *back], prog_name="thing-a-me", standalone_mode=False)
    except ChecksBlock as refusal:
        if not blocks:
            raise
        click.echo(f"error: {refusal.message}\nhint: {refusal.advice}\n(exit code {refusal.exit_code}, as it should be)")


@contextmanager
def _stage(*, muted: bool) -> Iterator[None]:
    """With --json the answer alone goes to standard output."""
    if not muted:
        yield
        return
    with redirect_stdout(io.StringIO()):
        yield
