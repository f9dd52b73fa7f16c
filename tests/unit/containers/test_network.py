"""How a relay reaches the server, and which of its names a relay cannot have."""

import pytest

from runner.containers.network import needs_stand_in, upstream_of
from runner.errors import Aftermath, ServerUnreachable
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
        ("LOCALHOST", FromSteps(host="host.docker.internal", port=3307)),
        ("127.1", FromSteps(host="host.docker.internal", port=3307)),
        ("::1", FromSteps(host="host.docker.internal", port=3307)),
        ("192.0.2.7", FromSteps(host="192.0.2.7", port=3307)),
    ],
)
def test_a_relay_reaches_the_server_as_this_machine_does(host: str, upstream: FromSteps) -> None:
    assert upstream_of(Server(host=host, port=3307, user="u", password_file="x")) == upstream


def test_a_relay_reaches_the_server_as_cloud_yaml_says() -> None:
    said = FromSteps(host="mariadb", network="control-plane")
    assert upstream_of(Server(host="192.0.2.7", user="u", password_file="x", from_steps=said)) == said


@pytest.mark.parametrize("host", ["fd00::5", f"{'x' * 64}.example"])
def test_a_server_without_an_ipv4_address_is_refused_and_the_way_out_named(host: str) -> None:
    """Neither asks a name server: one is an address of the other kind, the other no name."""
    server = Server(host=host, user="u", password_file="x")
    with pytest.raises(ServerUnreachable, match=f"^no IPv4 address of {host} is known here: ") as refusal:
        upstream_of(server)
    assert "server.from_steps" in refusal.value.advice
    assert refusal.value.left_behind is Aftermath.UNTOUCHED
    said = FromSteps(host="192.0.2.7")
    assert upstream_of(server.model_copy(update={"from_steps": said})) == said
