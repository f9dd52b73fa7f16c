"""A text mend on a clone of a proven snapshot: every statement, its time, and the proof of what came out of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from runner.errors import MendNotProved, ProductionAhead, ThingAMeError
from runner.events import Note, Tell
from runner.flows.away import away_from_production
from runner.flows.floor import rehearsal_of
from runner.flows.text_survey import Scope, survey_text
from runner.flows.world import World
from runner.journal.text_entry import TextColumnMended, TextMendTried, TextStep
from runner.mariadb.charset_names import one_name
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.fingerprint import read_print
from runner.mariadb.point import open_point
from runner.mariadb.schema import read_schema
from runner.mariadb.session import Session
from runner.mariadb.text_bytes import TextColumn, find_misread
from runner.mariadb.text_locks import execute, holding_tables
from runner.mariadb.text_proof import TextPrint, are_read, digest_table, outlines_of, print_tables, should_be_read
from runner.mariadb.text_statements import TextStatement, write_statements
from runner.planning import difference
from runner.planning.comparison import compare
from runner.planning.fingerprint import ServerPrint
from runner.planning.schema import Schema
from runner.planning.text_mend import TableMend, TextPlan
from runner.planning.text_schema import expect
from runner.snapshots.clone import Equipment, open_clone
from runner.snapshots.hold import use_snapshot
from runner.snapshots.shelf import Place
from runner.snapshots.stored import demand_data

_SHOWN = 10
_MENDED_BY = ("values", "column-definition", "options-definition", "table-definition")
"""How a table differs that was mended. Its columns, keys and rows are as many as before; so is its AUTO_INCREMENT."""
_ADVICE = "only a clone was changed; mend the cause, and run the same command again"
_TAKE_ANOTHER = "stop the services that write there, `thing-a-me snapshot take`, and run the same command again"


def try_on_clone(
    world: World, place: Place, plan: TextPlan, now: Sequence[TextPrint], scope: Scope, *, tell: Tell
) -> TextMendTried:
    """Do a plan on a clone, and prove it there; `now` is what production's tables are.

    Raises:
        SnapshotMissing, SnapshotBroken, SnapshotBusy: there is no proven snapshot to clone.
        ProductionAhead: production's tables are not what the snapshot has.
        MendNotProved: the server refuses a statement, or what came out is not what it should be.
        CloneFailed, DiskFull, EngineRefused, EngineMissing
    """
    with use_snapshot(place), away_from_production(_ADVICE):
        rehearsal = rehearsal_of(world, place, jobs=world.cloud.jobs, tell=tell)
        demand_data(rehearsal.bench, place, rehearsal.manifest.data)
        options = rehearsal.manifest.taken.origin.options
        equipment = Equipment(image=rehearsal.image, tools=rehearsal.bench.tools, options=options)
        with open_clone(world.client, place.data, place.clones, equipment) as clone:
            tell(Note(about="clone", text=f"of {place.id}, ready in {clone.seconds:.1f} s"))
            here = replace(world, server=clone.server)
            if survey_text(here, scope) != plan:
                raise ProductionAhead(f"production's text is not what {place.id} has", hint=_TAKE_ANOTHER)
            schemas = tuple(sorted({database.schema for database in world.cloud.databases}))
            return prove_on(Trial(clone.server, place.id, plan, now, tell), schemas)


def demand_as_in(snapshot: str, there: Sequence[TextPrint], now: Sequence[TextPrint]) -> None:
    """Demand that production's tables are those of which something was proven.

    Raises:
        ProductionAhead
    """
    known = {one.where: one for one in there}
    if strange := [one.where for one in now if known.get(one.where) != one]:
        said = f"written to since {snapshot}: {', '.join(strange[:_SHOWN])}"
        raise ProductionAhead(f"what was proven on a clone says nothing of tables that were {said}", hint=_TAKE_ANOTHER)


def columns_of(mended: Sequence[TextColumnMended]) -> tuple[TextColumn, ...]:
    """Name mended columns for the check that found them."""
    return tuple(TextColumn(one.schema_name, one.table, one.name, one.charset) for one in mended)


@dataclass(frozen=True)
class Trial:
    """A clone, and what is tried there; `now` is what production's tables are."""

    server: DatabaseServer
    snapshot: str
    plan: TextPlan
    now: Sequence[TextPrint]
    tell: Tell


def prove_on(trial: Trial, schemas: Sequence[str]) -> TextMendTried:
    """Do a plan on a server that nobody else uses, and prove it; `schemas` are all in which nothing else may change.

    Raises:
        ProductionAhead: its tables are not what production's are.
        MendNotProved: the server refuses a statement, or what came out is not what it should be.
    """
    server, plan = trial.server, trial.plan
    was, were = _print(server, schemas), {schema: read_schema(server, schema) for schema in schemas}
    columns = _columns(plan)
    with holding_tables(server, plan.locked) as session:
        before = print_tables(session, plan.locked)
        demand_as_in(trial.snapshot, before, trial.now)
        outlines = outlines_of(session, plan.locked)
        expected = [should_be_read(session, one, outlines[one.schema, one.name]) for one in plan.tables]
        steps = tuple(_step(session, statement, trial.tell) for statement in write_statements(plan))
        outlines = outlines_of(session, plan.locked)
        found = [are_read(session, one, outlines[one.schema, one.name]) for one in plan.tables]
        _demand_read(plan, expected, found)
        after = print_tables(session, plan.locked)
        if left := find_misread(session, columns_of(columns)):
            names = ", ".join(f"{one.column.schema}.{one.column.table}.{one.column.name}" for one in left)
            raise MendNotProved(f"misread text is left in {names}")
    _demand_else_untouched(plan, was, _print(server, schemas))
    _demand_schemas(plan, were, {schema: read_schema(server, schema) for schema in schemas})
    refused = tuple(str(one) for one in plan.refused)
    return TextMendTried(snapshot=trial.snapshot, steps=steps, columns=columns, before=before, after=after, refused=refused)


def _columns(plan: TextPlan) -> tuple[TextColumnMended, ...]:
    return tuple(
        TextColumnMended(
            schema_name=table.schema,
            table=table.name,
            name=one.line.name,
            charset=one.charset,
            case=one.case,
            rows=one.found.hidden + one.found.twice,
        )
        for table in plan.tables
        for one in table.columns
    )


def _step(session: Session, statement: TextStatement, tell: Tell) -> TextStep:
    before, began = digest_table(session, statement.schema, statement.table), time.monotonic()
    try:
        execute(session, statement)
    except ThingAMeError as error:
        raise MendNotProved(f"on a clone the server refuses: {statement.where}: {statement.says}: {error.message}") from error
    seconds = round(time.monotonic() - began, 3)
    tell(Note(about=statement.where, text=f"{statement.says}: {seconds} s on the clone"))
    after = digest_table(session, statement.schema, statement.table)
    return TextStep(
        schema_name=statement.schema,
        table=statement.table,
        sql=statement.sql,
        says=statement.says,
        before=before,
        after=after,
        seconds=seconds,
    )


def _demand_read(plan: TextPlan, expected: Sequence[object], found: Sequence[object]) -> None:
    pairs = zip(plan.tables, expected, found, strict=True)
    if strange := [_named(table) for table, should, does in pairs if should != does]:
        raise MendNotProved(f"on a clone these read otherwise than they should: {'; '.join(strange)}")


def _named(table: TableMend) -> str:
    return f"{table.where} ({', '.join(one.line.name for one in table.columns)})"


def _print(server: DatabaseServer, schemas: Sequence[str]) -> ServerPrint:
    with open_point(server, schemas, connections=2) as point:
        point.hold()
        return read_print(point, schemas)


def _demand_else_untouched(plan: TextPlan, before: ServerPrint, after: ServerPrint) -> None:
    """Demand that nothing differs but what is stored in tables that were to be mended, and their definitions."""
    comparison, mended = compare(before, after), {(table.schema, table.name) for table in plan.tables}
    strange = [str(one) for one in comparison.skipped]
    strange += [
        str(one) for one in comparison.differences if (one.schema_name, one.table) not in mended or one.kind not in _MENDED_BY
    ]
    if strange:
        raise MendNotProved("more differs than what was to be mended:\n" + "\n".join(strange[:_SHOWN]))


def _demand_schemas(plan: TextPlan, before: dict[str, Schema], after: dict[str, Schema]) -> None:
    """Demand that definitions differ in the charset and collation of the mended columns, and in nothing else."""
    strange = [
        one.say("what was planned")
        for schema, was in before.items()
        for one in difference.compare(after[schema], expect(was, schema, plan, one_name))
    ]
    if strange:
        raise MendNotProved("definitions differ from what was planned:\n" + "\n".join(strange[:_SHOWN]))
