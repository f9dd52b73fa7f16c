"""What is planned for text that is not UTF-8, or is it twice; and what is refused."""

from dataclasses import replace
from typing import Any

import pytest

from runner.mariadb.text_statements import TextStatement, write_statements
from runner.planning.text_mend import Case, Refused, TableFound, TextFound, TextPlan, plan_text

SCHEMA = "keystone"
LATIN1 = "latin1_swedish_ci"
UTF8 = "utf8mb3_general_ci"


def text(name: str, collation: str = LATIN1, **rows: int) -> TextFound:
    return TextFound(name, collation.partition("_")[0], collation, **rows)


def table(name: str, *lines: str, found: tuple[TextFound, ...], row_format: str = "Dynamic", **more: Any) -> TableFound:
    collation = str(more.pop("collation", LATIN1))
    body = ",\n".join(f"  {line}" for line in lines)
    definition = f"CREATE TABLE `{name}` (\n{body}\n) ENGINE=InnoDB DEFAULT CHARSET=latin1\nROW_FORMAT {row_format}"
    return replace(TableFound(SCHEMA, name, definition, collation, found), **more)


def user(*found: TextFound, **more: Any) -> TableFound:
    lines = (
        "`id` varchar(64) NOT NULL",
        "`name` varchar(255) NOT NULL DEFAULT 'x' COMMENT 'its, name'",
        "`extra` text DEFAULT NULL",
    )
    return table("user", *lines, "PRIMARY KEY (`id`)", "KEY `by_name` (`name`)", found=found, **more)


def local_user(**more: Any) -> TableFound:
    lines = (
        "`user_id` varchar(64) NOT NULL",
        "PRIMARY KEY (`user_id`)",
        "KEY `serves` (`user_id`)",
        "CONSTRAINT `theirs` FOREIGN KEY (`user_id`) REFERENCES `user` (`id`) ON DELETE CASCADE",
    )
    return table("local_user", *lines, found=(text("user_id", str(more.pop("end", LATIN1))),), **more)


def cases(plan: TextPlan) -> dict[str, Case]:
    return {column.line.name: column.case for mend in plan.tables for column in mend.columns}


def sql(plan: TextPlan) -> list[str]:
    return [statement.sql for statement in write_statements(plan)]


def test_a_column_is_what_its_rows_are() -> None:
    found = (text("id"), text("name", hidden=3), text("extra", hidden=3, beside=1))
    assert cases(plan_text([user(*found)])) == {"id": Case.LATIN1, "name": Case.HIDDEN, "extra": Case.MIXED}
    assert cases(plan_text([user(text("name", UTF8, twice=2), text("extra", UTF8))])) == {"name": Case.TWICE}
    assert plan_text([user(text("name", UTF8), text("extra", UTF8))]) == TextPlan((), (), ())


def test_what_is_utf8_already_goes_through_bytes_and_keeps_all_that_its_line_says() -> None:
    to_bytes, to_utf8 = sql(plan_text([user(text("id"), text("name", hidden=3), text("extra"))]))
    rest = "NOT NULL DEFAULT 'x' COMMENT 'its, name'"
    assert to_bytes == f"ALTER TABLE `keystone`.`user` MODIFY `name` varbinary(255) {rest}"
    utf8 = f"CHARACTER SET utf8mb3 COLLATE {UTF8}"
    assert to_utf8 == (
        f"ALTER TABLE `keystone`.`user` MODIFY `id` varchar(64) {utf8} NOT NULL, MODIFY `name` varchar(255) {utf8} {rest},"
        f" MODIFY `extra` text {utf8} DEFAULT NULL, DEFAULT {utf8}"
    )


def test_rows_of_a_mixed_column_become_utf8_where_there_is_room_for_it() -> None:
    to_bytes, update, _ = sql(plan_text([user(text("name", hidden=3, beside=1), text("extra", hidden=1, beside=1))]))[:3]
    assert "MODIFY `name` varbinary(765)" in to_bytes
    assert "MODIFY `extra` mediumblob DEFAULT NULL" in to_bytes
    assert update.startswith(
        "SET STATEMENT sql_mode = '' FOR UPDATE `keystone`.`user` SET `name` = CAST(CONVERT(CONVERT(`name` "
    )


def test_char_does_not_become_binary_which_would_fill_it_up() -> None:
    found = table("t", "`c` char(8) DEFAULT NULL", found=(text("c", hidden=1),))
    assert "MODIFY `c` varbinary(8) DEFAULT NULL" in sql(plan_text([found]))[0]


def test_an_update_leaves_the_time_of_the_last_change() -> None:
    lines = ("`name` text DEFAULT NULL", "`at` timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp()")
    (update,) = sql(plan_text([table("t", *lines, found=(text("name", UTF8, twice=1),))]))
    assert ", `at` = `at` WHERE " in update


def test_the_target_is_what_most_other_columns_are() -> None:
    others = table(
        "o", "`a` text", "`b` text", "`c` text", found=(*(text(n, "utf8mb4_unicode_ci") for n in "ab"), text("c", UTF8))
    )
    (*_, to_utf8) = sql(plan_text([user(text("name"), text("extra", "latin1_bin")), others]))
    assert "MODIFY `name` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci" in to_utf8
    assert "MODIFY `extra` text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin" in to_utf8
    (old,) = sql(plan_text([user(text("name"))], ("utf8", "utf8_general_ci")))
    assert "CHARACTER SET utf8 COLLATE utf8_general_ci" in old, "as an older server calls it"


def test_both_ends_of_a_foreign_key_go_together() -> None:
    plan = plan_text([local_user(), user(text("id"))])
    first, *altered, last = write_statements(plan)
    assert first == TextStatement(SCHEMA, "local_user", first.sql, "foreign keys away; they come back at the end")
    assert first.sql == "ALTER TABLE `keystone`.`local_user` DROP FOREIGN KEY `theirs`"
    assert "DROP KEY `serves`, ADD KEY `serves` (`user_id`)" in altered[0].sql
    assert last.sql == (
        "ALTER TABLE `keystone`.`local_user`"
        " ADD CONSTRAINT `theirs` FOREIGN KEY (`user_id`) REFERENCES `user` (`id`) ON DELETE CASCADE"
    )
    assert plan.locked == ((SCHEMA, "local_user"), (SCHEMA, "user"))


def test_an_end_that_is_refused_keeps_the_other_where_it_is() -> None:
    parent = user(text("id", again=1, hidden=1))
    plan = plan_text([local_user(), parent])
    assert plan.tables == ()
    assert plan.refused == (
        Refused("keystone.local_user.user_id", "the other end of foreign key theirs would have another charset or collation"),
        Refused("keystone.user.id", "1 rows were encoded more than twice: correct those by hand first"),
    )


def test_an_end_that_is_utf8_already_is_met() -> None:
    plan = plan_text([local_user(end=UTF8), user(text("id"))])
    assert [mend.name for mend in plan.tables] == ["local_user", "user"]
    assert plan.refused == ()
    both = table("region", "`a` text", "`b` text", found=(text("a", UTF8), text("b", UTF8)))
    (refused,) = plan_text([local_user(end="utf8mb3_unicode_ci"), user(text("id")), both]).refused
    assert refused.where == "keystone.user.id"


GENERATED = "`upper` varchar(255) GENERATED ALWAYS AS (ucase(`name`)) STORED"


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (
            user(text("name", hidden=1, outside=1)),
            "1 rows hold characters that utf8mb3 does not have (such as emoji): take them out first",
        ),
        (user(text("name", "latin1_general_cs")), "UTF-8 has no collation for latin1_general_cs"),
        (user(text("name", hidden=1, beside=1), triggers=("watch",)), "its rows have to be updated, which fires watch"),
        (table("t", "`name` text DEFAULT 'é'", found=(text("name"),)), "its default is not ASCII"),
        (table("t", "`name` varchar(9)", GENERATED, found=(text("name"),)), "a generated column is made of it"),
        (
            table("t", "`name` varchar(256)", "KEY `k` (`name`)", row_format="Compact", found=(text("name"),)),
            "index k would have 768 bytes of it, 767 is the most in Compact rows",
        ),
        (
            table("t", "`a` varchar(600)", "`name` varchar(600)", "KEY `both` (`a`,`name`)", found=(text("a"), text("name"))),
            "index both would have 3600 bytes, 3072 is the most",
        ),
    ],
)
def test_what_is_refused_and_why(found: TableFound, why: str) -> None:
    plan = plan_text([found])
    assert plan.refused[-1].why == why
    assert all(column.line.name != "name" for mend in plan.tables for column in mend.columns)
    assert all(mend.default is None for mend in plan.tables), "a column is left that is latin1"


def test_what_somebody_knows_to_be_right_is_left_and_what_refers_to_it() -> None:
    plan = plan_text([local_user(), user(text("id"), text("name", hidden=1))], leave=("keystone.user.id",))
    assert cases(plan) == {"name": Case.HIDDEN}
    assert plan.refused == (
        Refused("keystone.local_user.user_id", "the other end of foreign key theirs would have another charset or collation"),
        Refused("keystone.user.id", "you said so"),
    )


def test_an_index_that_just_fits_is_let_be() -> None:
    assert plan_text([user(text("name"), row_format="Compact")]).refused == ()
    prefixed = table("t", "`name` text", "KEY `k` (`name`(255))", row_format="Compact", found=(text("name"),))
    assert plan_text([prefixed]).refused == ()


def test_a_table_that_its_project_makes_latin1_is_left() -> None:
    assert plan_text([user(text("name"), is_declared=True)]) == TextPlan((), (), ())
    (refused,) = plan_text([user(text("name", hidden=1), is_declared=True)]).refused
    assert refused.where == "keystone.user"
