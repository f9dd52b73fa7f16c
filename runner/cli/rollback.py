"""`thing-a-me rollback [RUN]`: turn a run back whose runner is gone."""

import click

from runner.cli.context import Context
from runner.flows.record import find_chain
from runner.flows.roll_back import put_back_first, roll_back
from runner.flows.world import open_world, read_cloud_file


@click.command("rollback")
@click.argument("run", required=False)
@click.option("--jobs", type=click.IntRange(1, 64), help="What is done side by side; by default cloud.yaml's jobs.")
@click.pass_obj
def command(context: Context, run: str | None, jobs: int | None) -> None:
    """Have everything as it was before the window of RUN (the newest by default): data, accounts, services."""
    folder = find_chain(read_cloud_file(context.cloud)[0].runs, run)
    with context.listening() as tell:
        put_back_first(context.cloud, folder, tell=tell)
    with open_world(context.cloud) as world, context.listening() as tell:
        roll_back(world, folder, jobs=jobs or world.cloud.jobs, tell=tell)
