"""A server's container: of which of its ports only the engine says where they are published."""

from types import SimpleNamespace
from typing import Any

import pytest

from runner.containers.hosted_server import find_hosted_server

DATADIR = "/var/lib/mysql"


def client_with(asked_for: Any, published: Any) -> Any:
    attributes = {
        "HostConfig": {"AutoRemove": False, "PortBindings": asked_for},
        "Mounts": [{"Type": "volume", "Name": "data", "Destination": DATADIR}],
        "Image": "sha256:1",
        "Config": {"Hostname": "db"},
        "NetworkSettings": {"Ports": published},
    }
    found = SimpleNamespace(name="db", attrs=attributes)
    return SimpleNamespace(containers=SimpleNamespace(get=lambda _: found))


def at(*ports: str) -> list[dict[str, str]]:
    return [{"HostIp": "127.0.0.1", "HostPort": port} for port in ports]


@pytest.mark.parametrize(
    ("asked_for", "published", "fleeting"),
    [
        ({"3306/tcp": at("3310")}, {"3306/tcp": at("3310")}, set()),
        ({"3306/tcp": at("")}, {"3306/tcp": at("32768")}, {32768}),
        ({"3306/tcp": at("0")}, {"3306/tcp": at("32768")}, {32768}),
        ({"3306/tcp": at("3310", "")}, {"3306/tcp": at("3310", "32768")}, {32768}),
        # `docker run -P`
        ({}, {"3306/tcp": at("32768"), "4567/tcp": None}, {32768}),
        # It does not run, or has the host's network.
        ({"3306/tcp": at("")}, {}, set()),
        (None, None, set()),
    ],
)
def test_a_port_that_the_engine_chose_is_another_next_time(asked_for: Any, published: Any, fleeting: set[int]) -> None:
    assert find_hosted_server(client_with(asked_for, published), "db", DATADIR).fleeting_ports == fleeting
