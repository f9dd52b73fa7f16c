"""Who is connected to the server: https://mariadb.com/kb/en/information-schema-processlist-table/."""

from dataclasses import dataclass

from runner.mariadb.connection import DatabaseServer

_OTHERS = """
    SELECT user, SUBSTRING_INDEX(host, ':', 1), COALESCE(db, ''), COUNT(*) FROM information_schema.processlist
    WHERE user NOT IN ('system user', 'event_scheduler', 'unauthenticated user')
    AND user <> SUBSTRING_INDEX(USER(), '@', 1)
    GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3"""


@dataclass(frozen=True)
class Visitor:
    """An account that is connected, from where, to which schema (empty: none), and how many times."""

    user: str
    host: str
    schema: str
    connections: int

    def __str__(self) -> str:
        times = f", {self.connections} times" if self.connections > 1 else ""
        return f"{self.user} from {self.host}{f' in {self.schema}' if self.schema else ''}{times}"


def read_visitors(server: DatabaseServer) -> tuple[Visitor, ...]:
    """Read who else is connected; our own account and the server's threads do not count. Without PROCESS it sees nobody."""
    return tuple(Visitor(*row) for row in server.rows(_OTHERS))
