"""How a relay reaches the server, and which of its names a relay cannot have."""

import pytest

from runner.containers.network import needs_stand_in, upstream_of
from runner.settings import FromSteps, Server


@pytest.mark.parametrize("host", ["10.0.0.5", "127.0.0.1", "::1", "fd00::5", "localhost", "LocalHost"])
def test_an_address_and_what_everybody_takes_himself_for_need_a_stand_in(host: str) -> None:
    assert needs_stand_in(host)


@pytest.mark.parametrize("host", ["db", "db.example.org", "10.0.0.5.example.org", "10-0-0-5"])
def test_a_name_is_the_relays(host: str) -> None:
    assert not needs_stand_in(host)


@pytest.mark.parametrize(
    ("host", "upstream"),
    [
        ("localhost", FromSteps(host="host.docker.internal", port=3307)),
        ("127.0.0.2", FromSteps(host="host.docker.internal", port=3307)),
        ("::1", FromSteps(host="host.docker.internal", port=3307)),
        ("192.0.2.7", FromSteps(host="192.0.2.7", port=3307)),
    ],
)
def test_a_relay_reaches_the_server_as_this_machine_does(host: str, upstream: FromSteps) -> None:
    assert upstream_of(Server(host=host, port=3307, user="u", password_file="x")) == upstream


def test_a_relay_reaches_the_server_as_cloud_yaml_says() -> None:
    said = FromSteps(host="mariadb", network="control-plane")
    assert upstream_of(Server(host="192.0.2.7", user="u", password_file="x", from_steps=said)) == said
