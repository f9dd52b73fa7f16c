from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from runner.mariadb.lease import is_past, judge
from runner.mariadb.lease_row import Held, Holder, Row, parse_row

US = Holder("ctl1", 4711, "ours")
THEM = Holder("ctl2", 12, "theirs")
SINCE = datetime(2026, 11, 22, 0, 19, 40)  # noqa: DTZ001
HELD = Held(token=7, holder=THEM, since=SINCE, held_for=754.9, age=4.2, ttl=30.0, doing="heat/2025.1/sync, step 12 of 33")


def row(token: int, holder: Holder, *, age: float = 1.0) -> Row:
    return Row(token, 1, replace(HELD, token=token, holder=holder, age=age))


def test_a_row_with_a_heartbeat_is_held_and_one_without_is_free() -> None:
    values = (7, 40, "ctl2", 12, "theirs", SINCE, 754_900_000, 4_200_000, Decimal("30.000"), HELD.doing)
    assert parse_row(*values) == Row(7, 40, HELD)
    assert parse_row(*values[:7], None, *values[8:]) == Row(7, 40, None)
    assert parse_row(0, 0, "", 0, "", None, None, None, Decimal(0), "") == Row(0, 0, None)


def test_who_is_told_learns_everything() -> None:
    assert str(HELD) == (
        "run theirs (process 12 on ctl2), since 2026-11-22 00:19:40 UTC (0:12:34 ago), at heat/2025.1/sync, step 12 of 33;"
        " last heard of 4 s ago, ends by itself in 26 s unless it is heard of again"
    )
    assert "which does not say how far it is" in str(replace(HELD, doing=""))


@pytest.mark.parametrize(
    ("age", "fresh", "ends_in"), [(0.0, True, 30.0), (29.0, True, 1.0), (30.0, False, 0.0), (-1e6, False, 0.0)]
)
def test_a_lease_ends_by_itself_also_where_its_heartbeat_is_of_the_future(age: float, fresh: bool, ends_in: float) -> None:
    held = replace(HELD, age=age)
    assert (held.is_fresh, held.ends_in) == (fresh, ends_in)


def test_a_taker_takes_what_is_free_or_its_own_runs_and_watches_what_is_over() -> None:
    assert judge(Row(7, 1, None), US) == "take"
    assert judge(row(7, THEM), US) == "held"
    assert judge(row(7, THEM, age=31), US) == "watch"
    assert judge(row(7, replace(US, pid=1)), US) == "take"
    assert judge(row(7, replace(US, host="ctl2")), US) == "held"
    assert judge(row(7, replace(US, run="other")), US) == "held"
    assert judge(row(7, replace(US, run="other")), US, lambda holder: holder.run == "other") == "take"
    assert judge(row(7, THEM), US, lambda holder: holder.run == "other") == "held"


def test_a_row_of_the_past_is_none_that_was_taken_since() -> None:
    assert is_past(None, 7, US)
    assert is_past(row(7, US, age=1000), 7, US)
    assert is_past(row(5, THEM, age=1000), 7, US)
    assert is_past(row(5, replace(US, pid=1)), 7, US)
    assert is_past(Row(5, 1, None), 7, US)
    assert not is_past(row(5, THEM), 7, US)
    assert not is_past(row(7, THEM, age=1000), 7, US)
    assert not is_past(row(8, THEM, age=1000), 7, US)
    assert not is_past(row(8, US), 7, US)
    assert not is_past(Row(8, 1, None), 7, US)
