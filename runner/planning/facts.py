"""What was read from a database: the only ground on which its release is detected."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.planning.cloud import Database


@dataclass(frozen=True)
class DatabaseFacts:
    """One database as it was found. Where `exists` is False, everything else is empty.

    `alembic` are the rows of its chain's version table, `legacy` those of sqlalchemy-migrate as `repository:version`,
    `guests` maps the chains that are its guests here to the rows of theirs,
    `service_versions` the distinct versions of nova-compute services that are not deleted.
    """

    database: Database
    exists: bool
    tables: frozenset[str] = frozenset()
    alembic: frozenset[str] = frozenset()
    legacy: frozenset[str] = frozenset()
    guests: Mapping[str, frozenset[str]] = field(default_factory=dict)
    service_versions: tuple[int, ...] = ()
    charset: str = ""
    collation: str = ""
