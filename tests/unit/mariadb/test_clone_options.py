"""Production's variables as a clone's options."""

from runner.mariadb.clone_options import clone_options

PRODUCTION = {
    "innodb_page_size": "16384",
    "innodb_data_file_path": "ibdata1:12M:autoextend",
    "lower_case_table_names": "0",
    "sql_mode": "",
    "old_mode": "",
    "time_zone": "+02:00",
    "tx_isolation": "READ-COMMITTED",
    "enforce_storage_engine": None,
    "innodb_buffer_pool_size": "68719476736",
    "event_scheduler": "ON",
    "datadir": "/var/lib/mysql/",
    "wsrep_on": "ON",
    "log_bin": "ON",
}


def test_what_statements_and_files_depend_on_is_taken_over_and_nothing_else() -> None:
    assert clone_options(PRODUCTION) == (
        "--loose-innodb-page-size=16384",
        "--loose-innodb-data-file-path=ibdata1:12M:autoextend",
        "--loose-lower-case-table-names=0",
        "--loose-sql-mode=",
        "--loose-transaction-isolation=READ-COMMITTED",
        "--loose-default-time-zone=+02:00",
    )


def test_the_system_time_zone_is_no_option() -> None:
    assert clone_options({"time_zone": "SYSTEM", "old_mode": "UTF8_IS_UTF8MB3"}) == ("--loose-old-mode=UTF8_IS_UTF8MB3",)
