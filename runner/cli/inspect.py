"""`thing-a-me inspect`: which release is each database at?"""

import json
from contextlib import suppress

import click
from rich.console import Console
from rich.table import Table

from runner.cli.context import Context
from runner.errors import ThingAMeError
from runner.events import silent
from runner.flows.survey import Survey, survey
from runner.flows.world import open_world
from runner.planning.detection import Knowledge


@click.command("inspect")
@click.pass_obj
def command(context: Context) -> None:
    """Which release is each database at? Reads only."""
    with open_world(context.cloud) as world:
        knowledge = world.knowledge_at_hand
        found = survey(world, knowledge=knowledge, tell=silent)
    if context.json:
        click.echo(json.dumps(_as_data(found)))
    else:
        _draw(found, knowledge)
    found.place(knowledge)


def _as_data(found: Survey) -> list[dict[str, object]]:
    known: list[dict[str, object]] = [
        {"database": s.database.id, "schema": s.database.schema, "releases": s.releases, "heads": sorted(s.rows)}
        for s in found.standings
    ]
    unknown: list[dict[str, object]] = [
        {"database": database.id, "schema": database.schema, "error": type(error).__name__, "message": error.message}
        for database, error in found.troubles
    ]
    return [*known, *unknown]


def _draw(found: Survey, knowledge: Knowledge) -> None:
    taken: dict[str, str] = {}
    with suppress(ThingAMeError):  # said once everything is shown
        taken = {p.project: p.release for p in found.place(knowledge)}
    table = Table("database", "schema", "release", "version rows", box=None, header_style="bold")
    for standing in found.standings:
        release = taken.get(standing.database.project)
        others = [series for series in standing.releases if series != release]
        also = f" (also {', '.join(others)})" if release and others else ", ".join(others)
        table.add_row(standing.database.id, standing.database.schema, f"{release or ''}{also}", " ".join(sorted(standing.rows)))
    for database, error in found.troubles:
        table.add_row(database.id, database.schema, f"[red]{type(error).__name__}[/]", error.message)
    Console(highlight=False).print(table)
