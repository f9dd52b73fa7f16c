"""Where a one-shot may have files of its own: the whole directory is covered by them."""

import pytest

from runner.containers.engine import has_room_for


@pytest.mark.parametrize(
    "name",
    [
        "/etc/kolla/certificates/ca.pem",
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/usr/local/share/ca-certificates/corporate.crt",
        "/var/lib/nova/ca.pem",
        "/opt/site/ca.pem",
    ],
)
def test_a_directory_that_no_command_needs(name: str) -> None:
    assert has_room_for(name)


@pytest.mark.parametrize(
    "name",
    [
        "ca.pem",
        "certificates/ca.pem",
        "/ca.pem",
        "/etc/ca.pem",
        "/etc//ca.pem",
        "//etc/ca.pem",
        "/usr/sbin/ca.pem",
        "/lib64/x/ca.pem",
        "/var/lib/kolla/venv/ca.pem",
        "/etc/ssl/../ca.pem",
        "/usr/lib/ssl/ca.pem",
        "/opt/openstack/ca.pem",
        "/opt/openstack/lib/ca.pem",
        "/run/thing-a-me/etc/ca.pem",
        "/tmp/ca.pem",
    ],
)
def test_a_directory_that_has_to_stay_as_it_is(name: str) -> None:
    assert not has_room_for(name)
