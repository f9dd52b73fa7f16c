"""What an event of the binary log does to the cloud's schemas; examples are SHOW BINLOG EVENTS' of MariaDB 10.11."""

import pytest

from runner.mariadb.standstill import _harm
from runner.mariadb.unattended import mentions

SCHEMAS = ("nova", "nova_api")


@pytest.mark.parametrize(
    ("type_", "info"),
    [
        ("Gtid", "BEGIN GTID 0-7-12"),
        ("Xid", "COMMIT /* xid=43 */"),
        ("Query", "COMMIT"),
        ("Table_map", "table_id: 33 (elsewhere.nova)"),
        ("Write_rows_v1", "table_id: 33 flags: STMT_END_F"),
        ("Query", "use `elsewhere`; INSERT INTO t VALUES (1)"),
        ("Query", "use `novax`; INSERT INTO my_nova VALUES (1)"),
        ("Rotate", "bin.000003;pos=4"),
    ],
)
def test_what_does_no_harm(type_: str, info: str) -> None:
    assert _harm(type_, info, SCHEMAS) is None


@pytest.mark.parametrize(
    ("type_", "info", "words"),
    [
        ("Table_map", "table_id: 33 (nova.t)", "nova.t was written"),
        ("Table_map", "something else", "something else"),
        ("Query", "use `nova_api`; DELETE FROM t", "nova_api"),
        ("Query_compressed", "use `elsewhere`; INSERT INTO nova.t VALUES (1)", "nova"),
        ("XA_prepare", "XA PREPARE X'78',X'',1", "XA_prepare"),
        ("Execute_load_query", "use `elsewhere`; LOAD DATA ...", "Execute_load_query"),
    ],
)
def test_what_does_harm_or_cannot_be_told(type_: str, info: str, words: str) -> None:
    assert words in (_harm(type_, info, SCHEMAS) or "")


def test_a_schema_is_named_as_a_word_of_its_own() -> None:
    assert mentions("INSERT INTO `nova`.t", SCHEMAS) == "nova"
    assert mentions("use `nova_api`; DELETE FROM t", SCHEMAS) == "nova_api"
    assert mentions("use supernova", SCHEMAS) is None
