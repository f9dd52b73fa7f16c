"""What the server says of itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from runner.mariadb.connection import DatabaseServer

_ASKED = (
    "version",
    "hostname",
    "port",
    "server_id",
    "server_uid",
    "read_only",
    "sql_mode",
    "character_set_server",
    "collation_server",
    "character_set_collations",
    "wsrep_on",
    "have_ssl",
    "log_bin",
    "log_bin_trust_function_creators",
    "lower_case_table_names",
    "datadir",
    "tmpdir",
)


@dataclass(frozen=True)
class ServerFacts:
    """The server's identity and the settings that a chain depends on.

    `uid` is empty where the server has none. `collations` is `character_set_collations`, empty before 11.2: it maps a charset
    to the collation that a table gets when it names the charset only. `sizes` are data and indexes in bytes, per schema.
    """

    version: str
    numbers: tuple[int, int, int]
    is_mariadb: bool
    hostname: str
    server_id: int
    uid: str
    read_only: bool
    sql_mode: frozenset[str]
    charset: str
    collation: str
    collations: Mapping[str, str]
    wsrep: bool
    tls: bool
    log_bin: bool
    trusts_function_creators: bool
    datadir: str
    sizes: Mapping[str, int]

    @property
    def identity(self) -> str:
        """Tell this server from another that answers at the same address."""
        return f"{self.hostname}/{self.server_id}/{self.uid}"


def read_facts(server: DatabaseServer) -> ServerFacts:
    """Read the server's settings and schema sizes in two statements; a variable it does not have counts as empty."""
    names = ", ".join(f"'{name}'" for name in _ASKED)
    asked = {name.lower(): value for name, value in server.rows(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({names})")}
    version = asked["version"]
    return ServerFacts(
        version=version,
        numbers=version_numbers(version),
        is_mariadb="mariadb" in version.lower(),
        hostname=asked.get("hostname", ""),
        server_id=int(asked.get("server_id", "0")),
        uid=asked.get("server_uid", ""),
        # Newer servers know more ways than ON: NO_LOCK, NO_LOCK_NO_ADMIN.
        read_only=asked.get("read_only", "OFF") not in ("OFF", "0"),
        sql_mode=frozenset(filter(None, asked.get("sql_mode", "").split(","))),
        charset=asked.get("character_set_server", ""),
        collation=asked.get("collation_server", ""),
        collations=dict(pair.split("=") for pair in asked.get("character_set_collations", "").split(",") if pair),
        wsrep=asked.get("wsrep_on") == "ON",
        tls=asked.get("have_ssl") == "YES",
        log_bin=asked.get("log_bin") == "ON",
        trusts_function_creators=asked.get("log_bin_trust_function_creators") == "ON",
        datadir=asked.get("datadir", ""),
        sizes=_read_sizes(server),
    )


def version_numbers(version: str) -> tuple[int, int, int]:
    """Read 10.11.18 from `10.11.18-MariaDB-0+deb12u1`, also where a server calls itself `5.5.5-10.11.18-MariaDB`."""
    found = re.match(r"(?:5\.5\.5-)?(\d+)\.(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2]), int(found[3])) if found else (0, 0, 0)


def _read_sizes(server: DatabaseServer) -> dict[str, int]:
    rows = server.rows(
        "SELECT table_schema, SUM(data_length + index_length) FROM information_schema.tables"
        " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('information_schema', 'performance_schema', 'sys')"
        " GROUP BY table_schema"
    )
    return {schema: int(size or 0) for schema, size in rows}
