"""The fingerprint of a server's databases, computed by the server itself over all connections of a point.

No row leaves the server, and memory does not depend on any table's size.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from runner.mariadb.account_prints import read_accounts
from runner.mariadb.crew import Job, share
from runner.mariadb.outline import Outline, read_outline
from runner.mariadb.point import Point, at_point
from runner.mariadb.table_prints import Told, read_tables, unheard
from runner.planning.fingerprint import AccountPrint, DatabasePrint, ServerPrint, Unread

Accounts = tuple[AccountPrint, ...]


def read_print(point: Point, schemas: Sequence[str], told: Told = unheard) -> ServerPrint:
    """Read the fingerprint of all accounts and of these schemas, at a point that is held; `told` hears how far it is.

    Promises: what cannot be read - a broken table, one that was altered since the point, a right that is missing - is in
    `unread`, and the rest is read. What one statement reads is not kept locked after it, so that an ALTER need not wait.

    Raises:
        ServerUnreachable, QueryFailed: a connection was lost, and the point with it.
    """
    ((version, increment),) = point.sessions[0].rows("SELECT VERSION(), @@GLOBAL.auto_increment_increment")
    there = _read_outlines(point, schemas)
    found = read_tables(point, there.outlines, told)
    return ServerPrint(
        version=version,
        increment=increment,
        databases=tuple(
            DatabasePrint(
                schema_name=outline.schema,
                defaults=outline.defaults,
                tables=found.tables_of(outline.schema),
                programs=found.programs_of(outline.schema),
            )
            for outline in there.outlines
        ),
        accounts=there.accounts,
        unread=(*there.unread, *found.unread),
    )


@dataclass
class _There:
    """What there is on the server, gathered part by part."""

    outlines: list[Outline] = field(default_factory=list)
    accounts: Accounts = ()
    unread: list[Unread] = field(default_factory=list)

    def take(self, answer: Outline | Accounts | Unread) -> tuple[()]:
        match answer:
            case Unread():
                self.unread.append(answer)
            case Outline(exists=False):
                self.unread.append(Unread(kind="schema", schema_name=answer.schema, reason="there is no such schema"))
            case Outline():
                self.outlines.append(answer)
            case _:
                self.accounts = answer
        return ()


def _read_outlines(point: Point, schemas: Sequence[str]) -> _There:
    """Read what there is; schemas come back in the order of their names."""
    there = _There()
    jobs: list[Job[Outline | Accounts | Unread]] = [
        partial(at_point, partial(read_outline, schema=schema), Unread(kind="schema", schema_name=schema)) for schema in schemas
    ]
    accounts = partial(at_point, partial(read_accounts, schemas=schemas), Unread(kind="accounts"))
    share(point.sessions, [*jobs, accounts], there.take)
    there.outlines.sort(key=lambda outline: outline.schema)
    there.unread.sort(key=lambda one: (one.kind, one.schema_name))
    return there
