"""One point in time, seen by several connections: each begins a consistent transaction while nobody can commit.

mariadb-backup holds BACKUP STAGE BLOCK_COMMIT for about a second at its end (10.11). Connections that begin a transaction in
that second see what the backup holds, while services write on before and after.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from runner.errors import Aftermath, QueryFailed, RightsMissing, SchemaMissing
from runner.frozen import Frozen
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.session import Session, open_session
from runner.planning.fingerprint import Unread

T = TypeVar("T")

SETTINGS = (
    # A consistent snapshot is one in this level only; in others the server ignores the wish, and says so in a warning.
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET SESSION time_zone = '+00:00', sql_mode = ''",
    "SET SESSION sql_select_limit = 18446744073709551615, sql_big_selects = 1, max_statement_time = 0, net_write_timeout = 600",
    # Connections wait with an open transaction until the others have read their part.
    "SET SESSION wait_timeout = 28800 /*M!100300 , idle_transaction_timeout = 0, idle_readonly_transaction_timeout = 0 */",
    "SET SESSION sql_quote_show_create = 1 /*M!100304 , system_versioning_asof = DEFAULT */",
)
"""Whatever a server's own defaults are, values and definitions read the same."""

_HERE = "here"
"""A savepoint: the first thing in the transaction, so that going back to it gives nothing up but locks."""

Counters = Mapping[tuple[str, str], int]
"""(schema, table) -> AUTO_INCREMENT."""


class Position(Frozen):
    """A place in the server's binary log."""

    file: str
    offset: int

    def __str__(self) -> str:
        return f"{self.file}:{self.offset}"


@dataclass(frozen=True)
class Point:
    """Connections that see one point once it is held. `earlier` are the counters that were read before."""

    server: DatabaseServer
    sessions: tuple[Session, ...]
    earlier: Counters

    def hold(self) -> Position | None:
        """Begin a transaction in every connection, in a millisecond each, and say what they see; None without a binary log.

        Again: the point that was held before is let go, and a new one is held.

        Raises:
            QueryFailed: somebody committed between two of the connections.
        """
        for session in self.sessions:
            # START would commit a transaction held before; with a savepoint in it, that waits for whoever blocks commits.
            session.execute("ROLLBACK")
            session.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        for session in self.sessions:
            session.execute(f"SAVEPOINT {_HERE}")
        seen = list(dict.fromkeys(_position(session) for session in self.sessions))
        if len(seen) > 1:
            points = ", ".join(str(position) for position in seen)
            message = f"{self.server.name}: somebody wrote while the point was taken: {points}"
            raise QueryFailed(message, aftermath=Aftermath.UNTOUCHED)
        return seen[0]

    def gtid(self, position: Position) -> str:
        """Say which GTID a position is; the server reads its binary log up to there."""
        rows = self.sessions[0].rows("SELECT BINLOG_GTID_POS(:file, :offset)", file=position.file, offset=position.offset)
        return rows[0][0] or ""


def at_point(job: Callable[[Session], T], subject: Unread, session: Session) -> T | Unread:
    """Do a job in a connection that holds a point, and let go of the metadata locks that it took, as mariadb-dump does.

    What the server refuses is an answer too: `subject`, with its words.

    Raises:
        QueryFailed, ServerUnreachable: the connection is lost, or its transaction, and the point with it.
    """
    answer: T | Unread
    try:
        answer = job(session)
    except (QueryFailed, RightsMissing, SchemaMissing) as error:
        if not session.is_alive:
            raise
        answer = subject.model_copy(update={"reason": error.message})
    session.execute(f"ROLLBACK TO SAVEPOINT {_HERE}")
    return answer


@contextmanager
def open_point(server: DatabaseServer, schemas: Sequence[str], *, connections: int) -> Iterator[Point]:
    """Connect, and have the server open the schemas' tables, so that nothing is left to do when the point comes.

    Raises:
        ServerUnreachable: also when the server takes no more connections.
        LoginRefused, TlsRequired, QueryFailed
    """
    with ExitStack() as stack:
        sessions = tuple(stack.enter_context(open_session(server, *SETTINGS)) for _ in range(connections))
        yield Point(server, sessions, _read_counters(sessions[0], schemas))


def _position(session: Session) -> Position | None:
    told = dict(session.rows("SHOW STATUS LIKE 'binlog_snapshot_%'"))
    found = {str(name).lower(): value for name, value in told.items()}
    file = found.get("binlog_snapshot_file", "")
    return Position(file=file, offset=int(found["binlog_snapshot_position"])) if file else None


def _read_counters(session: Session, schemas: Sequence[str]) -> Counters:
    """Read every AUTO_INCREMENT. A schema is named as a constant: MariaDB then opens that schema's tables only."""
    found: dict[tuple[str, str], int] = {}
    for schema in schemas:
        rows = session.rows(
            "SELECT table_name, auto_increment FROM information_schema.tables"
            " WHERE table_schema = :schema AND auto_increment IS NOT NULL",
            schema=schema,
        )
        found |= {(schema, table): int(value) for table, value in rows}
    return found
