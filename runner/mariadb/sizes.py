"""What ALTERs have on disk just now, that will be gone when they are over: InnoDB's files of tables that are being built.

Facts: https://mariadb.com/kb/en/information-schema-innodb_sys_tablespaces-table/ (needs the PROCESS right).
"""

from runner.mariadb.connection import DatabaseServer

# A tablespace's name is its file's: schema/table, encoded as file names are.
_SCHEMA = "CONVERT(CONVERT(CAST(SUBSTRING_INDEX(name, '/', 1) AS BINARY) USING filename) USING utf8mb4)"
_TEMPORARY = (
    f"SELECT {_SCHEMA}, SUM(allocated_size) FROM information_schema.innodb_sys_tablespaces"  # noqa: S608
    " WHERE name LIKE '%/#sql%' GROUP BY 1"
)


def read_temporary(server: DatabaseServer) -> dict[str, int]:
    """Read the bytes of temporary tables' files by schema; one that has none is left out."""
    return {schema: int(size) for schema, size in server.rows(_TEMPORARY)}
