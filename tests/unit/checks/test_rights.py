"""What is said of rights that are missing. That they are is asked of a real server."""

import pytest

from runner.checks.rights import judge
from runner.mariadb.rights import Rights


def ways_out(account: str = "thing_a_me@%", *, creates: bool = False, **ungrantable: tuple[str, ...]) -> list[str]:
    return [one.way_out for one in judge(Rights(account, creates_accounts=creates, ungrantable=ungrantable))]


@pytest.mark.parametrize(
    ("account", "quoted"),
    [
        ("thing_a_me@%", "'thing_a_me'@'%'"),
        ("thing-a-me@10.0.0.0/255.0.0.0", "'thing-a-me'@'10.0.0.0/255.0.0.0'"),
        ("o'hara@example@localhost", "'o''hara@example'@'localhost'"),
    ],
)
def test_a_grant_names_the_account_so_that_it_parses(account: str, quoted: str) -> None:
    assert ways_out(account) == [f"GRANT CREATE USER ON *.* TO {quoted}"]


def test_rights_that_cannot_be_passed_on_are_granted_schema_by_schema() -> None:
    (way_out,) = ways_out(creates=True, nova_api=("ALTER",), heat=("ALTER", "DROP"))
    assert "GRANT ALL ON `SCHEMA`.* TO 'thing_a_me'@'%' WITH GRANT OPTION" in way_out


def test_an_account_that_may_do_all_is_not_found() -> None:
    assert ways_out(creates=True) == []
