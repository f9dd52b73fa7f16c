"""How text that is not UTF-8, or is it twice, is mended: which case each column is, in which order, and what is refused. Pure.

What is planned here is a guess about bytes. It is proven on a clone before production is touched.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from runner.planning.table_lines import ColumnLine, ForeignLine, KeyLine, TableLines, read_lines

_CHARACTER = {"utf8mb3": 3, "utf8": 3, "utf8mb4": 4}
_OLD_FORMATS = ("Compact", "Redundant")
_LONGEST_OLD, _LONGEST = 767, 3072
"""Bytes of an index: https://mariadb.com/kb/en/innodb-limitations/."""
USUAL = ("utf8mb3", "utf8mb3_general_ci")


class Case(StrEnum):
    """What a column holds: latin1 (or ASCII) as it says; UTF-8 under the name of latin1; both, row by row; UTF-8 twice."""

    LATIN1 = "latin1"
    HIDDEN = "hidden"
    MIXED = "mixed"
    TWICE = "twice"


@dataclass(frozen=True)
class TextFound:
    """What is known of a column, in rows.

    `hidden`, `beside` and `twice` as in `mariadb.text_bytes`; `outside` are those whose decoded text utf8mb3 has no characters
    for, `again` those whose decoded text was encoded twice itself, `long` those too long to be converted in a statement.
    """

    name: str
    charset: str
    collation: str
    hidden: int = 0
    beside: int = 0
    twice: int = 0
    outside: int = 0
    again: int = 0
    long: int = 0

    @property
    def is_misread(self) -> bool:
        return bool(self.hidden or self.twice)

    @property
    def case(self) -> Case | None:
        """Say which case it is; None where nothing has to be done."""
        if self.charset == "latin1":
            return (Case.MIXED if self.beside else Case.HIDDEN) if self.hidden else Case.LATIN1
        return Case.TWICE if self.twice else None


@dataclass(frozen=True)
class TableFound:
    """A table: its definition, its text, those of its triggers that an UPDATE fires. `collation` is its default one.

    `is_declared` says that its project makes it latin1 itself, in every release.
    """

    schema: str
    name: str
    definition: str
    collation: str
    text: tuple[TextFound, ...]
    triggers: tuple[str, ...] = ()
    is_declared: bool = False


@dataclass(frozen=True)
class ColumnMend:
    """A column to be mended: what it is now, and the charset and collation that it gets."""

    line: ColumnLine
    found: TextFound
    case: Case
    charset: str
    collation: str


@dataclass(frozen=True)
class TableMend:
    """A table to be mended. `foreign` are its own keys that are dropped and made again; `keys` are to be kept beside them.

    `default` is the charset and collation that it gets for columns to come; None: it stays. `kept` are columns that an UPDATE
    would set to the present time.
    """

    schema: str
    name: str
    columns: tuple[ColumnMend, ...]
    foreign: tuple[ForeignLine, ...] = ()
    keys: tuple[KeyLine, ...] = ()
    default: tuple[str, str] | None = None
    kept: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Refused:
    """A column that is left as it is, and why."""

    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"


@dataclass(frozen=True)
class TextPlan:
    """What is mended, what is refused. `locked` are all tables, (schema, table), that are altered or that those refer to."""

    tables: tuple[TableMend, ...]
    refused: tuple[Refused, ...]
    locked: tuple[tuple[str, str], ...]


Column = tuple[str, str, str]
Key = tuple[str, str]


def plan_text(found: Collection[TableFound], usual: tuple[str, str] = USUAL, leave: Collection[str] = ()) -> TextPlan:
    """Plan the mend of these tables; all tables of their schemas are given, whether there is something to mend or not.

    `usual` is what a schema gets that has no UTF-8 column yet, as its server calls it. `leave` are columns
    (schema.table.column) of which somebody knows that they are what they say.
    """
    tables = {(table.schema, table.name): table for table in found}
    lines = {key: read_lines(table.definition) for key, table in tables.items()}
    schemas = {table.schema for table in found}
    aims = {schema: _aim((table for table in found if table.schema == schema), usual) for schema in schemas}
    wanted = {
        (*key, text.name): text for key, table in tables.items() if not table.is_declared for text in table.text if text.case
    }
    left = {column: LEFT for column in wanted if ".".join(column) in leave}
    why = left | {
        column: reason
        for column, text in wanted.items()
        if column not in left and (reason := _reason(tables[column[:2]], lines[column[:2]], text, aims[column[0]]))
    }
    _refuse_ends(why, wanted, tables, lines, aims)
    going = {column: text for column, text in wanted.items() if column not in why}
    touched = _touched(going, tables, lines)
    mends = tuple(
        _mend(table, lines[key], {name: text for (*at, name), text in going.items() if tuple(at) == key}, touched, aims[key[0]])
        for key, table in tables.items()
        if any(column[:2] == key for column in going) or any(child == key for child, _ in touched)
    )
    parents = {(child[0], foreign.target) for child, foreign in touched}
    refused = [Refused(".".join(column), reason) for column, reason in why.items()]
    refused += [
        Refused(f"{table.schema}.{table.name}", _DECLARED) for table in found if table.is_declared and _is_misread(table)
    ]
    return TextPlan(
        mends, tuple(sorted(refused, key=str)), tuple(sorted({(mend.schema, mend.name) for mend in mends} | parents))
    )


LEFT = "you said so"
_DECLARED = "its project makes this table latin1 itself, in every release: its misread rows are yours to correct"


def _is_misread(table: TableFound) -> bool:
    return any(text.is_misread for text in table.text)


def _aim(tables: Iterator[TableFound], usual: tuple[str, str]) -> tuple[str, str]:
    """Say what a schema's text should be: what most of its UTF-8 columns are, or else what OpenStack's releases make."""
    counted = Counter(
        (text.charset, text.collation)
        for table in tables
        for text in table.text
        if text.charset in _CHARACTER and not text.collation.endswith("_bin")
    )
    return counted.most_common(1)[0][0] if counted else usual


def _aimed(text: TextFound, aim: tuple[str, str]) -> tuple[str, str]:
    """Say what a column becomes: one that is UTF-8 already stays, one that compares bytes goes on to do so."""
    if text.charset != "latin1":
        return text.charset, text.collation
    return (aim[0], f"{aim[0]}_bin") if text.collation.endswith("_bin") else aim


def _reason(table: TableFound, lines: TableLines, text: TextFound, aim: tuple[str, str]) -> str:
    """Say why a column cannot be mended by itself; empty: it can."""
    return next(_reasons(table, lines, text, _aimed(text, aim)[0]), "")


def _reasons(table: TableFound, lines: TableLines, text: TextFound, charset: str) -> Iterator[str]:
    if (line := lines.columns.get(text.name)) is None:
        yield "its definition is none that is known here"
        return
    yield from _reasons_of_table(table, lines, text)
    if text.collation.endswith("_cs"):
        yield f"UTF-8 has no collation for {text.collation}"
    if not line.default.isascii():
        yield "its default is not ASCII"
    if text.outside and charset != "utf8mb4":
        yield f"{text.outside} rows hold characters that {charset} does not have (such as emoji): take them out first"
    if text.again:
        yield f"{text.again} rows were encoded more than twice: correct those by hand first"
    if text.long:
        yield f"{text.long} rows are longer than a quarter of max_allowed_packet: set that higher"
    if text.charset == "latin1":
        yield from _too_long(table, lines, text, charset)


def _reasons_of_table(table: TableFound, lines: TableLines, text: TextFound) -> Iterator[str]:
    if not lines.options.startswith(") ENGINE=InnoDB "):
        yield "the table is not InnoDB's"
    if " WITH SYSTEM VERSIONING" in lines.options:
        yield "the table keeps versions of its rows"
    if any(one.is_generated and (one.name == text.name or f"`{text.name}`" in one.rest) for one in lines.columns.values()):
        yield "a generated column is made of it"
    if table.triggers and text.case in (Case.MIXED, Case.TWICE):
        yield f"its rows have to be updated, which fires {', '.join(table.triggers)}"


def _too_long(table: TableFound, lines: TableLines, text: TextFound, charset: str) -> Iterator[str]:
    """Say which index would be longer than InnoDB has them; columns that are UTF-8 already count as long as they are."""
    each = _LONGEST_OLD if lines.row_format in _OLD_FORMATS else _LONGEST
    charsets = {one.name: charset if one.charset == "latin1" else one.charset for one in table.text}
    for key in lines.keys:
        sizes = {name: _bytes(lines.columns[name], prefix, charsets.get(name, "")) for name, prefix in key.columns}
        if sizes.get(text.name, 0) > each:
            yield f"index {key.name} would have {sizes[text.name]} bytes of it, {each} is the most in {lines.row_format} rows"
        elif text.name in sizes and sum(sizes.values()) > _LONGEST:
            yield f"index {key.name} would have {sum(sizes.values())} bytes, {_LONGEST} is the most"


def _bytes(line: ColumnLine, prefix: int, charset: str) -> int:
    """Say how many bytes of a column an index has at most; of what is no text, none that count."""
    characters = prefix or (line.length if line.bare in ("char", "varchar") else 0)
    return characters * _CHARACTER.get(charset, 1)


def _refuse_ends(
    why: dict[Column, str],
    wanted: Mapping[Column, TextFound],
    tables: Mapping[Key, TableFound],
    lines: Mapping[Key, TableLines],
    aims: Mapping[str, tuple[str, str]],
) -> None:
    """Refuse columns whose foreign keys would have two ends that differ, until nothing more follows from it."""
    before = -1
    while before != len(why):
        before = len(why)
        for child, column, foreign, end in _ends(lines):
            here, there = (*child, column), (foreign.schema or child[0], foreign.target, end)
            sides = [one for one in (here, there) if one in wanted and one not in why and wanted[one].charset == "latin1"]
            if sides and foreign.schema:
                why |= dict.fromkeys(sides, f"foreign key {foreign.name} leads into another schema")
            elif sides and _becomes(here, wanted, why, tables, aims) != _becomes(there, wanted, why, tables, aims):
                why |= dict.fromkeys(
                    sides, f"the other end of foreign key {foreign.name} would have another charset or collation"
                )


def _becomes(
    column: Column,
    wanted: Mapping[Column, TextFound],
    why: Mapping[Column, str],
    tables: Mapping[Key, TableFound],
    aims: Mapping[str, tuple[str, str]],
) -> str:
    """Say which collation a column will have."""
    if column in wanted and column not in why:
        return _aimed(wanted[column], aims[column[0]])[1]
    table = tables.get(column[:2])
    return next((text.collation for text in table.text if text.name == column[2]), "") if table else ""


def _ends(lines: Mapping[Key, TableLines]) -> Iterator[tuple[Key, str, ForeignLine, str]]:
    for child, table in lines.items():
        for foreign in table.foreign:
            for column, end in zip(foreign.columns, foreign.ends, strict=True):
                yield child, column, foreign, end


def _touched(
    going: Mapping[Column, TextFound], tables: Mapping[Key, TableFound], lines: Mapping[Key, TableLines]
) -> tuple[tuple[Key, ForeignLine], ...]:
    """Name the foreign keys of which an end changes its charset: while they are there, the server alters neither end."""
    altered = {column for column, text in going.items() if text.charset == "latin1"}
    found: defaultdict[Key, dict[str, ForeignLine]] = defaultdict(dict)
    for child, column, foreign, end in _ends(lines):
        if (*child, column) in altered or (child[0], foreign.target, end) in altered:
            found[child][foreign.name] = foreign
    return tuple((child, foreign) for child in tables for foreign in found[child].values())


def _mend(
    table: TableFound,
    lines: TableLines,
    going: Mapping[str, TextFound],
    touched: tuple[tuple[Key, ForeignLine], ...],
    aim: tuple[str, str],
) -> TableMend:
    columns = tuple(
        ColumnMend(lines.columns[name], text, text.case, *_aimed(text, aim)) for name, text in going.items() if text.case
    )
    foreign = tuple(one for child, one in touched if child == (table.schema, table.name))
    left = {text.name for text in table.text if text.charset == "latin1"} - going.keys()
    altered = any(column.found.charset == "latin1" for column in columns)
    is_default = altered and not left and table.collation.startswith("latin1")
    return TableMend(
        schema=table.schema,
        name=table.name,
        columns=columns,
        foreign=foreign,
        # The server made some of these for a foreign key, and would make them anew under another name.
        keys=tuple(key for key in lines.keys if key.is_plain and any(_serves(key, one) for one in foreign)),
        default=aim if is_default else None,
        kept=tuple(line.name for line in lines.columns.values() if " ON UPDATE " in line.default),
    )


def _serves(key: KeyLine, foreign: ForeignLine) -> bool:
    return tuple(name for name, _ in key.columns[: len(foreign.columns)]) == foreign.columns
