"""Who may write, told from the server's tables of rights."""

import pytest

from runner.mariadb.account_locks import Lockable, to_lock
from runner.mariadb.writers import Account, Holdings, Right, find_writers

OURS = "runner@10.%"
SCHEMAS = ("nova", "nova_api")


def lockable(*accounts: Account, rights: tuple[Right, ...] = (), spare: tuple[str, ...] = (), **more: object) -> set[str]:
    found = find_writers(Holdings(accounts, rights, **more), SCHEMAS, spare, OURS)  # type: ignore[arg-type]
    return {str(one) for one in found.lockable}


@pytest.mark.parametrize(
    ("access", "writes"),
    [(0, False), (1, False), (1 << 8 | 1 << 14 | 1 << 20, False), (1 << 1, True), (1 << 25, True), (549755813887, True)],
    ids=["nothing", "SELECT", "PROCESS, SHOW DATABASES, BINLOG MONITOR", "INSERT", "CREATE USER", "ALL"],
)
def test_rights_on_everything(access: int, *, writes: bool) -> None:
    assert lockable(Account("a", access=access)) == ({"a@%"} if writes else set())


@pytest.mark.parametrize(
    ("right", "writes"),
    [
        (Right("a", "%", "nova"), True),
        (Right("a", "%", "nova_api", is_pattern=True), True),
        (Right("a", "%", "no%", is_pattern=True), True),
        (Right("a", "%", r"no\%", is_pattern=True), False),
        (Right("a", "%", "no%"), False),
        (Right("a", "%", "novaXapi", is_pattern=True), False),
        (Right("a", "192.0.2.1", "nova"), True),
        (Right("", "%", "nova", is_pattern=True), True),
        (Right("a", "%", "mysql", is_pattern=True), True),
        (Right("b", "%", "nova"), False),
        (Right("", "%", "nova"), False),
    ],
)
def test_rights_on_schemas(right: Right, *, writes: bool) -> None:
    assert lockable(Account("a"), rights=(right,)) == ({"a@%"} if writes else set())


def test_roles_of_roles_and_everybodys_role() -> None:
    roles = (Account("r", "", is_role=True), Account("s", "", is_role=True, access=1 << 2), Account("PUBLIC", "", is_role=True))
    given = (("a", "%", "r"), ("r", "", "s"), ("s", "", "r"))
    assert lockable(Account("a"), Account("b"), *roles, roles=given) == {"a@%"}
    public = (Right("PUBLIC", "", "nova"),)
    assert lockable(Account("a"), Account("b"), *roles, rights=public) == {"a@%", "b@%"}


def test_a_proxy_writes_as_whom_it_may_become() -> None:
    accounts = (Account("app", access=1 << 1), Account("proxy"), Account("other"), Account("anybody"))
    proxies = (("proxy", "%", "app"), ("other", "%", "reader"), ("anybody", "%", ""))
    assert lockable(*accounts, proxies=proxies) == {"app@%", "proxy@%", "anybody@%"}


def test_ours_the_servers_and_the_spared_stay_open_and_are_named() -> None:
    names = (("runner", "10.%"), ("runner", "%"), ("root", "localhost"), ("root", "%"), ("tam_step", "%"), ("ops", "%"))
    accounts = tuple(Account(user, host, access=1 << 1) for user, host in (*names, ("ops", "localhost")))
    found = find_writers(Holdings(accounts), SCHEMAS, ("ops@%", "nobody"), OURS)
    assert {str(one) for one in found.lockable} == {"runner@%", "root@%", "ops@localhost"}
    assert {str(one) for one in found.spared} == {"ops@%"}
    assert {str(one) for one in found.exempt} == {"runner@10.%", "root@localhost", "tam_step@%"}
    assert found.unknown_spare == ("nobody",)


def test_where_anybody_may_log_in_and_write_no_name_is_harmless() -> None:
    reader, anybody = Account("reader"), Account("", access=1 << 1)
    assert find_writers(Holdings((reader,)), SCHEMAS, (), OURS).harmless == {"reader"}
    assert find_writers(Holdings((reader, anybody)), SCHEMAS, (), OURS).harmless == set()


def test_what_was_written_down_before_a_crash_tells_who_was_locked() -> None:
    earlier = (Lockable(user="a", host="%", was_locked=False),)
    found = (Account("a", is_locked=True), Account("b", is_locked=True))
    assert to_lock(found, earlier) == (*earlier, Lockable(user="b", host="%", was_locked=True))
    assert to_lock((), earlier) == earlier
