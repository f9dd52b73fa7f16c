"""The canonical schema of one database: what two databases of one release must agree on.

Everything a name could smuggle in is left out: the schema's own name, auto-increment counters, statistics.
"""

from dataclasses import asdict, dataclass

from runner.frozen import digest_of


@dataclass(frozen=True)
class Column:
    """One column. `position` is its place in the table; a different order is a difference of its own kind."""

    name: str
    position: int
    type: str
    nullable: bool
    default: str | None
    extra: str
    charset: str | None
    collation: str | None
    comment: str


@dataclass(frozen=True)
class Index:
    """One index; `columns` carry their prefix length, as in `name(191)`."""

    name: str
    unique: bool
    columns: tuple[str, ...]
    method: str = "BTREE"

    @property
    def definition(self) -> str:
        return f"{'unique ' if self.unique else ''}{self.method} ({', '.join(self.columns)})"


@dataclass(frozen=True)
class ForeignKey:
    """One foreign key; `target` is a table of the same schema, or `schema.table`."""

    name: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_update: str
    on_delete: str

    @property
    def definition(self) -> str:
        ends = f"({', '.join(self.columns)}) -> {self.target} ({', '.join(self.target_columns)})"
        return f"{ends} on update {self.on_update} on delete {self.on_delete}"


@dataclass(frozen=True)
class Constraint:
    """One CHECK constraint; a column's own carries the column's name."""

    name: str
    clause: str

    @property
    def definition(self) -> str:
        return self.clause


@dataclass(frozen=True)
class Table:
    """One table, its parts ordered by name, its columns by position."""

    name: str
    engine: str
    collation: str
    row_format: str
    columns: tuple[Column, ...] = ()
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    constraints: tuple[Constraint, ...] = ()


@dataclass(frozen=True)
class Program:
    """A view, trigger or routine: stored SQL. `table` is a trigger's table, empty otherwise."""

    kind: str
    table: str
    name: str
    definition: str


@dataclass(frozen=True)
class Schema:
    """All tables and programs of one database, ordered by name."""

    tables: tuple[Table, ...]
    programs: tuple[Program, ...] = ()

    @property
    def digest(self) -> str:
        return digest_of(asdict(self))
