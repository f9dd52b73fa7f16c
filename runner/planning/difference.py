"""How a database's schema differs from a fresh install's, and which rule of a recipe explains it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol, TypeVar

from runner.planning.rules import DifferenceRule
from runner.planning.schema import Column, Schema, Table


@dataclass(frozen=True)
class Difference:
    """One difference. `missing`: only the fresh install has it; `extra`: only ours does."""

    kind: str
    table: str
    name: str
    ours: str | None
    fresh: str | None

    def __str__(self) -> str:
        return self.say()

    def say(self, other: str = "a fresh install") -> str:
        """Say it of ours and of what it was compared with."""
        where = f"{self.table}.{self.name}" if self.name else self.table
        return f"{self.kind} {where}: {self.ours or 'nothing'} here, {self.fresh or 'nothing'} in {other}"


class Named(Protocol):
    """A part of a table that has a name and, apart from it, a definition."""

    @property
    def name(self) -> str: ...

    @property
    def definition(self) -> str: ...


T = TypeVar("T")
N = TypeVar("N", bound=Named)

_TABLE_FACTS: tuple[tuple[str, Callable[[Table], str]], ...] = (
    ("table-engine", lambda table: table.engine),
    ("table-collation", lambda table: table.collation),
    ("table-row-format", lambda table: table.row_format),
)

_COLUMN_FACTS: tuple[tuple[str, Callable[[Column], str | None]], ...] = (
    ("column-type", lambda column: column.type),
    ("column-null", lambda column: "NULL" if column.nullable else "NOT NULL"),
    ("column-default", lambda column: column.default),
    ("column-attributes", lambda column: column.extra),
    ("column-collation", lambda column: column.collation),
    ("column-comment", lambda column: column.comment),
)


def compare(ours: Schema, fresh: Schema) -> tuple[Difference, ...]:
    """List every difference, ordered by table, kind and name.

    Promises: equal schemas give none; a table that only one side has is one difference, not one per column; an index,
    foreign key or check that is the same under another name is one `...-name` difference, not a missing and an extra.
    """
    left, right = ({table.name: table for table in schema.tables} for schema in (ours, fresh))
    found = [
        *(Difference("table-missing", name, "", None, "table") for name in right.keys() - left.keys()),
        *(Difference("table-extra", name, "", "table", None) for name in left.keys() - right.keys()),
        *_compare_programs(ours, fresh),
    ]
    for name in left.keys() & right.keys():
        found += _compare_tables(left[name], right[name])
    return tuple(sorted(found, key=lambda difference: (difference.table, difference.kind, difference.name)))


def explain(
    differences: Sequence[Difference], rules: Sequence[DifferenceRule]
) -> tuple[tuple[tuple[Difference, DifferenceRule], ...], tuple[Difference, ...]]:
    """Part the differences into those a rule explains, with the first rule that does, and those none does."""
    explained: list[tuple[Difference, DifferenceRule]] = []
    unexplained: list[Difference] = []
    for difference in differences:
        rule = next((rule for rule in rules if _matches(rule, difference)), None)
        if rule is None:
            unexplained.append(difference)
        else:
            explained.append((difference, rule))
    return tuple(explained), tuple(unexplained)


def _matches(rule: DifferenceRule, difference: Difference) -> bool:
    tables = (rule.table,) if isinstance(rule.table, str) else rule.table
    return (
        fnmatchcase(difference.kind, rule.kind)
        and any(fnmatchcase(difference.table, table) for table in tables)
        and fnmatchcase(difference.name, rule.name)
        and fnmatchcase(difference.ours or "", rule.ours)
        and fnmatchcase(difference.fresh or "", rule.fresh)
    )


def _compare_tables(ours: Table, fresh: Table) -> Iterator[Difference]:
    for kind, fact in _TABLE_FACTS:
        if fact(ours) != fact(fresh):
            yield Difference(kind, ours.name, "", fact(ours), fact(fresh))
    yield from _compare_columns(ours, fresh)
    yield from _compare_named("index", ours.name, ours.indexes, fresh.indexes)
    yield from _compare_named("foreign-key", ours.name, ours.foreign_keys, fresh.foreign_keys)
    yield from _compare_named("check", ours.name, ours.constraints, fresh.constraints)


def _compare_columns(ours: Table, fresh: Table) -> Iterator[Difference]:
    left, right = ({column.name: column for column in table.columns} for table in (ours, fresh))
    for name in right.keys() - left.keys():
        yield Difference("column-missing", ours.name, name, None, right[name].type)
    for name in left.keys() - right.keys():
        yield Difference("column-extra", ours.name, name, left[name].type, None)
    both = left.keys() & right.keys()
    for name in both:
        for kind, fact in _COLUMN_FACTS:
            if fact(left[name]) != fact(right[name]):
                yield Difference(kind, ours.name, name, fact(left[name]), fact(right[name]))
    orders = [", ".join(sorted(both, key=lambda name: columns[name].position)) for columns in (left, right)]
    if orders[0] != orders[1]:
        yield Difference("column-order", ours.name, "", *orders)


def _compare_named(kind: str, table: str, ours: Sequence[N], fresh: Sequence[N]) -> Iterator[Difference]:
    """Pair the parts of two tables: by name and definition, then by definition, then by name; the rest has no partner."""
    left, right = list(ours), list(fresh)
    _pair(left, right, lambda part: (part.name, part.definition))
    for one, other in _pair(left, right, lambda part: part.definition):
        yield Difference(f"{kind}-name", table, one.name, one.name, other.name)
    for one, other in _pair(left, right, lambda part: part.name):
        yield Difference(f"{kind}-definition", table, one.name, one.definition, other.definition)
    for part in right:
        yield Difference(f"{kind}-missing", table, part.name, None, part.definition)
    for part in left:
        yield Difference(f"{kind}-extra", table, part.name, part.definition, None)


def _pair(left: list[T], right: list[T], key: Callable[[T], object]) -> list[tuple[T, T]]:
    """Take those out of both lists that have a partner of the same key in the other, and return the pairs."""
    pairs: list[tuple[T, T]] = []
    for one in list(left):
        partner = next((other for other in right if key(other) == key(one)), None)
        if partner is not None:
            left.remove(one)
            right.remove(partner)
            pairs.append((one, partner))
    return pairs


def _compare_programs(ours: Schema, fresh: Schema) -> Iterator[Difference]:
    left, right = (
        {(program.kind, program.table, program.name): program.definition for program in schema.programs}
        for schema in (ours, fresh)
    )
    for kind, table, name in sorted(left.keys() | right.keys()):
        one, other = left.get((kind, table, name)), right.get((kind, table, name))
        if one != other:
            outcome = "missing" if one is None else "extra" if other is None else "definition"
            yield Difference(f"{kind}-{outcome}", table, name, one, other)
