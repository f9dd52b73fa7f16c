"""Is the server set so that a migration fails on it, or does something else than it was written for?

A clone is a server of our own, made without most of these settings: no rehearsal shows them. oslo.db gives every session its
own sql_mode; neutron's commands are the exception, they take the server's (neutron/db/migration/connection.py, pike to 2026.2).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from runner.checks.finding import Finding, Severity
from runner.checks.question import Question
from runner.mariadb.facts import version_numbers
from runner.planning.recipe import Span

NAME = "server-settings"

Values = Mapping[str, str]
"""Variable, in lower case -> its global value."""

Judge = Callable[[str, Values, Question], Severity | None]
"""What a value of a variable means, by the others and the way."""

UNLIMITED = 2**64 - 1
LONG = 3600
"""Seconds that a migration's one statement may well take."""
FEW = 20
"""Connections of one account: a step may open several, and steps run side by side."""
_STRICT = frozenset({"STRICT_TRANS_TABLES", "STRICT_ALL_TABLES"})
_UTF8_IS_A_MODE = (10, 6, 1)
_BESIDES = ("strict_password_validation", "version", "wsrep_on")
"""What the judgements need besides the variable."""
_NO_ALGORITHM = (11, 5, 0)
"""Since then alter_algorithm is taken and does nothing: https://jira.mariadb.org/browse/MDEV-33655."""
_UTF8 = r"""['"]?utf8\w*['"]?"""
_HARMLESS = re.compile(
    rf"SET\s+(?:(?:NAMES|CHARACTER\s+SET|CHARSET)\s+{_UTF8}(?:\s+COLLATE\s+{_UTF8})?|(?!NAMES\b|CHARACTER\b|CHARSET\b)\S.*)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Setting:
    """A variable, when its value hurts (None: it does not), what breaks, and the way out. `source` says who says so."""

    variable: str
    hurts: Judge
    breaks: str
    way_out: str
    source: str


def _is(*bad: str, severity: Severity = Severity.BLOCKS) -> Judge:
    return lambda value, _, __: severity if value.upper() in bad else None


def _number(hurts: Callable[[float], Severity | None]) -> Judge:
    return lambda value, _, __: hurts(float(value))


def _algorithm(value: str, values: Values, _: Question) -> Severity | None:
    if version_numbers(values["version"]) >= _NO_ALGORITHM:
        return None
    return {"INSTANT": Severity.BLOCKS, "NOCOPY": Severity.BLOCKS, "INPLACE": Severity.BLOCKS}.get(value.upper())


def _row_format(value: str, _: Values, question: Question) -> Severity | None:
    if value.lower() not in ("compact", "redundant"):
        return None
    long_keys = any(question.crossing("neutron", Span(since=series, until=series)) for series in ("ussuri", "2025.2"))
    return Severity.BLOCKS if long_keys else Severity.WARNS


def _engine(value: str, _: Values, __: Question) -> Severity | None:
    return Severity.BLOCKS if value and value.lower() != "innodb" else None


def _old_mode(value: str, values: Values, question: Question) -> Severity | None:
    """Judge it by the tables: where all of them are utf8mb4, new ones may be too."""
    if version_numbers(values["version"]) < _UTF8_IS_A_MODE or "UTF8_IS_UTF8MB3" in value:
        return None
    rows = question.server.rows(
        "SELECT DISTINCT table_schema FROM information_schema.columns WHERE character_set_name IN ('utf8', 'utf8mb3')"
    )
    return Severity.BLOCKS if any(schema in question.schemas for (schema,) in rows) else None


def _sql_mode(value: str, _: Values, question: Question) -> Severity | None:
    return None if _STRICT & set(value.split(",")) or not question.hops.get("neutron") else Severity.WARNS


def _init_connect(value: str, _: Values, __: Question) -> Severity | None:
    statements = filter(None, (statement.strip() for statement in value.split(";")))
    return None if all(map(_HARMLESS.fullmatch, statements)) else Severity.BLOCKS


def _messages(value: str, _: Values, __: Question) -> Severity | None:
    return None if value.startswith("en") else Severity.WARNS


def _replication(value: str, values: Values, _: Question) -> Severity | None:
    return Severity.BLOCKS if value == "RSU" and values.get("wsrep_on") == "ON" else None


SETTINGS = (
    Setting(
        "alter_algorithm",
        _algorithm,
        "any hop with an ALTER that needs more than that: 1846, ALGORITHM is not supported",
        "SET GLOBAL alter_algorithm=DEFAULT",
        "https://mariadb.com/kb/en/innodb-online-ddl-overview/",
    ),
    Setting(
        "alter_algorithm",
        _is("COPY", severity=Severity.WARNS),
        "every ALTER copies its table, where most take no time",
        "SET GLOBAL alter_algorithm=DEFAULT",
        "https://mariadb.com/kb/en/innodb-online-ddl-overview/",
    ),
    Setting(
        "innodb_default_row_format",
        _row_format,
        "tables whose keys are longer than 767 bytes: 1709. neutron's ovn_hash_ring (ussuri) and tags (2025.2) are",
        "SET GLOBAL innodb_default_row_format=DYNAMIC",
        "neutron's migrations f4b9654dd40c and d553edeb540f; https://mariadb.com/kb/en/innodb-compact-row-format/",
    ),
    Setting(
        "old_mode",
        _old_mode,
        "a table made with charset utf8 is utf8mb4 then, and its foreign key to an older table cannot be made: 1005, errno 150",
        "SET GLOBAL old_mode=CONCAT(@@GLOBAL.old_mode, ',UTF8_IS_UTF8MB3')",
        "https://mariadb.com/kb/en/old-mode/; keystone, cinder and nova make such tables",
    ),
    Setting(
        "max_statement_time",
        _number(lambda seconds: Severity.BLOCKS if 0 < seconds < LONG else None),
        "an ALTER or UPDATE that takes longer: it is ended in its middle (1969)",
        "SET GLOBAL max_statement_time=0",
        "https://mariadb.com/kb/en/aborting-statements/",
    ),
    Setting(
        "sql_select_limit",
        _number(lambda rows: Severity.BLOCKS if rows < UNLIMITED else None),
        "migrations that read all rows of a table see so many of them, and say nothing",
        "SET GLOBAL sql_select_limit=18446744073709551615",
        "neutron's migrations c3e9d13c4367 (ussuri) and b1bca967e19d (2026.1) read without LIMIT",
    ),
    Setting(
        "init_connect",
        _init_connect,
        "steps' sessions: a statement that they may not run ends them (1184), and SET NAMES changes what text means",
        "SET GLOBAL init_connect=''",
        "https://mariadb.com/kb/en/server-system-variables/#init_connect; accounts with CONNECTION ADMIN, as ours, skip it",
    ),
    Setting(
        "default_storage_engine",
        _engine,
        "tables made without an engine of their own, as placement's consumer_types (xena) and every new alembic_version",
        "SET GLOBAL default_storage_engine=InnoDB",
        "placement/db/sqlalchemy/alembic/versions/422ece571366, xena",
    ),
    Setting(
        "enforce_storage_engine",
        _engine,
        "every CREATE TABLE ... ENGINE=InnoDB: 1286 or 1290",
        "SET GLOBAL enforce_storage_engine=NULL",
        "https://mariadb.com/kb/en/server-system-variables/#enforce_storage_engine",
    ),
    Setting(
        "tx_read_only",
        _is("ON", "1"),
        "every write, the making of the steps' accounts too: 1792, a READ ONLY transaction",
        "SET GLOBAL tx_read_only=OFF",
        "https://mariadb.com/kb/en/server-system-variables/#tx_read_only",
    ),
    Setting(
        "max_user_connections",
        _number(lambda most: Severity.BLOCKS if most and most < FEW else None),
        "steps that open several connections, or run side by side: 1203",
        "SET GLOBAL max_user_connections to 100",
        "https://mariadb.com/kb/en/server-system-variables/#max_user_connections",
    ),
    Setting(
        "foreign_key_checks",
        _is("OFF", "0"),
        "ON DELETE CASCADE does not happen, and foreign keys are made that the next ALTER refuses",
        "SET GLOBAL foreign_key_checks=ON",
        "https://mariadb.com/kb/en/foreign-keys/",
    ),
    Setting(
        "wsrep_osu_method",
        _replication,
        "every change of a table stays on this node, and the others are left with the old schema",
        "SET GLOBAL wsrep_OSU_method=TOI",
        "https://mariadb.com/kb/en/galera-cluster-system-variables/#wsrep_osu_method",
    ),
    Setting(
        "wsrep_max_ws_rows",
        _number(lambda rows: Severity.WARNS if rows > 0 else None),
        "a migration that changes more rows in one transaction: 1180",
        "SET GLOBAL wsrep_max_ws_rows=0",
        "https://mariadb.com/kb/en/galera-cluster-system-variables/#wsrep_max_ws_rows",
    ),
    Setting(
        "sql_mode",
        _sql_mode,
        "neutron alone takes the server's: without a strict one NULL becomes 0 or '' where its sync should stop",
        "SET GLOBAL sql_mode=CONCAT(@@GLOBAL.sql_mode, ',STRICT_TRANS_TABLES')",
        "neutron/db/migration/connection.py, pike to 2026.2",
    ),
    Setting(
        "lc_messages",
        _messages,
        "oslo.db knows errors by their English words: a deadlock is then not tried again, a duplicate not known",
        "SET GLOBAL lc_messages='en_US'",
        "oslo_db/sqlalchemy/exc_filters.py, pike to 2026.2",
    ),
)
"""Worst first."""


def ask(question: Question) -> tuple[Finding, ...]:
    """Read the global variables in one statement, and judge those that the server has."""
    asked = ", ".join(f"'{name}'" for name in sorted({*(setting.variable for setting in SETTINGS), *_BESIDES}))
    rows = question.server.rows(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({asked})")
    values = {str(name).lower(): str(value) for name, value in rows}
    found = [(setting, values[setting.variable]) for setting in SETTINGS if setting.variable in values]
    judged = [(setting, value, setting.hurts(value, values, question)) for setting, value in found]
    findings = [_finding(question, setting, value, severity) for setting, value, severity in judged if severity]
    return (*_passwords(question, values), *findings)


def _finding(question: Question, setting: Setting, value: str, severity: Severity) -> Finding:
    return Finding(
        check=NAME,
        severity=severity,
        where=question.server.name,
        says=f"{setting.variable} is {value or 'empty'}",
        breaks=setting.breaks,
        way_out=setting.way_out,
    )


def _passwords(question: Question, values: Values) -> tuple[Finding, ...]:
    """Find a server that takes no hash for a password; with a plugin that judges passwords only."""
    if values.get("strict_password_validation") != "ON":
        return ()
    plugins = question.server.rows(
        "SELECT plugin_name FROM information_schema.plugins"
        " WHERE plugin_type = 'PASSWORD VALIDATION' AND plugin_status = 'ACTIVE' ORDER BY 1"
    )
    return tuple(
        Finding(
            check=NAME,
            severity=Severity.BLOCKS,
            where=question.server.name,
            says=f"strict_password_validation is ON, and {plugin} judges passwords",
            breaks="the steps' accounts: they are made with a hash, which is then refused (1290)",
            way_out="SET GLOBAL strict_password_validation=OFF for the run: passwords that can be read go on being judged",
        )
        for (plugin,) in plugins
    )
