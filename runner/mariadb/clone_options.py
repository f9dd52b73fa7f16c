"""The options of a clone's server: what of production's variables its files need, and what migrations would notice."""

from collections.abc import Mapping

FILES = (
    "innodb_page_size",
    "innodb_data_file_path",
    "innodb_undo_tablespaces",
    "innodb_checksum_algorithm",
    "lower_case_table_names",
)
"""Without these the server does not start on the files, or does not find its tables."""
BEHAVIOUR = (
    "sql_mode",
    "old_mode",
    "character_set_server",
    "collation_server",
    "character_set_collations",
    "default_storage_engine",
    "enforce_storage_engine",
    "explicit_defaults_for_timestamp",
    "innodb_default_row_format",
    "innodb_strict_mode",
    "innodb_file_per_table",
    "innodb_file_format",
    "innodb_large_prefix",
    "innodb_autoinc_lock_mode",
    "innodb_lock_wait_timeout",
    "innodb_read_only_compressed",
    "innodb_snapshot_isolation",
    "alter_algorithm",
    "tx_isolation",
    "transaction_isolation",
    "lock_wait_timeout",
    "wait_timeout",
    "max_allowed_packet",
    "max_connections",
    "group_concat_max_len",
    "div_precision_increment",
    "optimizer_switch",
    "time_zone",
)
"""These decide what a statement means, whether it is refused, and how a table is built."""
_NAMES = {"tx_isolation": "transaction-isolation", "time_zone": "default-time-zone"}
"""Variables whose option has another name."""
_ABSENT = {("time_zone", "SYSTEM"), ("enforce_storage_engine", ""), ("character_set_collations", ""), ("old_mode", "")}
"""Values that say there is none, or that the option does not take."""


def clone_options(variables: Mapping[str, str | None]) -> tuple[str, ...]:
    """Write mariadbd's options from what `SHOW GLOBAL VARIABLES` says of production; what it does not say is left out.

    Sizes of memory are the clone's own. Options that the clone's version does not know are not fatal to it.
    """
    return tuple(
        f"--loose-{_NAMES.get(name, name.replace('_', '-'))}={value}"
        for name in (*FILES, *BEHAVIOUR)
        if (value := variables.get(name)) is not None and (name, value) not in _ABSENT
    )
