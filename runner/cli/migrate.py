"""`thing-a-me migrate --to RELEASE`: carry the databases to the target."""

import click

from runner.cli.context import Context, say_proved
from runner.flows.migrate import migrate
from runner.flows.world import open_world


@click.command("migrate")
@click.option("--to", "target", required=True, metavar="RELEASE", help="The release to go to, such as 2026.1.")
@click.option("--project", "projects", multiple=True, metavar="PROJECT", help="Only this project (repeatable).")
@click.option("--jobs", type=click.IntRange(1, 64), help="Steps that run side by side; the number of cores by default.")
@click.option("--accept-no-snapshot", is_flag=True, help="You have a proven snapshot of your own, and can put it back.")
@click.pass_obj
def command(context: Context, target: str, projects: tuple[str, ...], jobs: int | None, *, accept_no_snapshot: bool) -> None:
    """Carry the databases to a release, in place. The services have to be stopped."""
    with open_world(context.cloud) as world, context.listening() as tell:
        folder = migrate(
            world,
            target,
            projects=projects,
            accept_no_snapshot=accept_no_snapshot,
            jobs=jobs or world.cloud.jobs,
            tell=tell,
        )
    say_proved(context, folder.name if folder else None, target)
