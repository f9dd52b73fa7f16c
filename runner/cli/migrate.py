"""`thing-a-me migrate --sealed FILE`: carry the databases to a release, in place or side by side."""

import json
import re
from pathlib import Path
from typing import Any

import click

from runner.cli.context import Context, say_proved
from runner.flows.migrate import migrate, migrate_sealed
from runner.flows.passage import Wanted
from runner.flows.side_by_side import migrate_side_by_side
from runner.flows.world import open_world

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
"""What the engine takes for a container's name."""
_ADDRESS = re.compile(r"\[?(?P<host>[0-9a-fA-F.:]+?)\]?:(?P<port>\d{1,5})")


def _address(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, int] | None:
    if value is None:
        return None
    found = _ADDRESS.fullmatch(value)
    if not found or not 0 < int(found["port"]) < 1 << 16:
        raise click.BadParameter("give an address of this host and a port, such as 10.0.0.5:3306")
    return found["host"], int(found["port"])


def _container(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not _NAME.fullmatch(value):
        raise click.BadParameter("the engine takes letters, digits and _.- in a container's name")
    return value


def _container_of(folder: Path) -> str:
    if not _NAME.fullmatch(folder.name):
        raise click.UsageError(f"{folder.name!r} cannot be a container's name: give --name CONTAINER")
    return folder.name


@click.command("migrate")
@click.option("--sealed", metavar="FILE", type=click.Path(path_type=Path), help="The sealed plan of a rehearsal.")
@click.option("--to", "target", metavar="RELEASE", help="The release to go to, such as 2026.1; without a sealed plan.")
@click.option("--project", "projects", multiple=True, metavar="PROJECT", help="Only this project (repeatable).")
@click.option("--jobs", type=click.IntRange(1, 64), help="Steps that run side by side; the number of cores by default.")
@click.option("--accept-no-snapshot", is_flag=True, help="You have a proven snapshot of your own, and can put it back.")
@click.option(
    "--side-by-side", is_flag=True, help="Migrate a copy, and hand it over as a new server; production stays as it is."
)
@click.option(
    "--into", metavar="DIRECTORY", type=click.Path(path_type=Path), help="Where the new server's data go; it is made."
)
@click.option("--name", metavar="CONTAINER", callback=_container, help="The new server's; called as DIRECTORY is by default.")
@click.option("--publish", metavar="ADDRESS:PORT", callback=_address, help="Where the new server is to listen on this host.")
@click.option("--snapshot", metavar="NAME", help="The proven snapshot that is copied; the newest by default.")
@click.option("--although-behind", is_flag=True, help="Go on although production was written to since the snapshot.")
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
    **beside: Any,
) -> None:
    """Carry the databases to a release as it was rehearsed, in place or side by side. The services have to be stopped."""
    if bool(sealed) == bool(target) or (sealed and (projects or accept_no_snapshot)):
        raise click.UsageError("give --sealed FILE, or --to RELEASE with --accept-no-snapshot")
    if side_by_side:
        if not sealed or not into:
            raise click.UsageError("--side-by-side goes with --sealed FILE and --into DIRECTORY")
        _beside(context, sealed, Wanted(folder=into, name=name or _container_of(into), **beside), jobs)
        return
    if into or name or any(beside.values()):
        raise click.UsageError("--into, --name, --publish, --snapshot, --although-behind and --keep go with --side-by-side")
    with open_world(context.cloud) as world, context.listening() as tell:
        jobs = jobs or world.cloud.jobs
        if sealed:
            folder: Path | None = migrate_sealed(world, sealed, jobs=jobs, tell=tell)
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
