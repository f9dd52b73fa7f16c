"""`thing-a-me snapshot`: take, prove, list, drop, restore."""

import datetime
import json
from dataclasses import asdict

import click

from runner.cli.context import Context
from runner.events import silent
from runner.flows import snapshot as flow
from runner.flows.restore import restore as put_back
from runner.flows.restoring import Wanted
from runner.flows.world import open_world, read_cloud_file
from runner.planning.snapshot import SnapshotManifest
from runner.reporting.words import say_bytes, say_duration
from runner.snapshots.listing import Listed, list_snapshots

_COLOURS = {"proven": "green", "broken": "red"}


@click.group("snapshot")
def command() -> None:
    """Take, prove, list and drop snapshots of the database server, and put one back."""


@command.command()
@click.option("--only-take", is_flag=True, help="Do not prove it: until it is proven it is no snapshot.")
@click.option("--keep", type=click.IntRange(1), help="Proven snapshots that are kept; older ones are dropped.")
@click.pass_obj
def take(context: Context, *, only_take: bool, keep: int | None) -> None:
    """Take a snapshot of one point while services write on, and prove it: restored elsewhere, started, compared."""
    with open_world(context.cloud) as world, context.listening() as tell:
        cupboard = flow.cupboard_of(world.cloud, tell=tell, keep=keep)
        place = flow.take_snapshot(world, cupboard, only_take=only_take, tell=tell)
    if not only_take:
        _say_proven(context, place.read_manifest())
    elif context.json:
        click.echo(place.read_taken().brief().model_dump_json(indent=1))
    else:
        click.echo(f"{place.id}: taken, not proven; `thing-a-me snapshot prove {place.id}` proves it")


@command.command()
@click.argument("name", metavar="[SNAPSHOT]", required=False)
@click.pass_obj
def prove(context: Context, name: str | None) -> None:
    """Prove SNAPSHOT (the newest by default): hash, prepare, restore, start, compare. Production is not asked."""
    with context.listening() as tell:
        manifest = flow.prove_snapshot(flow.open_cupboard(context.cloud, tell=tell), name, tell=tell)
    _say_proven(context, manifest)


@command.command("list")
@click.pass_obj
def list_(context: Context) -> None:
    """List the snapshots, and what was begun to become one. Asks neither server nor engine."""
    cloud, _ = read_cloud_file(context.cloud)
    found = list_snapshots(cloud.snapshots)
    if context.json:
        click.echo(json.dumps([asdict(one) for one in found], indent=1, default=str))
    elif not found:
        click.echo(f"there is no snapshot in {cloud.snapshots}")
    for one in () if context.json else found:
        click.echo(_line(one))


@command.command()
@click.argument("names", metavar="SNAPSHOT...", nargs=-1, required=True)
@click.pass_obj
def drop(context: Context, names: tuple[str, ...]) -> None:
    """Remove snapshots, or what is left of unfinished ones."""
    cupboard = flow.open_cupboard(context.cloud, tell=silent)
    gone = [flow.drop_snapshot(cupboard, name) for name in names]
    click.echo(json.dumps(gone) if context.json else "\n".join(f"{one}: dropped" for one in gone))


@command.command()
@click.argument("name", metavar="[SNAPSHOT]", required=False)
@click.option("--yes", is_flag=True, required=True, expose_value=False, help="What the server holds now is to be replaced.")
@click.option("--keep-old", is_flag=True, help="Keep the old data beside the new ones.")
@click.option("--although-connected", is_flag=True, help="Go on although services are connected.")
@click.pass_obj
def restore(context: Context, name: str | None, *, keep_old: bool, although_connected: bool) -> None:
    """Put SNAPSHOT (the newest by default) back in place of the server it was taken from, and compare every table."""
    wanted = Wanted(keep_old=keep_old, although_connected=although_connected)
    with context.listening() as tell:
        done = put_back(flow.open_cupboard(context.cloud, tell=tell), name, wanted, tell=tell)
    facts = {**asdict(done), "comparison": done.comparison.model_dump()}
    click.echo(json.dumps(facts, indent=1, default=str) if context.json else str(done))


def _say_proven(context: Context, manifest: SnapshotManifest) -> None:
    if context.json:
        # The files stand in snapshot.json.
        brief = manifest.model_copy(update={"taken": manifest.taken.brief()})
        click.echo(brief.model_dump_json(indent=1, exclude={"data"}))
        return
    taken = manifest.taken
    packed = f" {say_bytes(taken.stored_bytes)} stored," if taken.is_packed else ""
    click.echo(
        f"{taken.snapshot}: proven: {manifest.comparison};{packed}"
        f" {say_bytes(manifest.data_bytes)} ready to be copied ({manifest.way});"
        f" {say_duration(manifest.seconds)}"
    )


def _line(one: Listed) -> str:
    state = click.style(f"{one.state:<10}", fg=_COLOURS.get(one.state, "yellow"))
    if one.taken_at is None:
        return f"{one.id}  {state}  {one.fault or 'never taken to its end; the next take removes it'}{_held(one)}"
    age = say_duration((datetime.datetime.now(datetime.UTC) - one.taken_at).total_seconds())
    sizes = "; ".join(f"{say_bytes(size)} {what}" for size, what in one.sizes)
    tables = f"; {one.tables} tables" if one.tables else ""
    method = one.method + (", encrypted" if one.encrypted else "")
    return f"{one.id}  {state}  {method}; {age} old; {sizes}; as far as {one.rungs[-1]}{tables}{_held(one)}"


def _held(one: Listed) -> str:
    return "; held now" if one.held else ""
