"""The lines of a SHOW CREATE TABLE that a change of charset has to write again: columns, keys, foreign keys. Pure."""

import re
from dataclasses import dataclass

from runner.planning.fingerprint import parts

_NAME = r"`(?P<{}>(?:[^`]|``)+)`"
_COLUMN = re.compile(
    _NAME.format("name") + r" (?P<type>(?:enum|set)\((?:'(?:[^']|'')*',?)+\)|\w+(?:\((?P<length>\d+)\))?)"
    r"(?: CHARACTER SET (?P<charset>\w+))?(?: COLLATE (?P<collation>\w+))?(?P<rest>.*)"
)
_FOREIGN = re.compile(
    r"CONSTRAINT " + _NAME.format("name") + r" FOREIGN KEY \((?P<columns>.+?)\) REFERENCES "
    r"(?:" + _NAME.format("schema") + r"\.)?" + _NAME.format("target") + r" \((?P<ends>.+?)\)"
)
_KEY = re.compile(r"(?:PRIMARY KEY|(?P<kind>UNIQUE |FULLTEXT |SPATIAL )?KEY " + _NAME.format("name") + r") \((?P<columns>.*)\)")
_KEYED = re.compile(r"`((?:[^`]|``)+)`(?:\((\d+)\))?")


@dataclass(frozen=True)
class ColumnLine:
    """A column's line: `type` as in `varchar(255)`, its `length` (0: none), what follows its collation."""

    name: str
    type: str
    length: int
    rest: str

    @property
    def is_generated(self) -> bool:
        return " GENERATED ALWAYS AS " in self.rest

    @property
    def default(self) -> str:
        """What comes before the comment: NULL or not, and the default."""
        return self.rest.partition(" COMMENT ")[0]

    @property
    def bare(self) -> str:
        """The type's word alone."""
        return self.type.partition("(")[0]


@dataclass(frozen=True)
class KeyLine:
    """A key's line; `columns` with their prefix lengths, 0 for a whole column. The primary key's name is PRIMARY."""

    name: str
    columns: tuple[tuple[str, int], ...]
    text: str

    @property
    def is_plain(self) -> bool:
        return self.text.startswith("KEY ")


@dataclass(frozen=True)
class ForeignLine:
    """A foreign key's line; `schema` is empty where the target lies in the same."""

    name: str
    columns: tuple[str, ...]
    schema: str
    target: str
    ends: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class TableLines:
    """A table's definition, taken apart. `options` are all that follows the last line; `row_format` as the server has it."""

    columns: dict[str, ColumnLine]
    keys: tuple[KeyLine, ...]
    foreign: tuple[ForeignLine, ...]
    options: str
    row_format: str


def read_lines(definition: str) -> TableLines:
    """Take a definition apart, as `mariadb.definitions.define_table` gives it."""
    columns: dict[str, ColumnLine] = {}
    keys: list[KeyLine] = []
    foreign: list[ForeignLine] = []
    options = ""
    for part in parts(definition):
        if part.kind == "column" and (found := _COLUMN.fullmatch(part.text)):
            columns[part.name] = ColumnLine(part.name, found["type"], int(found["length"] or 0), found["rest"])
        elif part.kind == "index" and (found := _KEY.match(part.text)):
            keys.append(KeyLine(part.name, _keyed(found["columns"]), part.text))
        elif part.kind == "foreign-key" and (found := _FOREIGN.match(part.text)):
            names, ends = (tuple(name for name, _ in _keyed(found[group])) for group in ("columns", "ends"))
            schema, target = ((found[group] or "").replace("``", "`") for group in ("schema", "target"))
            foreign.append(ForeignLine(part.name, names, schema, target, ends, part.text))
        elif part.kind == "options":
            options = part.text
    return TableLines(columns, tuple(keys), tuple(foreign), options, options.rpartition("ROW_FORMAT ")[2])


def _keyed(text: str) -> tuple[tuple[str, int], ...]:
    return tuple((name.replace("``", "`"), int(prefix or 0)) for name, prefix in _KEYED.findall(text))
