"""Fingerprints of tables and programs. A big table is read in ranges of its primary key, so that all connections work on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from runner.mariadb.checksum_sql import Boundary
from runner.mariadb.crew import Job, share
from runner.mariadb.definitions import define_program, define_table
from runner.mariadb.outline import Outline, ProgramOutline, TableOutline
from runner.mariadb.point import Point, at_point
from runner.mariadb.ranges import divide, find_end, is_big, sum_rows
from runner.mariadb.session import Session
from runner.planning.fingerprint import Counter, ProgramPrint, TablePrint, Unread


@dataclass(frozen=True)
class Progress:
    """How far a fingerprint is. Bytes are the server's estimate of the rows without their indexes."""

    tables_done: int
    tables: int
    bytes_done: int
    bytes: int


Told = Callable[[Progress], None]


def unheard(progress: Progress) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class _Part:
    """One answer about a table: its definition, or the rows of a range and their sum; and the jobs that follow from it."""

    table: TableOutline
    definition: str = ""
    rows: int = 0
    total: int = 0
    then: tuple["Job[_Answer]", ...] = ()


@dataclass(frozen=True)
class _Program:
    schema: str
    found: ProgramPrint


_Answer = _Part | _Program | Unread


@dataclass
class _Tally:
    """What is known of one table so far; `open` counts the answers that are still to come."""

    outline: TableOutline
    definition: str = ""
    rows: int = 0
    total: int = 0
    open: int = 1
    is_lost: bool = False

    @property
    def bytes(self) -> int:
        return self.outline.size if self.open == 0 else min(self.outline.size, self.rows * self.outline.row_size)

    def add(self, part: _Part) -> None:
        self.definition = self.definition or part.definition
        self.rows += part.rows
        self.total += part.total
        self.open += len(part.then) - 1


class Tables:
    """What was read of tables and programs, and what could not be; gathered answer by answer."""

    def __init__(self, point: Point, outlines: Sequence[Outline], told: Told) -> None:
        self.unread: list[Unread] = []
        self._programs: list[_Program] = []
        self._earlier = point.earlier
        self._told = told
        self._tallies = {(one.schema, one.name): _Tally(one) for outline in outlines for one in outline.tables}
        self._progress = Progress(0, len(self._tallies), 0, sum(tally.outline.size for tally in self._tallies.values()))

    def take(self, answer: _Answer) -> tuple[Job[_Answer], ...]:
        """Add one answer, and give the jobs that follow from it."""
        match answer:
            case _Part():
                self._add(answer, self._tallies[answer.table.schema, answer.table.name])
                return answer.then
            case Unread(kind="table"):
                tally = self._tallies[answer.schema_name, answer.name]
                # One range is enough to lose a table; the others may say the same.
                if not tally.is_lost:
                    self.unread.append(answer)
                tally.is_lost = True
                self._add(_Part(tally.outline), tally)
            case Unread():
                self.unread.append(answer)
            case _:
                self._programs.append(answer)
        return ()

    def tables_of(self, schema: str) -> tuple[TablePrint, ...]:
        """Give the prints of a schema's tables, ordered by name; those that were lost are left out."""
        return tuple(
            TablePrint(
                name=name,
                definition=tally.definition,
                rows=tally.rows,
                checksum=str(tally.total),
                counter=self._counter(tally.outline),
            )
            for (where, name), tally in sorted(self._tallies.items())
            if where == schema and not tally.is_lost
        )

    def programs_of(self, schema: str) -> tuple[ProgramPrint, ...]:
        """Give the prints of a schema's programs, ordered by kind and name."""
        found = (program.found for program in self._programs if program.schema == schema)
        return tuple(sorted(found, key=lambda one: (one.kind, one.name)))

    def _counter(self, table: TableOutline) -> Counter | None:
        if table.counter is None:
            return None
        return Counter(value=table.counter, earlier=self._earlier.get((table.schema, table.name), table.counter))

    def _add(self, part: _Part, tally: _Tally) -> None:
        before = tally.bytes
        tally.add(part)
        so_far = self._progress
        self._progress = replace(
            so_far,
            tables_done=so_far.tables_done + (tally.open == 0),
            bytes_done=so_far.bytes_done + tally.bytes - before,
        )
        self._told(self._progress)


def read_tables(point: Point, outlines: Sequence[Outline], told: Told) -> Tables:
    """Read all tables and programs, the biggest table first, so that no connection is left alone with it at the end."""
    tables = Tables(point, outlines, told)
    biggest = sorted((table for outline in outlines for table in outline.tables), key=lambda table: -table.size)
    fair = sum(table.size for table in biggest) / len(point.sessions)
    jobs = [_about(table, partial(_read_table, table=table, share=fair)) for table in biggest]
    for outline in outlines:
        for program in outline.programs:
            subject = Unread(kind="program", schema_name=outline.schema, name=program.name)
            jobs.append(partial(at_point, partial(_read_program, schema=outline.schema, program=program), subject))
    share(point.sessions, jobs, tables.take)
    tables.unread.sort(key=lambda one: (one.kind, one.schema_name, one.name))
    return tables


def _read_program(session: Session, schema: str, program: ProgramOutline) -> _Program:
    return _Program(schema, define_program(session, schema, program))


def _read_table(session: Session, table: TableOutline, share: float) -> _Part:
    """Read a table's definition; and its rows, unless there are so many that ranges are made of them."""
    definition = define_table(session, table)
    if is_big(table, share):
        if ends := divide(session, table):
            ranges = pairwise((None, *ends, None))
            return _Part(table, definition, then=tuple(_reading(table, after, until) for after, until in ranges))
        return _Part(table, definition, then=(_walking(table, None),))
    rows, total = sum_rows(session, table)
    return _Part(table, definition, rows, total)


def _walk(session: Session, table: TableOutline, after: Boundary | None) -> _Part:
    """Find where the next range ends: it can be read while the one after it is looked for."""
    until = find_end(session, table, after)
    if until is None:
        return _Part(table, then=(_reading(table, after, None),))
    return _Part(table, then=(_reading(table, after, until), _walking(table, until)))


def _read_range(session: Session, table: TableOutline, after: Boundary | None, until: Boundary | None) -> _Part:
    rows, total = sum_rows(session, table, after, until)
    return _Part(table, rows=rows, total=total)


def _walking(table: TableOutline, after: Boundary | None) -> Job[_Answer]:
    return _about(table, partial(_walk, table=table, after=after))


def _reading(table: TableOutline, after: Boundary | None, until: Boundary | None) -> Job[_Answer]:
    return _about(table, partial(_read_range, table=table, after=after, until=until))


def _about(table: TableOutline, job: Job[_Part]) -> Job[_Answer]:
    return partial(at_point, job, Unread(kind="table", schema_name=table.schema, name=table.name))
