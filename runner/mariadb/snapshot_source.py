"""What has to be known of a server before a snapshot of it is taken: its schemas, its size, and what our account may do.

Facts: https://mariadb.com/kb/en/mariadb-backup-overview/ (rights), https://mariadb.com/kb/en/information-schema-innodb_sys_tablespaces-table/.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.errors import QueryFailed, RightsMissing
from runner.mariadb.connection import DatabaseServer, quote
from runner.mariadb.facts import ServerFacts, read_facts
from runner.mariadb.rights import Grant, parse_grants

_SCHEMAS = """
    SELECT schema_name FROM information_schema.schemata
    WHERE schema_name NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys', 'thing_a_me')
    AND schema_name NOT LIKE '#mysql50#%' ORDER BY 1"""
"""A folder of the data directory that is no schema, such as lost+found, is listed with the prefix #mysql50#.
Ours holds the lease, whose heartbeats go on while a snapshot is taken and compared."""
_READING = ("SELECT", "SHOW VIEW", "TRIGGER", "EVENT", "LOCK TABLES")
"""What it takes to read every definition in a schema: of a trigger or event, one without the right sees nothing."""
_BINLOG_MONITOR = (10, 5, 2)
"""Before, the right was called REPLICATION CLIENT."""


@dataclass(frozen=True)
class SnapshotSource:
    """A server as a snapshot sees it. `size` is in bytes, of all its files; `variables` are its global ones."""

    facts: ServerFacts
    variables: Mapping[str, str]
    schemas: tuple[str, ...]
    size: int

    @property
    def port(self) -> int:
        """Where it listens, by its own account: inside a container that is another than outside."""
        return int(self.variables["port"])


def read_source(server: DatabaseServer) -> SnapshotSource:
    """Read it; of schemas those that our account can see."""
    facts = read_facts(server)
    variables = {name.lower(): value for name, value in server.rows("SHOW GLOBAL VARIABLES")}
    listed = server.rows(_SCHEMAS)
    return SnapshotSource(facts, variables, tuple(schema for (schema,) in listed), _read_size(server, facts, variables))


def demand_rights(server: DatabaseServer, source: SnapshotSource, schemas: Sequence[str], *, physical: bool) -> None:
    """Demand that our account may do what a snapshot needs.

    Raises:
        RightsMissing: the message names each right that is missing, the hint the statements that give them.
    """
    grants = parse_grants(row[0] for row in server.rows("SHOW GRANTS"))
    monitor = "BINLOG MONITOR" if source.facts.numbers >= _BINLOG_MONITOR else "REPLICATION CLIENT"
    everywhere = _missing(grants, ("RELOAD", "PROCESS", *(("LOCK TABLES", monitor) if physical else ())), None)
    lacking = {"*.*": everywhere} if everywhere else {}
    for schema in ("mysql", *schemas):
        if missing := _missing(grants, ("SELECT",) if schema == "mysql" else _READING, schema):
            lacking[f"{quote(schema)}.*"] = missing
    if lacking:
        user, _, host = str(server.scalar("SELECT CURRENT_USER()")).rpartition("@")
        account = f"{quote(user)}@{quote(host)}"
        said = "; ".join(f"{', '.join(rights)} on {where}" for where, rights in lacking.items())
        grant = " ".join(f"GRANT {', '.join(rights)} ON {where} TO {account};" for where, rights in lacking.items())
        raise RightsMissing(f"{server.name} may not take a snapshot: it lacks {said}", hint=f"as an administrator: {grant}")


def _missing(grants: Sequence[Grant], wanted: Sequence[str], schema: str | None) -> tuple[str, ...]:
    """Say which of the rights are not given on a schema, or, with None, on everything."""
    fitting = [grant for grant in grants if grant.pattern is None or (schema is not None and grant.covers(schema))]
    return tuple(right for right in wanted if not any(grant.has(right) for grant in fitting))


def _read_size(server: DatabaseServer, facts: ServerFacts, variables: Mapping[str, str]) -> int:
    """Add up InnoDB's files; where PROCESS is missing or a server tells no sizes, its tables' data and indexes count."""
    try:
        told = int(server.scalar("SELECT SUM(file_size) FROM information_schema.innodb_sys_tablespaces") or 0)
    except (QueryFailed, RightsMissing):
        told = 0
    return max(told, sum(facts.sizes.values())) + int(variables.get("innodb_log_file_size", "0"))
