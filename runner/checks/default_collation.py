"""Would new tables meet old ones in another collation?

A migration that names only a charset gets that charset's default collation, which MariaDB 11.5 changed, and which clouds
created with utf8_unicode_ci never had; one that names nothing gets the database's. Where such a table has a foreign key to an
older one, the two ends decide: https://bugs.launchpad.net/nova/+bug/2084562.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.checks.finding import Finding, Severity
from runner.checks.question import Question
from runner.mariadb.charset_names import name_on, one_name
from runner.planning.cloud import Database
from runner.planning.path import Hop
from runner.planning.recipe import Span

NAME = "default-collation"


@dataclass(frozen=True)
class Made:
    """Tables that migrations make at some releases, with a foreign key to a column of an older one.

    `charset` is what they name; None: nothing, so that they get the database's default.
    """

    project: str
    role: str
    table: str
    column: str
    releases: Span
    makes: str
    charset: str | None = "utf8"


MADE = (
    Made("keystone", "keystone", "project", "id", Span(since="queens", until="queens"), "project_tag"),
    Made("keystone", "keystone", "role", "id", Span(since="train", until="train"), "role_option"),
    Made("keystone", "keystone", "user", "id", Span(since="ussuri", until="ussuri"), "expiring_user_group_membership"),
    Made("cinder", "cinder", "volume_types", "id", Span(since="wallaby", until="wallaby"), "default_volume_types"),
    Made("nova", "cell", "instances", "uuid", Span(since="2024.1", until="2024.1"), "share_mapping"),
    Made("nova", "cell", "instances", "uuid", Span(since="2025.1", until="2025.1"), "share_mapping anew"),
    Made("neutron", "neutron", "ports", "id", Span(since="queens", until="ussuri"), "portforwardings and others", None),
    Made("neutron", "neutron", "ports", "id", Span(since="wallaby", until="yoga"), "portdeviceprofiles and others", None),
    Made("neutron", "neutron", "ports", "id", Span(since="2023.2", until="2024.2"), "porthints and others", None),
    Made("octavia", "octavia", "listener", "id", Span(since="train", until="train"), "listener_cidr", None),
    Made("octavia", "octavia", "load_balancer", "id", Span(since="ussuri", until="zed"), "additional_vip and others", None),
    Made("octavia", "octavia", "amphora", "id", Span(since="2025.1", until="2025.1"), "amphora_member_port", None),
    Made("barbican", "barbican", "secrets", "id", Span(since="ussuri", until="ussuri"), "secret_consumer_metadata", None),
    Made("designate", "designate", "zones", "id", Span(since="2023.1", until="2023.1"), "shared_zones", None),
    Made("manila", "manila", "share_access_map", "id", Span(since="rocky", until="rocky"), "share_access_rules_metadata"),
    Made("manila", "manila", "share_networks", "id", Span(since="train", until="train"), "share_network_subnets"),
    Made(
        "manila",
        "manila",
        "share_servers",
        "id",
        Span(since="yoga", until="yoga"),
        "the servers' subnets",
    ),
    Made("manila", "manila", "share_snapshots", "id", Span(since="zed", until="zed"), "share_snapshot_metadata"),
    Made("manila", "manila", "shares", "id", Span(since="2023.2", until="2023.2"), "share_backups"),
    Made("manila", "manila", "share_instances", "id", Span(since="2026.1", until="2026.1"), "share_instance_metadata"),
    Made("aodh", "aodh", "alarm", "alarm_id", Span(since="2025.2", until="2025.2"), "alarm_counter", None),
    Made("heat", "heat", "snapshot", "id", Span(since="2026.1", until="2026.1"), "resource_snapshot", None),
)
"""Read in: keystone/common/sql/expand_repo 030, 033, 066, 073; cinder migrate_repo 140; nova/db/main/migrations 13863f4e1612
and d60bddf7a903; neutron's expand scripts, queens to 2026.1 (none says a charset; ports.id stands for what others point to:
networks, routers, floating IPs); heat/db/migrations 88be64598c0f; octavia's scripts, stein to 2025.1; barbican 0f8c192a061f;
designate b20189fd288e (https://github.com/vexxhost/atmosphere/issues/985); manila's scripts, rocky to 2026.1; aodh's 008.
Neutron of 2026.2 was not read."""

UTF8_COLLATION = "utf8mb3_general_ci"
"""The default before `character_set_collations` (https://mariadb.com/kb/en/setting-character-sets-and-collations/)."""

COLLATIONS_SET = (11, 2, 0)
"""Since then a server can be told the default of each charset: `character_set_collations`."""


def ask(question: Question) -> tuple[Finding, ...]:
    """Compare the columns that new tables point to with what a new table would get; of one column the first hop is told."""
    crossed: dict[tuple[str, str], tuple[Made, Hop]] = {}
    for made in MADE:
        if hop := question.crossing(made.project, made.releases):
            crossed.setdefault((made.project, made.table), (made, hop))
    return tuple(finding for made, hop in crossed.values() for finding in _ask_of(question, made, hop))


def _ask_of(question: Question, made: Made, hop: Hop) -> tuple[Finding, ...]:
    databases = {database.schema: database for database in question.of(made.project, made.role)}
    rows = question.server.rows(
        "SELECT table_schema, collation_name FROM information_schema.columns"
        " WHERE table_name = :table AND column_name = :column ORDER BY 1",
        table=made.table,
        column=made.column,
    )
    found = {databases[schema]: collation for schema, collation in rows if schema in databases}
    facts = question.server_facts
    if made.charset:
        return judge(made, found, hop, facts.numbers, facts.collations)
    return tuple(
        _of_the_database(made, database, collation, default, hop)
        for database, collation in found.items()
        if one_name(collation) != one_name(default := question.facts[database].collation)
    )


def judge(
    made: Made, found: Mapping[Database, str], hop: Hop, numbers: tuple[int, int, int], collations: Mapping[str, str]
) -> tuple[Finding, ...]:
    """Find the databases whose collation differs, and a way out in the words of a server of this version."""
    default = collations.get("utf8mb3", UTF8_COLLATION)
    here = name_on(numbers, default)
    return tuple(
        _finding(
            made,
            database,
            collation,
            hop,
            new=f"with charset utf8 would be {here}",
            way_out=_way_out(collation, here, numbers),
        )
        for database, collation in found.items()
        if one_name(collation) != one_name(default)
    )


def _of_the_database(made: Made, database: Database, collation: str, default: str, hop: Hop) -> Finding:
    charset = collation.partition("_")[0]
    way_out = f"ALTER DATABASE {database.schema} CHARACTER SET {charset} COLLATE {collation}: it changes no table"
    return _finding(made, database, collation, hop, new=f"would be {default}, the database's default", way_out=way_out)


def _finding(made: Made, database: Database, collation: str, hop: Hop, *, new: str, way_out: str) -> Finding:
    return Finding(
        check=NAME,
        severity=Severity.BLOCKS,
        where=f"{database.id}.{made.table}",
        says=f"{made.table}.{made.column} is {collation}; a new table {new}",
        breaks=f"{made.project} {hop}: creating {made.makes} fails, its foreign key would be incorrectly formed",
        way_out=way_out,
    )


def _way_out(collation: str, default: str, numbers: tuple[int, int, int]) -> str:
    charset = name_on(numbers, "utf8mb3")
    convert = f"convert the database's tables: ALTER TABLE ... CONVERT TO CHARACTER SET {charset} COLLATE {default}"
    if numbers < COLLATIONS_SET or not collation.startswith("utf8mb3_"):
        return convert
    return f"{convert}; or set character_set_collations='utf8mb3={collation}' on the server for the window"
