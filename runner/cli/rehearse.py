"""`thing-a-me rehearse --to RELEASE`: the real plan on a clone, and a sealed plan of it."""

from typing import Any

import click

from runner.cli.context import Context
from runner.flows.rehearse import Wanted, rehearse
from runner.flows.world import open_world
from runner.snapshots.checkpoints import NEWEST
from runner.snapshots.shelf import find_place


@click.command("rehearse")
@click.option("--to", "target", required=True, metavar="RELEASE", help="The release to go to, such as 2026.1.")
@click.option("--snapshot", metavar="NAME", help="The proven snapshot to clone; the newest by default.")
@click.option("--project", "projects", multiple=True, metavar="PROJECT", help="Only this project (repeatable).")
@click.option("--repeat", type=click.IntRange(1, 99), default=1, help="Rehearse so many times, for a spread of the times.")
@click.option(
    "--from-checkpoint",
    is_flag=False,
    flag_value=NEWEST,
    metavar="[RELEASE]",
    help="Go on where a rehearsal that failed was at RELEASE; at its newest checkpoint by default.",
)
@click.option("--checkpoints/--no-checkpoints", default=True, help="Keep a copy of the clone at each release; on by default.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Steps that run side by side; by default cloud.yaml's jobs.")
@click.pass_obj
def command(context: Context, /, target: str, snapshot: str | None, *, jobs: int | None, **wanted: Any) -> None:
    """Carry a clone of a snapshot to a release, prove the result, and seal the plan. Production is not touched."""
    if wanted["from_checkpoint"] and wanted["repeat"] > 1:
        raise click.UsageError("--repeat begins at the snapshot: it does not go with --from-checkpoint")
    with open_world(context.cloud) as world, context.listening() as tell:
        place = find_place(world.cloud.snapshots, snapshot, proven=True)
        sealed = rehearse(world, place, target, Wanted(**wanted), jobs=jobs or world.cloud.jobs, tell=tell)
    if context.json:
        click.echo(sealed.read_text(encoding="utf-8"))
    else:
        click.echo(f"sealed: {sealed}; run it with `thing-a-me migrate --sealed {sealed}`")
