"""`thing-a-me migrate --sealed FILE`: carry the databases to a release, in place or side by side."""

import json
from pathlib import Path
from typing import Any

import click

from runner.cli.context import Context, say_proved
from runner.cli.migrate_options import container_of, parse_address, parse_container, parse_duration
from runner.flows.migrate import migrate, migrate_sealed
from runner.flows.night import Agreed
from runner.flows.passage import Wanted
from runner.flows.side_by_side import migrate_side_by_side
from runner.flows.world import open_world


@click.command("migrate")
@click.option("--sealed", metavar="FILE", type=click.Path(path_type=Path), help="The sealed plan of a rehearsal.")
@click.option("--to", "target", metavar="RELEASE", help="The release to go to, such as 2026.1; without a sealed plan.")
@click.option("--project", "projects", multiple=True, metavar="PROJECT", help="Only this project (repeatable).")
@click.option("--jobs", type=click.IntRange(1, 64), help="Steps that run side by side; by default cloud.yaml's jobs.")
@click.option("--accept-no-snapshot", is_flag=True, help="You have a proven snapshot of your own, and can put it back.")
@click.option(
    "--side-by-side", is_flag=True, help="Migrate a copy, and hand it over as a new server; production stays as it is."
)
@click.option(
    "--into", metavar="DIRECTORY", type=click.Path(path_type=Path), help="Where the new server's data go; it is made."
)
@click.option("--name", metavar="CONTAINER", callback=parse_container, help="The new server's; as DIRECTORY by default.")
@click.option("--publish", metavar="ADDRESS:PORT", callback=parse_address, help="Where the new server listens on this host.")
@click.option("--snapshot", metavar="NAME", help="The proven snapshot that is copied; the newest by default.")
@click.option("--although-behind", is_flag=True, help="Go on although production was written to since the snapshot.")
@click.option("--window", metavar="DURATION", callback=parse_duration, help="How long it may last; cloud.yaml's by default.")
@click.option("--at-deadline", type=click.Choice(["roll-back", "hold", "continue"]), help="Past the last safe moment.")
@click.option("--close", type=click.Choice(["when-valid", "by-hand"]), help="Who passes the point of no return.")
@click.option("--databases-only", is_flag=True, help="Your own tools stop, deploy and start the services.")
@click.option("--keep", is_flag=True, help="Leave the new server as it is where it fails.")
@click.pass_obj
def command(
    context: Context,
    /,
    sealed: Path | None,
    target: str | None,
    projects: tuple[str, ...],
    jobs: int | None,
    *,
    accept_no_snapshot: bool,
    side_by_side: bool,
    into: Path | None,
    name: str | None,
    databases_only: bool,
    window: float | None,
    at_deadline: str | None,
    close: str | None,
    **beside: Any,
) -> None:
    """Carry the databases to a release as it was rehearsed: in a window that stops the services, or side by side."""
    if bool(sealed) == bool(target) or (sealed and (projects or accept_no_snapshot)):
        raise click.UsageError("give --sealed FILE, or --to RELEASE with --accept-no-snapshot")
    said = {"length": window, "at_deadline": at_deadline, "close": close}
    if (side_by_side or target) and (databases_only or any(one is not None for one in said.values())):
        raise click.UsageError("--window, --at-deadline, --close and --databases-only go with --sealed FILE, in place")
    if side_by_side:
        if not sealed or not into:
            raise click.UsageError("--side-by-side goes with --sealed FILE and --into DIRECTORY")
        _beside(context, sealed, Wanted(folder=into, name=name or container_of(into), **beside), jobs)
        return
    if into or name or any(beside.values()):
        raise click.UsageError("--into, --name, --publish, --snapshot, --although-behind and --keep go with --side-by-side")
    with open_world(context.cloud) as world, context.listening() as tell:
        jobs = jobs or world.cloud.jobs
        if sealed:
            settings = world.cloud.document.window.model_copy(update={key: one for key, one in said.items() if one is not None})
            agreed = Agreed(settings=settings, databases_only=databases_only)
            folder: Path | None = migrate_sealed(world, sealed, agreed, jobs=jobs, tell=tell)
        else:
            assert target
            folder = migrate(world, target, projects=projects, accept_no_snapshot=accept_no_snapshot, jobs=jobs, tell=tell)
    say_proved(context, folder.name if folder else None, target or "")


def _beside(context: Context, sealed: Path, wanted: Wanted, jobs: int | None) -> None:
    with open_world(context.cloud) as world, context.listening() as tell:
        folder, new = migrate_side_by_side(world, sealed, wanted, jobs=jobs or world.cloud.jobs, tell=tell)
    if context.json:
        facts = {"run": folder.name, "outcome": "proved", "new_server": new.model_dump(mode="json", exclude={"kind"})}
        click.echo(json.dumps(facts))
        return
    say_proved(context, folder.name)
    click.echo(f"new server: {new.address} (network {new.network}), container {new.container}, {new.version}, uid {new.uid}")
    if new.urls_lead_to:
        click.echo(f"its stored URLs lead to {', '.join(new.urls_lead_to)}, as production's do: lead that to the new server")
    click.echo("production still runs, untouched: point the services at the new server, then stop production")
