"""The steps' accounts: made for one run, with rights on one project's schemas, dropped at its end."""

import hashlib
from collections.abc import Sequence

from runner.mariadb.connection import DatabaseServer, quote

STEP_RIGHTS = (
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "CREATE",
    "DROP",
    "REFERENCES",
    "INDEX",
    "ALTER",
    "CREATE TEMPORARY TABLES",
    "LOCK TABLES",
    "EXECUTE",
    "CREATE VIEW",
    "SHOW VIEW",
    "CREATE ROUTINE",
    "ALTER ROUTINE",
    "EVENT",
    "TRIGGER",
)
"""ALL, spelled out: `GRANT ALL` is refused on a server whose administrator is older than the newest right."""


def create_account(
    server: DatabaseServer, name: str, password: str, schemas: Sequence[str], *, reads: Sequence[str] = ()
) -> None:
    """Create `name`@'%' with rights on `schemas`, leave to read `reads`, and nothing else; one of that name is replaced.

    Promises: the password itself is never sent, so it is in no log of the server; only its hash is. The hash is
    mysql_native_password's, because that is what every release's PyMySQL speaks.

    Raises:
        RightsMissing: our account may not create accounts, or not grant these rights.
        ServerReadOnly, QueryFailed
    """
    account = f"{quote(name)}@'%'"
    server.execute(f"CREATE OR REPLACE USER {account} IDENTIFIED VIA mysql_native_password USING '{native_hash(password)}'")
    for schema in schemas:
        server.execute(f"GRANT {', '.join(STEP_RIGHTS)} ON {_exactly(schema)}.* TO {account}")
    for schema in reads:
        server.execute(f"GRANT SELECT ON {_exactly(schema)}.* TO {account}")


def drop_account(server: DatabaseServer, name: str) -> None:
    """Drop `name`@'%'; one that is gone already is as good. Sessions it has open go on until they end."""
    server.execute(f"DROP USER IF EXISTS {quote(name)}@'%'")


def native_hash(password: str) -> str:
    """Hash as the server would: https://mariadb.com/kb/en/authentication-plugin-mysql_native_password/."""
    once = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
    return "*" + hashlib.sha1(once, usedforsecurity=False).hexdigest().upper()


def _exactly(schema: str) -> str:
    """Quote a schema for GRANT, which otherwise reads `_` and `%` as wildcards: nova_api is not novaXapi."""
    return quote(schema.replace("\\", "\\\\").replace("_", r"\_").replace("%", r"\%"))
