import pytest

from runner.mariadb.checksum_sql import Boundary, Column, between, boundary, checksum, is_walkable, literals, row_number

ID, NAME, RAW, AT = (
    Column("id", "int"),
    Column("na`me", "varchar", "latin1"),
    Column("raw", "varbinary"),
    Column("at", "datetime"),
)


def test_a_row_is_one_number_of_all_its_columns() -> None:
    columns = (ID, Column("f", "float"), Column("b", "bit"), Column("t", "text", "utf8mb4"), Column("new", "not_invented_yet"))
    assert row_number(columns) == (
        "CRC32(CRC32(CONCAT_WS(',', IFNULL(`id`, 'N'), IFNULL(CAST(`f` AS DOUBLE), 'N'), IFNULL(CAST(`b` AS UNSIGNED), 'N'),"
        " IFNULL(CRC32(`t`), 'N'), IFNULL(CRC32(`new`), 'N'))))"
    )


def test_a_whole_table_is_one_statement() -> None:
    assert checksum("`s`.`t`", (ID,)) == (
        "SELECT COUNT(*), SUM(IFNULL(CRC32(CRC32(CONCAT_WS(',', IFNULL(`id`, 'N')))), 18446744073709551615)) FROM `s`.`t`"
    )


def test_a_boundary_is_read_back_as_it_was() -> None:
    key = (ID, NAME, RAW, AT)
    assert boundary("`s`.`t`", key, None, 10) == (
        "SELECT CAST(`id` AS CHAR), HEX(`na``me`), HEX(`raw`), CAST(`at` AS CHAR) FROM `s`.`t`"
        " ORDER BY `id`, `na``me`, `raw`, `at` LIMIT 1 OFFSET 9"
    )
    found = literals(key, ("-7", "27E9", "", "2020-01-01 00:00:00"))
    assert found == Boundary(("-7", "_latin1 X'27E9'", "X''", "'2020-01-01 00:00:00'"))


def test_two_ranges_that_meet_share_no_row_and_leave_none_out() -> None:
    here = Boundary(("1", "X'02'"))
    key = (ID, RAW)
    assert between(key, here, None) == " WHERE (`id` > 1 OR `id` = 1 AND (`raw` > X'02'))"
    assert between(key, None, here) == " WHERE (`id` < 1 OR `id` = 1 AND (`raw` <= X'02'))"
    assert between(key, None, None) == ""
    both = between((ID,), Boundary(("1",)), Boundary(("5",)))
    assert both == " WHERE (`id` > 1) AND (`id` <= 5)"


@pytest.mark.parametrize(
    ("key", "walkable"),
    [((ID,), True), ((NAME, RAW, AT), True), ((), False), ((Column("f", "float"),), False), ((ID, Column("e", "enum")), False)],
)
def test_ranges_are_made_of_keys_whose_values_can_be_written_exactly(key: tuple[Column, ...], walkable: bool) -> None:
    assert is_walkable(key) == walkable
