"""Options of a server that takes production's place, from what production says of itself."""

from runner.mariadb.successor_options import successor_options, trial_options

VARIABLES = {
    "log_bin": "ON",
    "log_bin_basename": "/srv/logs/mysql-bin",
    "server_id": "7",
    "event_scheduler": "ON",
    "innodb_buffer_pool_size": "1073741824",
    "sql_mode": "STRICT_TRANS_TABLES",
    "read_only": "ON",
    "ssl_cert": "/etc/mysql/cert.pem",
    "slow_query_log": "OFF",
    "binlog_format": "",
}


def test_they_are_productions_own() -> None:
    options = successor_options(VARIABLES)
    assert {"--loose-event-scheduler=ON", "--loose-innodb-buffer-pool-size=1073741824", "--loose-server-id=7"} <= set(options)
    assert "--loose-sql-mode=STRICT_TRANS_TABLES" in options, "what a clone has, it has too"
    assert "--loose-slow-query-log=OFF" in options


def test_the_binary_log_comes_into_the_data_directory() -> None:
    assert "--log-bin=mysql-bin" in successor_options(VARIABLES)


def test_a_server_without_a_binary_log_gets_none() -> None:
    options = successor_options(VARIABLES | {"log_bin": "OFF"})
    assert not [one for one in options if "bin" in one or "server-id" in one]


def test_what_lies_outside_and_what_keeps_production_still_is_left_out() -> None:
    options = successor_options(VARIABLES)
    assert not [one for one in options if "read-only" in one or "ssl" in one or "binlog-format" in one]


def test_a_trial_logs_nothing_and_does_nothing_of_its_own_accord() -> None:
    options = trial_options(successor_options(VARIABLES))
    assert not [one for one in options if one.startswith("--log-bin=")]
    assert options[-1] == "--event-scheduler=OFF", "the last one wins"
