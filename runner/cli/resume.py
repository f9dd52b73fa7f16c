"""`thing-a-me resume [RUN]`: go on where a run was left."""

import click

from runner.cli.context import Context, say_proved
from runner.flows.record import find_chain
from runner.flows.resume import resume
from runner.flows.roll_back import put_back_first
from runner.flows.world import open_world, read_cloud_file


@click.command("resume")
@click.argument("run", required=False)
@click.option("--jobs", type=click.IntRange(1, 64), help="Steps that run side by side; by default cloud.yaml's jobs.")
@click.pass_obj
def command(context: Context, run: str | None, jobs: int | None) -> None:
    """Go on with a run (the newest by default), whatever stopped it."""
    folder = find_chain(read_cloud_file(context.cloud)[0].runs, run)
    with context.listening() as tell:
        put_back_first(context.cloud, folder, tell=tell)
    with open_world(context.cloud) as world, context.listening() as tell:
        resume(world, folder, jobs=jobs or world.cloud.jobs, tell=tell)
    say_proved(context, folder.name)
