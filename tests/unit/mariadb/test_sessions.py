"""Who is connected, and in whose session something may be written."""

import pytest

from runner.mariadb.sessions import Foreign, Present, Transaction, _without_port, name_sessions
from runner.mariadb.writers import Account, Writers

WRITERS = Writers(
    lockable=(Account("app"),), harmless=frozenset({"reader"}), spare=(Account("ops", "10.0.%"), Account("ops", "localhost"))
)


def foreign(user: str, host: str = "10.0.0.7") -> Foreign:
    return Foreign(1, user, host, "nova", "Sleep", "")


@pytest.mark.parametrize(
    ("session", "disturbs"),
    [
        (foreign("app"), True),
        (foreign("dropped"), True),
        (foreign("reader"), False),
        (foreign("ops"), False),
        (foreign("ops", "localhost"), False),
        (foreign("ops", "192.0.2.1"), True),
    ],
)
def test_a_session_disturbs_unless_its_user_is_harmless_or_spared_from_there(session: Foreign, *, disturbs: bool) -> None:
    assert bool(Present((session,), ()).disturbing(WRITERS)) is disturbs


@pytest.mark.parametrize(
    ("who", "transaction", "counts"),
    [
        ("reader", Transaction(1, "RUNNING", 1, 1), False),
        ("app", Transaction(1, "RUNNING", 1, 0), True),
        ("app", Transaction(1, "RUNNING", 0, 1), True),
        ("app", Transaction(1, "RUNNING", 0, 0), False),
        ("ops", Transaction(1, "RUNNING", 1, 0), True),
        ("reader", Transaction(0, "PREPARED", 1, 0), True),
        ("reader", Transaction(1, "RUNNING", 0, 1), False),
    ],
)
def test_a_transaction_counts_unless_nothing_of_ours_can_be_in_it(who: str, transaction: Transaction, *, counts: bool) -> None:
    assert bool(Present((foreign(who, "localhost"),), (transaction,)).unsettled(WRITERS)) is counts


def test_sessions_are_named_once_with_how_many() -> None:
    there = (foreign("b"), foreign("a"), foreign("b"))
    assert name_sessions(there) == "a@10.0.0.7 in nova (Sleep), b@10.0.0.7 in nova (Sleep), 2 times"


@pytest.mark.parametrize(
    ("host", "bare"), [("10.0.0.7:4711", "10.0.0.7"), ("localhost", "localhost"), ("fd00::1:4711", "fd00::1")]
)
def test_a_host_without_its_port(host: str, bare: str) -> None:
    assert _without_port(host) == bare
