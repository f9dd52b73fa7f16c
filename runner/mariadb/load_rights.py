"""What it takes to drop schemas and load a dump of them: https://mariadb.com/kb/en/grant/."""

from collections.abc import Sequence

from runner.errors import RightsMissing
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.rights import parse_grants

_WRITING = (
    *("SELECT", "INSERT", "CREATE", "DROP", "ALTER", "INDEX", "REFERENCES", "LOCK TABLES"),
    *("CREATE VIEW", "SHOW VIEW", "TRIGGER", "EVENT", "CREATE ROUTINE", "ALTER ROUTINE"),
)
_DEFINING = ("SET USER", "SUPER")
"""One of these lets a view or trigger belong to another account than ours; before 10.5.2 only SUPER did."""


def demand_load_rights(server: DatabaseServer, schemas: Sequence[str]) -> None:
    """Demand that our account may drop and load these schemas, before anything is dropped.

    Raises:
        RightsMissing: the message names each right that is missing.
    """
    grants = parse_grants(row[0] for row in server.rows("SHOW GRANTS"))
    lacking = []
    for schema in schemas:
        fitting = [grant for grant in grants if grant.pattern is None or grant.covers(schema)]
        lacking += [f"{right} on {schema}" for right in _WRITING if not any(grant.has(right) for grant in fitting)]
    everywhere = [grant for grant in grants if grant.pattern is None]
    if not any(grant.has(right) for grant in everywhere for right in _DEFINING):
        lacking.append(f"{' or '.join(_DEFINING)} on *.*")
    if lacking:
        raise RightsMissing(f"{server.name} may not put schemas back: it lacks {', '.join(lacking)}")
