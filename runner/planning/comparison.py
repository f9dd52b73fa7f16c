"""How the fingerprints of two servers differ. Whatever could not be read makes the comparison a failure."""

from collections.abc import Container, Iterator, Mapping
from itertools import zip_longest

from runner.frozen import Frozen
from runner.planning.counters import is_restarts, is_same
from runner.planning.fingerprint import AccountPrint, DatabasePrint, ServerPrint, TablePrint, Unread, parts


class Difference(Frozen):
    """One difference: which kind, where, and what either side holds; None where a side has no such thing.

    `table` is empty for what belongs to no table, `name` for what concerns a table as a whole. Accounts have no schema.
    """

    kind: str
    schema_name: str = ""
    table: str = ""
    name: str = ""
    original: str | None = None
    found: str | None = None

    @property
    def where(self) -> str:
        return ".".join(filter(None, (self.schema_name, self.table, self.name)))

    def __str__(self) -> str:
        return f"{self.kind} {self.where}: {self.original or 'nothing'} in the original, {self.found or 'nothing'} in the copy"


class Comparison(Frozen):
    """The outcome: `compared` of `tables` tables; `skipped` is what one side could not read.

    `remarks` are counters that differ for a known reason, and do no harm.
    """

    tables: int
    compared: int
    skipped: tuple[Unread, ...] = ()
    differences: tuple[Difference, ...] = ()
    remarks: tuple[Difference, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Say whether the copy is proved. Where nothing was compared, nothing is."""
        return 0 < self.compared == self.tables and not self.skipped and not self.differences

    def __str__(self) -> str:
        counts = f"{self.compared}/{self.tables} tables compared, {len(self.skipped)} skipped"
        return f"{counts}, {len(self.differences)} differences"


def compare(original: ServerPrint, copy: ServerPrint, *, restarted: bool = False, server_wide: bool = True) -> Comparison:
    """Compare a copy with what it was made from; differences are ordered by schema, table, kind and name.

    `restarted` says that the copy's server was started on files of the original's, so that its AUTO_INCREMENT numbers are
    those of the files and not of the original's memory: see `counters.py`. `server_wide` says that accounts count that have
    rights on the whole server only; those of a server that was filled from a dump are its own.
    """
    skipped = tuple(dict.fromkeys((*original.unread, *copy.unread)))
    lost = {(unread.schema_name, unread.name) for unread in skipped}
    left, right = original.tables, copy.tables
    both = sorted(left.keys() & right.keys())
    reaches = ("schemas", "server") if server_wide else ("schemas",)
    found = [*_compare_databases(original, copy, lost), *_compare_accounts(original, copy, lost, reaches)]
    remarks: list[Difference] = []
    step = max(original.increment, copy.increment)
    for schema, name in both:
        one, other = left[schema, name], right[schema, name]
        found += _compare_tables(schema, one, other)
        if counter := _compare_counters(schema, one, other):
            harmless = restarted and is_restarts(one.counter, other.counter, step)
            (remarks if harmless else found).append(counter)
    unread = {(one.schema_name, one.name) for one in skipped if one.kind == "table"}
    return Comparison(
        tables=len(left.keys() | right.keys() | unread),
        compared=len(both),
        skipped=skipped,
        differences=tuple(sorted(found, key=lambda one: (one.schema_name, one.table, one.kind, one.name))),
        remarks=tuple(remarks),
    )


Lost = set[tuple[str, str]]
"""(schema, name) of what one side could not read: told as skipped, and that the other side has it is no difference."""


def _compare_databases(original: ServerPrint, copy: ServerPrint, lost: Lost) -> Iterator[Difference]:
    left, right = ({one.schema_name: one for one in server.databases} for server in (original, copy))
    for schema in left.keys() ^ right.keys():
        if (schema, "") not in lost:
            yield _one_sided("schema", {"schema_name": schema}, here=schema in left)
    for schema in left.keys() & right.keys():
        one, other = left[schema], right[schema]
        if one.defaults != other.defaults:
            yield Difference(kind="schema-defaults", schema_name=schema, original=one.defaults, found=other.defaults)
        tables = {table.name for table in one.tables}
        for table in tables ^ {table.name for table in other.tables}:
            if (schema, table) not in lost:
                yield _one_sided("table", {"schema_name": schema, "table": table}, here=table in tables)
        yield from _compare_programs(one, other, lost)


def _compare_programs(one: DatabasePrint, other: DatabasePrint, lost: Lost) -> Iterator[Difference]:
    schema = one.schema_name
    left, right = ({(each.kind, each.table, each.name): each.definition for each in side.programs} for side in (one, other))
    for kind, table, name in left.keys() | right.keys():
        if (schema, name) in lost:
            continue
        where = {"schema_name": schema, "table": table, "name": name}
        yield from _compare_texts(kind, where, left.get((kind, table, name)), right.get((kind, table, name)))


def _compare_tables(schema: str, one: TablePrint, other: TablePrint) -> Iterator[Difference]:
    if one.definition != other.definition:
        yield from list(_compare_definitions(schema, one, other)) or [_unnamed(schema, one, other)]
    if one.rows != other.rows:
        rows = f"{one.rows} rows", f"{other.rows} rows"
        yield Difference(kind="rows", schema_name=schema, table=one.name, original=rows[0], found=rows[1])
    elif one.checksum != other.checksum:
        sums = f"checksum {one.checksum}", f"checksum {other.checksum}"
        yield Difference(kind="values", schema_name=schema, table=one.name, original=sums[0], found=sums[1])


def _compare_definitions(schema: str, one: TablePrint, other: TablePrint) -> Iterator[Difference]:
    sides = [{(part.kind, part.name): part.text for part in parts(side.definition)} for side in (one, other)]
    for kind, name in sides[0].keys() | sides[1].keys():
        where = {"schema_name": schema, "table": one.name, "name": name}
        yield from _compare_texts(kind, where, sides[0].get((kind, name)), sides[1].get((kind, name)))
    both = sides[0].keys() & sides[1].keys()
    orders = [", ".join(name for kind, name in side if kind == "column" and (kind, name) in both) for side in sides]
    if orders[0] != orders[1]:
        yield Difference(kind="column-order", schema_name=schema, table=one.name, original=orders[0], found=orders[1])


def _unnamed(schema: str, one: TablePrint, other: TablePrint) -> Difference:
    """Tell of definitions whose every part is equal: their order is another, or a line is none of the known parts."""
    (found,) = _compare_texts("table", {"schema_name": schema, "table": one.name}, one.definition, other.definition)
    return found


def _compare_counters(schema: str, one: TablePrint, other: TablePrint) -> Difference | None:
    """Compare AUTO_INCREMENT; where one side has none, its column's definition says so already."""
    if one.counter is None or other.counter is None or is_same(one.counter, other.counter):
        return None
    where = {"schema_name": schema, "table": one.name}
    return Difference(kind="auto-increment", **where, original=str(one.counter), found=f"next {other.counter.value}")


def _compare_accounts(original: ServerPrint, copy: ServerPrint, lost: Lost, reaches: Container[str]) -> Iterator[Difference]:
    if ("", "") in lost:
        return
    left, right = ({account.name: account for account in server.accounts} for server in (original, copy))
    # Whichever side it has them on: an account that lost its rights is compared with what it was.
    for name in dict.fromkeys(one.name for one in (*original.accounts, *copy.accounts) if one.reach in reaches):
        if name in left and name in right:
            yield from _compare_account(left[name], right[name])
        else:
            yield _one_sided("account", {"name": name}, here=name in left)


def _compare_account(one: AccountPrint, other: AccountPrint) -> Iterator[Difference]:
    where = {"name": one.name}
    yield from _compare_texts("account", where, one.definition, other.definition)
    if one.definition == other.definition and one.secrets != other.secrets:
        yield Difference(kind="password", name=one.name, original="one password", found="another")
    for grant in set(one.grants) ^ set(other.grants):
        yield _one_sided("grant", where, text=grant, here=grant in one.grants)


def _compare_texts(kind: str, where: Mapping[str, str], one: str | None, other: str | None) -> Iterator[Difference]:
    """Compare two definitions; of long ones, tell the first line that differs."""
    if one is None or other is None:
        text = (one or other or "").partition("\n")[0]
        yield _one_sided(kind, where, text=text, here=one is not None)
    elif one != other:
        pairs = zip_longest(one.splitlines(), other.splitlines())
        first, second = next((pair for pair in pairs if pair[0] != pair[1]), (one, other))
        yield Difference(kind=f"{kind}-definition", **where, original=first, found=second)


def _one_sided(kind: str, where: Mapping[str, str], *, here: bool, text: str = "") -> Difference:
    """Tell of something that only one side has: `here`, the original."""
    told = text or kind
    return Difference(
        kind=f"{kind}-{'missing' if here else 'extra'}",
        **where,
        original=told if here else None,
        found=None if here else told,
    )
