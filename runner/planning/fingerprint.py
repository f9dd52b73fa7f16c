"""The fingerprint of a server's databases: what two servers must agree on to hold the same data.

Nothing here is the data itself. Definitions are the server's own SHOW CREATE, which leaves nothing out that the server
knows; `parts` takes them apart, so that a difference has a name.
"""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from runner.frozen import Frozen

_PARTS = (
    ("column", re.compile(r"  `(?P<name>(?:[^`]|``)+)` ")),
    ("index", re.compile(r"  (?P<name>PRIMARY) KEY ")),
    ("index", re.compile(r"  (?:[A-Z]+ )?KEY `(?P<name>(?:[^`]|``)+)` ")),
    ("foreign-key", re.compile(r"  CONSTRAINT `(?P<name>(?:[^`]|``)+)` FOREIGN KEY ")),
    ("check", re.compile(r"  CONSTRAINT `(?P<name>(?:[^`]|``)+)` CHECK ")),
)
_COUNTER = re.compile(r"^(\) ENGINE=\w+) AUTO_INCREMENT=\d+", re.MULTILINE)


class Unread(Frozen):
    """What could not be read, and why in the server's words."""

    kind: Literal["schema", "table", "program", "accounts"]
    schema_name: str = ""
    name: str = ""
    reason: str = ""

    def __str__(self) -> str:
        where = ".".join(filter(None, (self.schema_name, self.name)))
        return f"{self.kind}{' ' if where else ''}{where}: {self.reason}"


class Counter(Frozen):
    """A table's AUTO_INCREMENT: the next number as the server tells it; `earlier` is what it told before the point.

    It is not under a transaction's view: it runs on while other sessions write.
    """

    value: int
    earlier: int

    def __str__(self) -> str:
        return f"next {self.value}" if self.value == self.earlier else f"next {self.earlier} to {self.value}"


class TablePrint(Frozen):
    """A table or a sequence. `checksum` is the sum of one number per row, over all columns; the order has no part in it."""

    name: str
    definition: str
    rows: int
    checksum: str
    counter: Counter | None = None


class ProgramPrint(Frozen):
    """Stored SQL: a view, trigger, routine or event. `table` is a trigger's table, empty otherwise."""

    kind: str
    table: str
    name: str
    definition: str


class DatabasePrint(Frozen):
    """One schema, its tables and programs ordered by name; `defaults` are its character set, collation and comment."""

    schema_name: str
    defaults: str
    tables: tuple[TablePrint, ...]
    programs: tuple[ProgramPrint, ...]


class AccountPrint(Frozen):
    """An account or role, named as in GRANT. Of its password and plugin strings there is only a digest of each.

    `reach` says on what it has rights, by itself or by a role: on some of the schemas, on the whole server only, or neither.
    """

    name: str
    reach: Literal["schemas", "server", "none"]
    definition: str
    secrets: tuple[str, ...]
    grants: tuple[str, ...]


class ServerPrint(Frozen):
    """All of it. `increment` is the server's auto_increment_increment."""

    version: str
    increment: int
    databases: tuple[DatabasePrint, ...]
    accounts: tuple[AccountPrint, ...]
    unread: tuple[Unread, ...] = ()

    @property
    def tables(self) -> Mapping[tuple[str, str], TablePrint]:
        return {(database.schema_name, table.name): table for database in self.databases for table in database.tables}

    def unlocked(self) -> "ServerPrint":
        """The same, with no account locked."""
        return self.model_copy(update={"accounts": tuple(map(_unlocked, self.accounts))})


def _unlocked(account: AccountPrint) -> AccountPrint:
    return account.model_copy(update={"definition": account.definition.replace(" ACCOUNT LOCK", "")})


class Part(NamedTuple):
    """One named part of a definition."""

    kind: str
    name: str
    text: str


def without_counter(definition: str) -> str:
    """Take AUTO_INCREMENT out of a SHOW CREATE TABLE: it is compared apart."""
    return _COUNTER.sub(r"\1", definition)


def parts(definition: str) -> tuple[Part, ...]:
    """Take a SHOW CREATE TABLE apart, in its order; what follows the columns and keys is one part, `options`."""
    found: list[Part] = []
    rest: list[str] = []
    for line in definition.splitlines()[1:]:
        matches = ((kind, pattern.match(line)) for kind, pattern in _PARTS)
        kind, match = next(((kind, match) for kind, match in matches if match), ("options", None))
        # A period, a partition, or a line of a text that holds a newline: it counts, and has no name of its own.
        if match is None:
            rest.append(line.strip())
        else:
            found.append(Part(kind, match["name"].replace("``", "`"), line.strip().removesuffix(",")))
    return (*found, Part("options", "", " ".join(rest)))
