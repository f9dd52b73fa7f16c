"""What would fail later in a window is refused before anything is stopped: on a real cloud, which stays as it is."""

from collections.abc import Iterator

import pytest

from runner.errors import (
    ImageMissing,
    LeaseHeld,
    MissingFile,
    NotSilent,
    RightsMissing,
    ServiceMissing,
    ServiceProtected,
    ServiceRefused,
    SnapshotForeign,
    WindowTooShort,
)
from runner.journal.window_entry import ServiceStopping
from runner.mariadb.lease import keeping, take_lease
from runner.mariadb.lease_row import Holder
from runner.planning.fingerprint import ServerPrint
from tests.support.windows import Night

pytestmark = [pytest.mark.engine, pytest.mark.images]


@pytest.fixture(autouse=True)
def unchanged(night: Night, dusk: ServerPrint) -> Iterator[None]:
    """Whatever a test asks for: no service is stopped, and everything is as it was."""
    yield
    assert not [one for one in night.entries() if isinstance(one, ServiceStopping)]
    night.is_as_before(dusk)


def test_a_window_that_is_too_short_is_refused_with_the_arithmetic(night: Night) -> None:
    done = night.migrate("--window", "20s")
    done.refused(WindowTooShort, "restore in case", "margin", "together", "untouched")


def test_a_service_that_may_not_or_cannot_be_stopped_is_told(night: Night) -> None:
    agent = {"commands": {"stop": "touch stopped", "start": "true", "status": "true"}}
    with night.services({"api": {"docker": night.container}, "neutron-openvswitch-agent": agent}):
        night.migrate().refused(ServiceProtected, "neutron-openvswitch-agent", "untouched")
    with night.services({"api": {"docker": "nobody-here"}}):
        night.migrate().refused(ServiceMissing, "nobody-here", "untouched")
    ssh = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=2", "-p", "9", "127.0.0.1"]
    with night.services({"api": {"docker": night.container}, "far": {"systemd": "far.service", "shell": ssh}}):
        night.migrate().refused(ServiceRefused, "ssh: connect to host 127.0.0.1 port 9", "untouched")


def test_a_second_runner_is_told_who_is_at_work(night: Night) -> None:
    lease = take_lease(night.case.server, Holder("ctl2", 12, "theirs"))
    lease.say("nova/2025.1/sync@cell1")
    with keeping(lease):
        lease.confirm()
        night.migrate().refused(LeaseHeld, "run theirs (process 12 on ctl2)", "at nova/2025.1/sync@cell1", "untouched")


def test_a_server_that_writes_by_itself_is_never_silent(night: Night) -> None:
    server = night.case.server
    server.execute("SET GLOBAL event_scheduler = ON")
    server.execute("CREATE DATABASE elsewhere")
    server.execute("CREATE EVENT elsewhere.cleaning ON SCHEDULE EVERY 1 DAY DO DELETE FROM placement.traits")
    try:
        night.migrate().refused(NotSilent, "the event elsewhere.cleaning", "untouched")
    finally:
        server.execute("SET GLOBAL event_scheduler = OFF")
        server.execute("DROP DATABASE elsewhere")


def test_a_snapshot_that_could_not_be_put_back_is_not_taken(night: Night) -> None:
    usual = night.described()["snapshots"]
    night.case.cloud.rewrite(snapshots={"command": ["false"], "keep": 50})
    try:
        night.migrate().refused(SnapshotForeign, "nothing says where they are put back", "untouched")
    finally:
        night.case.cloud.rewrite(snapshots=usual)


def test_a_certificate_that_validation_needs_is_missed(night: Night) -> None:
    night.case.cloud.rewrite(validate=[{"http": "https://example.org", "ca": "nobody.pem"}])
    try:
        night.migrate().refused(MissingFile, "nobody.pem", "untouched")
    finally:
        night.case.cloud.rewrite(validate=[])


def test_an_image_that_is_not_there_is_not_rolled_out(night: Night) -> None:
    with night.services({"api": {"docker": night.container, "roll_out": {"image": "nobody-built-this:1"}}}):
        night.migrate().refused(ImageMissing, "no image nobody-built-this:1 to roll out", "untouched")


def test_a_right_that_silence_needs_is_missed(night: Night) -> None:
    night.case.server.execute("REVOKE CONNECTION ADMIN ON *.* FROM thing_a_me@'%'")
    try:
        night.migrate().refused(RightsMissing, "untouched")
    finally:
        night.case.server.execute("GRANT CONNECTION ADMIN ON *.* TO thing_a_me@'%'")
