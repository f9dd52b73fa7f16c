"""The options of a server that takes production's place: production's own, as its variables tell them.

Facts: https://mariadb.com/kb/en/server-system-variables/, https://mariadb.com/kb/en/replication-and-binary-log-system-variables/.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

from runner.mariadb.clone_options import clone_options

_OWN = (
    "event_scheduler",
    "skip_name_resolve",
    "log_bin_trust_function_creators",
    "innodb_buffer_pool_size",
    "innodb_log_file_size",
    "innodb_flush_log_at_trx_commit",
    "innodb_flush_method",
    "innodb_io_capacity",
    "innodb_io_capacity_max",
    "innodb_print_all_deadlocks",
    "key_buffer_size",
    "max_heap_table_size",
    "tmp_table_size",
    "table_definition_cache",
    "table_open_cache",
    "thread_cache_size",
    "thread_handling",
    "query_cache_size",
    "query_cache_type",
    "performance_schema",
    "interactive_timeout",
    "connect_timeout",
    "net_read_timeout",
    "net_write_timeout",
    "max_connect_errors",
    "local_infile",
    "long_query_time",
    "slow_query_log",
    "log_output",
)
"""What a throw-away server has its own values of, or does without, and one that services use must not."""
_BINARY_LOG = (
    "server_id",
    "gtid_domain_id",
    "gtid_strict_mode",
    "binlog_format",
    "binlog_row_image",
    "binlog_annotate_row_events",
    "binlog_expire_logs_seconds",
    "expire_logs_days",
    "log_slave_updates",
    "max_binlog_size",
    "sync_binlog",
)


def successor_options(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Write mariadbd's options from what `SHOW GLOBAL VARIABLES` says of production, names in lower case.

    The binary log goes into the data directory, whatever folder production keeps it in. Options that the version does not
    know are not fatal. `read_only` is left out: production may be read-only for the very purpose of being handed over.
    """
    names = (*_OWN, *_BINARY_LOG) if _is_on(variables, "log_bin") else _OWN
    own = (f"--loose-{name.replace('_', '-')}={variables[name]}" for name in names if variables.get(name))
    return (*clone_options(variables), *own, *_log_name(variables))


def trial_options(options: tuple[str, ...]) -> tuple[str, ...]:
    """Make the options of a server that is only started to see that it starts: nothing of its own accord, nothing logged."""
    return (*(one for one in options if not one.startswith("--log-bin=")), "--event-scheduler=OFF")


def _log_name(variables: Mapping[str, str]) -> tuple[str, ...]:
    if not _is_on(variables, "log_bin"):
        return ()
    return (f"--log-bin={PurePosixPath(variables.get('log_bin_basename') or 'binlog').name}",)


def _is_on(variables: Mapping[str, str], name: str) -> bool:
    return variables.get(name) in ("ON", "1")
