"""Where a new server is to live, and how it is called there."""

import socket
from pathlib import Path

import pytest

from runner.containers.successor import Berth, _refuses_to_listen


@pytest.mark.parametrize(
    ("publish", "address"),
    [(None, "new:3306"), (("10.0.0.5", 3307), "10.0.0.5:3307"), (("::1", 3306), "[::1]:3306")],
)
def test_services_find_it_as_it_is_published_or_by_its_name(publish: tuple[str, int] | None, address: str) -> None:
    assert Berth(Path("/srv/new"), "new", "bridge", publish).address == address


def test_an_address_that_is_taken_or_not_this_hosts_is_told_before() -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        port = door.getsockname()[1]
        assert "in use" in str(_refuses_to_listen("127.0.0.1", port))
    assert _refuses_to_listen("127.0.0.1", port) is None
    assert "assign" in str(_refuses_to_listen("192.0.2.1", port))
