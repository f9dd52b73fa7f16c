"""`thing-a-me migrate --to RELEASE`: carry the databases to the target."""

from pathlib import Path

import click

from runner.cli.context import Context, say_proved
from runner.flows.migrate import migrate, migrate_sealed
from runner.flows.world import open_world


@click.command("migrate")
@click.option("--sealed", metavar="FILE", type=click.Path(path_type=Path), help="The sealed plan of a rehearsal.")
@click.option("--to", "target", metavar="RELEASE", help="The release to go to, such as 2026.1; without a sealed plan.")
@click.option("--project", "projects", multiple=True, metavar="PROJECT", help="Only this project (repeatable).")
@click.option("--jobs", type=click.IntRange(1, 64), help="Steps that run side by side; the number of cores by default.")
@click.option("--accept-no-snapshot", is_flag=True, help="You have a proven snapshot of your own, and can put it back.")
@click.pass_obj
def command(
    context: Context,
    sealed: Path | None,
    target: str | None,
    projects: tuple[str, ...],
    jobs: int | None,
    *,
    accept_no_snapshot: bool,
) -> None:
    """Carry the databases to a release, in place, as it was rehearsed. The services have to be stopped."""
    if bool(sealed) == bool(target) or (sealed and (projects or accept_no_snapshot)):
        raise click.UsageError("give --sealed FILE, or --to RELEASE with --accept-no-snapshot")
    with open_world(context.cloud) as world, context.listening() as tell:
        jobs = jobs or world.cloud.jobs
        if sealed:
            folder: Path | None = migrate_sealed(world, sealed, jobs=jobs, tell=tell)
        else:
            assert target
            folder = migrate(world, target, projects=projects, accept_no_snapshot=accept_no_snapshot, jobs=jobs, tell=tell)
    say_proved(context, folder.name if folder else None, target or "")
