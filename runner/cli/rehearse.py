"""`thing-a-me rehearse --to RELEASE`: the real plan on a clone, and a sealed plan of it."""

import click

from runner.cli.context import Context
from runner.flows.rehearse import rehearse
from runner.flows.world import open_world
from runner.snapshots.shelf import find_place


@click.command("rehearse")
@click.option("--to", "target", required=True, metavar="RELEASE", help="The release to go to, such as 2026.1.")
@click.option("--snapshot", metavar="NAME", help="The proven snapshot to clone; the newest by default.")
@click.option("--project", "projects", multiple=True, metavar="PROJECT", help="Only this project (repeatable).")
@click.option("--repeat", type=click.IntRange(1, 99), default=1, help="Rehearse so many times, for a spread of the times.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Steps that run side by side; the number of cores by default.")
@click.pass_obj
def command(
    context: Context, target: str, snapshot: str | None, *, projects: tuple[str, ...], repeat: int, jobs: int | None
) -> None:
    """Carry a clone of a snapshot to a release, prove the result, and seal the plan. Production is not touched."""
    with open_world(context.cloud) as world, context.listening() as tell:
        place = find_place(world.cloud.snapshots, snapshot)
        sealed = rehearse(world, place, target, projects=projects, repeat=repeat, jobs=jobs or world.cloud.jobs, tell=tell)
    if context.json:
        click.echo(sealed.read_text(encoding="utf-8"))
    else:
        click.echo(f"sealed: {sealed}; run it with `thing-a-me migrate --sealed {sealed}`")
