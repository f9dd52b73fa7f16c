"""Where every database stands: its version rows, read for all databases together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runner.mariadb.connection import DatabaseServer, quote
from runner.planning.cloud import Database
from runner.planning.facts import DatabaseFacts
from runner.planning.recipe import Recipe

LEGACY_TABLE = "migrate_version"
"""sqlalchemy-migrate's; alembic's can be renamed, and the recipe says to what."""

CHUNK = 100
"""Databases per statement: one statement for most clouds, and far below every limit for the others."""


@dataclass(frozen=True)
class _Source:
    """An expression over one table of one database; `of` tells sources of one database apart."""

    database: Database
    table: str
    expression: str
    where: str = ""
    of: str = ""

    @property
    def sql(self) -> str:
        table = f"{quote(self.database.schema)}.{quote(self.table)}"
        return f"CONVERT({self.expression} USING utf8mb4) FROM {table} {self.where}"


def read_standing(
    server: DatabaseServer, databases: Sequence[Database], recipes: Mapping[str, Recipe]
) -> tuple[DatabaseFacts, ...]:
    """Read the facts of all databases, in their order, with five statements for up to a hundred of them.

    Promises: a schema that does not exist, or that our account sees nothing of, is a fact and no error.
    """
    charsets = _read_charsets(server)
    tables = _read_tables(server, charsets.keys() & {database.schema for database in databases})

    def gather(sources: Iterable[_Source]) -> defaultdict[tuple[Database, str], set[str]]:
        return _gather(server, [source for source in sources if source.table in tables[source.database.schema]])

    alembic = gather(source for database in databases for source in _alembic_sources(database, recipes[database.project]))
    legacy = gather(_Source(database, LEGACY_TABLE, "CONCAT(repository_id, ':', version)") for database in databases)
    computes = gather(
        _Source(database, "services", "version", "WHERE deleted = 0 AND `binary` = 'nova-compute'")
        for database in databases
        if database.project == "nova"
    )
    return tuple(
        DatabaseFacts(
            database,
            exists=database.schema in charsets,
            tables=frozenset(tables[database.schema]),
            alembic=frozenset(alembic[database, ""]),
            legacy=frozenset(legacy[database, ""]),
            guests={
                guest: frozenset(rows)
                for guest in recipes[database.project].roles[database.role].guests
                if (rows := alembic[database, guest])
            },
            service_versions=tuple(sorted(int(version) for version in computes[database, ""])),
            charset=charsets.get(database.schema, ("", ""))[0],
            collation=charsets.get(database.schema, ("", ""))[1],
        )
        for database in databases
    )


def list_schemas(server: DatabaseServer) -> tuple[str, ...]:
    """Name the schemas that are not the server's own."""
    own = ("information_schema", "mysql", "performance_schema", "sys")
    return tuple(sorted(schema for schema in _read_charsets(server) if schema not in own))


def _alembic_sources(database: Database, recipe: Recipe) -> Iterable[_Source]:
    tables = {"": recipe.chains[recipe.roles[database.role].chain].table, **recipe.guest_tables(database.role)}
    return (_Source(database, table, "version_num", of=chain) for chain, table in tables.items())


def _read_charsets(server: DatabaseServer) -> dict[str, tuple[str, str]]:
    rows = server.rows(
        "SELECT schema_name, default_character_set_name, default_collation_name FROM information_schema.schemata"
    )
    return {schema: (charset, collation) for schema, charset, collation in rows}


def _read_tables(server: DatabaseServer, schemas: Iterable[str]) -> defaultdict[str, set[str]]:
    """Name the tables of each schema. Asked for names only, MariaDB lists directories and opens no table."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    wanted = set(schemas)
    for schema, table in server.rows("SELECT table_schema, table_name FROM information_schema.tables"):
        if schema in wanted:
            found[schema].add(table)
    return found


def _gather(server: DatabaseServer, sources: Sequence[_Source]) -> defaultdict[tuple[Database, str], set[str]]:
    """Read each source's values as text, by database and what they are `of`.

    The rows are told apart by number and converted to one charset: a UNION over columns of different collations fails.
    """
    found: defaultdict[tuple[Database, str], set[str]] = defaultdict(set)
    for start in range(0, len(sources), CHUNK):
        chunk = sources[start : start + CHUNK]
        selects = [f"SELECT DISTINCT {number}, {source.sql}" for number, source in enumerate(chunk)]
        for number, value in server.rows(" UNION ALL ".join(selects)):
            if value is not None:
                found[chunk[number].database, chunk[number].of].add(value)
    return found
