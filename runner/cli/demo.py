"""`thing-a-me demo`: all of it on a throw-away cloud, by the very commands an operator types."""

import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from functools import partial
from pathlib import Path

import click

from runner.cli.context import Context
from runner.demo import acts
from runner.demo.acts import Act
from runner.demo.as_before import find_as_before, look
from runner.demo.broken_twin import broken_twin
from runner.demo.live_cloud import live_cloud
from runner.demo.mishap import Blow, Mishap, befalling, demand_befallen, shortest_window, steps_to_run
from runner.demo.night import clean, demo_cloud
from runner.demo.summary import summarise
from runner.errors import ThingAMeError
from runner.flows.images import open_workshop
from runner.flows.seal import SEALED
from runner.frozen import Frozen
from runner.journal.runs import find_run
from runner.reporting.record import Report
from runner.reporting.report import build_report
from runner.scratch.stand import CLOUD

FOLDER = Path("thing-a-me-demo")


@click.command("demo")
@click.option("--clean", "only_clean", is_flag=True, help="Remove everything that a demo left behind, and end.")
@click.option("--keep", is_flag=True, help="Leave the cloud there, to play with.")
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Builds and steps side by side.")
@click.option("--fail-at", metavar="STEP", help="This step fails in the window, such as nova/2024.1/online@cell1.")
@click.option("--overrun", is_flag=True, help="The chain's last step hangs until the last safe moment; the window turns back.")
@click.pass_context
def command(ctx: click.Context, jobs: int, fail_at: str | None, *, only_clean: bool, keep: bool, overrun: bool) -> None:
    """All of it on a throw-away cloud: inspect, check, mend, plan, snapshot, rehearse, migrate, report; and putting back."""
    if fail_at and overrun:
        raise click.UsageError("--fail-at and --overrun exclude one another: one thing goes wrong in a night")
    context: Context = ctx.obj
    with ExitStack() as stack:
        # A command that is played draws a picture of its own: ours has ended before it begins.
        with context.listening() as tell:
            workshop = open_workshop(None, tell)
            if only_clean:
                clean(workshop.site.engine, FOLDER)
                return
            stage = stack.enter_context(demo_cloud(workshop, FOLDER, jobs=jobs, keep=keep, tell=tell))
            keystone = stack.enter_context(live_cloud(workshop, stage, keep=keep, tell=tell))
        mishap = _choose_mishap(stage.cloud, fail_at, overrun=overrun)
        if context.json:
            stack.enter_context(_muted())
        play = partial(_play, ctx, quiet=context.quiet or context.json)
        play(stage.cloud, acts.BEFOREHAND)
        if mishap:
            before = look(stage.cloud)
            click.echo(f"\n{mishap}")
            with befalling(workshop.site.engine, mishap):
                play(stage.cloud, (acts.WINDOW_THAT_FAILS if fail_at else acts.WINDOW_THAT_ENDS_TOO_SOON,))
            play(stage.cloud, acts.AFTERWARDS)
            report = _report(stage.cloud)
            demand_befallen(mishap, report)
            outcome: Frozen = find_as_before(workshop.site.engine, stage.cloud, keystone, before, report)
        else:
            play(stage.cloud, (acts.WINDOW, *acts.AFTERWARDS))
            with context.listening() as tell:
                twin = stack.enter_context(broken_twin(workshop, stage, keep=keep, tell=tell))
            play(twin, acts.WHERE_IT_WENT_WRONG)
            outcome = summarise(_report(stage.cloud))
    click.echo(outcome.model_dump_json() if context.json else f"\n{outcome}")


def _choose_mishap(cloud: Path, fail_at: str | None, *, overrun: bool) -> Mishap | None:
    """Choose what goes wrong: the step that was named is killed, or the chain's last one hangs."""
    if not fail_at and not overrun:
        return None
    steps = steps_to_run(cloud)
    if fail_at and fail_at not in steps:
        raise click.BadParameter(f"no step {fail_at} runs in the demo; these do: {', '.join(steps)}", param_hint="--fail-at")
    return Mishap(fail_at, Blow.KILLED) if fail_at else Mishap(steps[-1], Blow.HUNG)


def _play(ctx: click.Context, cloud: Path, what: Sequence[Act], *, quiet: bool) -> None:
    """Type one command after the other and show what it says; one that has to be refused must be refused."""
    for words, refused in what:
        typed = [_filled(word, cloud) for word in words]
        where = "" if cloud.name == CLOUD else f" --cloud {cloud}"
        click.echo(click.style(f"\n$ thing-a-me {' '.join(typed)}{where}", bold=True))
        back = ["--cloud", str(cloud), *(["--quiet"] if quiet else [])]
        try:
            ctx.find_root().command.main([*typed, *back], prog_name="thing-a-me", standalone_mode=False)
        except ThingAMeError as refusal:
            if refused is None or not isinstance(refusal, refused):
                raise
            click.echo(f"error: {refusal.message}\nhint: {refusal.advice}\n(exit code {refusal.exit_code}, as it should be)")
        else:
            assert refused is None, f"`{' '.join(typed)}` had to be refused"


def _filled(word: str, cloud: Path) -> str:
    """Put in what nobody knew before the rehearsal."""
    if word not in ("{sealed}", "{window}"):
        return word
    sealed = find_run(cloud.parent / "runs", None) / SEALED
    return str(sealed) if word == "{sealed}" else shortest_window(cloud, sealed)


def _report(cloud: Path) -> Report:
    return build_report(find_run(cloud.parent / "runs", None))


@contextmanager
def _muted() -> Iterator[None]:
    """With --json the answer alone goes to standard output."""
    with redirect_stdout(io.StringIO()):
        yield
