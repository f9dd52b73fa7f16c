"""A text mend on production: what a clone proved, statement by statement, and the same proof. It goes on where it was left."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from runner.errors import Aftermath, ProofFailed, StepInDoubt, ThingAMeError
from runner.events import Note, Tell
from runner.flows.leased import while_held
from runner.flows.text_clone import columns_of, demand_as_in
from runner.flows.text_left import FLOW, Left
from runner.flows.world import World
from runner.journal import entry as e
from runner.journal.reader import read_entries
from runner.journal.text_entry import TextMendTried, TextStatementBegan, TextStatementDone
from runner.journal.writer import Journal
from runner.mariadb.lease import Lease
from runner.mariadb.point import SETTINGS
from runner.mariadb.session import Session, open_session
from runner.mariadb.text_bytes import Misread, find_misread
from runner.mariadb.text_locks import execute, holding_tables
from runner.mariadb.text_proof import digest_table, print_tables
from runner.mariadb.text_statements import TextStatement

_AGAIN = "mend the cause, and run the same command again: it goes on where it was"
_LOOK = "compare the table with the journal's statements; `thing-a-me snapshot restore` puts back what was there before"
_WRITTEN = (
    "every statement is done; who wrote to these tables between two of them? `thing-a-me check` tells whether text is left,"
    " `thing-a-me snapshot restore` puts back what was there before"
)
_CALM = 1.0
"""Seconds between two questions whether the lease is ours, while the server cannot be asked."""


def was_put_back(world: World, left: Left) -> bool:
    """Say whether somebody has put back what was there before: no table is what the statements that were done made of it.

    Raises:
        QueryFailed, RightsMissing, ServerUnreachable
    """
    begin, expected = _definitions(left.tried, 0), _definitions(left.tried, left.done)
    with open_session(world.server, *SETTINGS) as session:
        return _found(session, left.tried) == begin != expected


@dataclass(frozen=True)
class _Mending:
    """One sitting: the session that has the tables, and where it is written down."""

    session: Session
    tried: TextMendTried
    journal: Journal
    lease: Lease
    tell: Tell


def mend_production(
    world: World, tried: TextMendTried, journal: Journal, lease: Lease, *, left: Left | None, tell: Tell
) -> None:
    """Execute what a clone proved, and prove it: the tables are what the clone's were.

    Raises:
        ProductionAhead: somebody wrote to them since; nothing was done.
        StepInDoubt: a table is neither what it was before its statement nor what it is after.
        QueryFailed: the server refused a statement; those before it stay.
        ProofFailed, LeaseLost, JournalBroken, ServerUnreachable
    """
    tables = [(one.schema_name, one.table) for one in tried.before]
    behind = left.done if left else 0
    with _telling_what_is_where(tried, journal), holding_tables(world.server, tables) as session:
        mending = _Mending(session, tried, journal, lease, tell)
        now = print_tables(session, tables)
        if left and now == tried.before:
            tell(Note(about=FLOW, text="the tables are what they were before: beginning at the first statement"))
            behind = 0
        elif left:
            behind = _settle(mending, left)
        else:
            demand_as_in(tried.snapshot, tried.before, now)
        for number in range(behind, len(tried.steps)):
            _do(mending, number)
        _prove(mending, tables)


def _do(mending: _Mending, number: int) -> None:
    step, steps = mending.tried.steps[number], len(mending.tried.steps)
    while not while_held(mending.lease)():
        time.sleep(_CALM)
    mending.lease.say(f"text: statement {number + 1} of {steps}, {step.where}")
    mending.journal.append(TextStatementBegan(number=number))
    began = time.monotonic()
    execute(mending.session, TextStatement(step.schema_name, step.table, step.sql, step.says))
    seconds = round(time.monotonic() - began, 3)
    mending.journal.append(TextStatementDone(number=number, seconds=seconds))
    mending.tell(Note(about=step.where, text=f"{step.says}: {seconds} s"))


def _settle(mending: _Mending, left: Left) -> int:
    """Find out from the tables' definitions what became of the statement that was begun last; says how many are behind us."""
    steps, done = mending.tried.steps, left.done
    expected = _definitions(mending.tried, done)
    found = _found(mending.session, mending.tried)
    if left.is_in_doubt and found == _definitions(mending.tried, done + 1) and found != expected:
        mending.journal.append(TextStatementDone(number=done, seconds=0.0, found=True))
        mending.tell(Note(about=steps[done].where, text=f"{steps[done].says}: it was done"))
        return done + 1
    if found != expected:
        strange = ", ".join(where for where in expected if found[where] != expected[where])
        raise StepInDoubt(f"after {done} statements {strange} should be something else than it is", hint=_LOOK)
    # An UPDATE leaves its table's definition as it was; it finds nothing to do in rows that it has mended before.
    return done


def _definitions(tried: TextMendTried, done: int) -> Mapping[str, str]:
    """Say what the tables' definitions are after so many statements."""
    found = {one.where: one.definition for one in tried.before}
    return found | {step.where: step.after for step in tried.steps[:done]}


def _found(session: Session, tried: TextMendTried) -> Mapping[str, str]:
    return {one.where: digest_table(session, one.schema_name, one.table) for one in tried.before}


def _prove(mending: _Mending, tables: list[tuple[str, str]]) -> None:
    tried, journal = mending.tried, mending.journal
    clone, now = {one.where: one for one in tried.after}, {one.where: one for one in print_tables(mending.session, tables)}
    strange = [where for where in clone if now.get(where) != clone[where]]
    rows = sum(one.rows for one in now.values())
    said = f"{len(clone) - len(strange)}/{len(clone)} tables are what the clone's were, {rows} rows"
    journal.append(e.ProofGiven(proof=FLOW, subject="production", holds=not strange, detail=(said, *strange)))
    misread = find_misread(mending.session, columns_of(tried.columns))
    left = [f"{one.column.schema}.{one.column.table}.{one.column.name}" for one in misread]
    journal.append(e.ProofGiven(proof=FLOW, subject="misread-text", holds=not left, detail=tuple(left)))
    mending.tell(Note(about=FLOW, text=said))
    rows_before = sum(one.rows for one in tried.columns)
    command = ("check", "--fix", FLOW)
    journal.append(e.Mended(name=FLOW, command=command, rows_before=rows_before, rows_after=sum(map(_rows_of, misread))))
    if strange or left:
        raise ProofFailed(f"{said}; not: {', '.join(strange)}; misread: {', '.join(left) or 'nothing'}", hint=_WRITTEN)


def _rows_of(misread: Misread) -> int:
    return misread.hidden + misread.twice


@contextmanager
def _telling_what_is_where(tried: TextMendTried, journal: Journal) -> Iterator[None]:
    """Say of a failure what production's tables are now, and how to go on."""
    try:
        yield
    except ThingAMeError as error:
        entries = [one.entry for one in read_entries(journal.folder)]
        began = sum(isinstance(one, TextStatementBegan) for one in entries)
        if not began:
            error.left_behind = Aftermath.UNTOUCHED
            raise
        done = len({one.number for one in entries if isinstance(one, TextStatementDone)})
        error.left_behind = Aftermath.CHANGED
        error.message += f"\n{done} of {len(tried.steps)} statements are done{_between(tried, done)}"
        if not isinstance(error, StepInDoubt | ProofFailed):
            error.advice = _AGAIN
        raise


def _between(tried: TextMendTried, done: int) -> str:
    """Name the tables that are half way: services must not start on them."""
    ends = {one.where: one.definition for one in tried.after}
    half = [where for where, definition in _definitions(tried, done).items() if definition != ends[where]]
    return f"; half way: {', '.join(half)}: start no service on them" if half else ""
