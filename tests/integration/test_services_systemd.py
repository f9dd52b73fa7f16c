"""Services that are units of a real systemd, behind a shell; shells that lead nowhere; and Kolla's units around containers."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from runner.containers.client import connect
from runner.containers.foundation import base_blueprint
from runner.containers.release_image import SUITE
from runner.errors import ServiceMissing, ServiceProtected, ServiceRefused
from runner.services import demand_allowed, open_services
from runner.services.service import Service, State
from runner.settings import EngineSettings
from runner.window_settings import ServiceSettings
from tests.support.services import make
from tests.support.systemd_host import SystemdHost, open_systemd_host

pytestmark = pytest.mark.engine

REFUSED = ("ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=2", "-p", "9", "127.0.0.1")
UNIT = "[Unit]\nDescription=a service\n[Service]\nExecStart={command}\n{more}\n[Install]\nWantedBy=multi-user.target\n"


@pytest.fixture(scope="module")
def host() -> Iterator[SystemdHost]:
    with open_systemd_host() as opened:
        yield opened


def unit(
    host: SystemdHost,
    name: str,
    command: str = "/bin/sleep infinity",
    more: str = "",
    *,
    timeout: float = 20,
    runs: bool = True,
) -> Service:
    host.add_unit(f"{name}.service", UNIT.format(command=command, more=more))
    if runs:
        host.run(f"systemctl start {name}")
    return make(name, systemd=f"{name}.service", shell=host.shell, timeout=timeout)


def test_a_unit_is_stopped_and_started_and_each_of_them_twice_is_as_good(host: SystemdHost) -> None:
    service = unit(host, "keystone", more="Restart=always\nRestartSec=100ms")
    ran = service.what_runs()
    assert (service.state(), ran) == (State.RUNNING, ("keystone.service",))
    for _ in range(2):
        service.stop()
        assert (service.state(), service.what_runs()) == (State.STOPPED, ())
    assert host.run("systemctl is-active keystone") == "inactive"
    for _ in range(2):
        service.start(ran)
        assert (service.state(), host.run("systemctl is-active keystone")) == (State.RUNNING, "active")


def test_one_that_did_not_run_is_not_started(host: SystemdHost) -> None:
    service = unit(host, "idle", runs=False)
    assert service.what_runs() == ()
    service.stop()
    service.start(())
    assert service.state() is State.STOPPED


def test_one_that_waits_to_be_started_again_runs(host: SystemdHost) -> None:
    """`systemctl is-active` ends with 3 for it, as for one that is stopped."""
    service = unit(host, "flapping", "/bin/false", "Restart=always\nRestartSec=60")
    time.sleep(1)
    assert host.run("systemctl is-active flapping; echo $?") == "activating\n3"
    assert service.state() is State.RUNNING
    service.stop()
    assert service.state() is State.STOPPED


def test_one_that_failed_is_stopped(host: SystemdHost) -> None:
    service = unit(host, "failed", "/bin/false")
    time.sleep(0.5)
    assert host.run("systemctl is-active failed") == "failed"
    assert (service.state(), service.what_runs()) == (State.STOPPED, ())


def test_one_that_does_not_stop_in_its_time_is_told_with_its_state(host: SystemdHost) -> None:
    deaf = "/bin/sh -c \"trap '' TERM; while :; do sleep 0.1; done\""
    service = unit(host, "deaf", deaf, "TimeoutStopSec=12", timeout=3)
    time.sleep(0.5)
    with pytest.raises(ServiceRefused, match=r"deaf did not stop: deaf.service is deactivating .*no answer within 3 s"):
        service.stop()
    assert service.state() is State.RUNNING
    host.run("systemctl kill -s KILL deaf")


def test_one_that_does_not_stay_up_is_told_with_its_state(host: SystemdHost) -> None:
    service = unit(host, "brief", "/bin/sh -c 'sleep 0.3; exit 1'", timeout=3, runs=False)
    with pytest.raises(ServiceRefused, match=r"brief did not start: brief.service is failed \(failed\)"):
        service.start(("brief.service",))


def test_one_that_is_not_there_is_missing_and_so_is_a_masked_one(host: SystemdHost) -> None:
    nothing = make("nothing", systemd="nothing.service", shell=host.shell)
    assert nothing.state() is State.MISSING
    for act in (nothing.stop, nothing.targets):
        with pytest.raises(ServiceMissing, match=r"there is no unit nothing.service \(it is not-found\)"):
            act()
    with pytest.raises(ServiceMissing, match="is masked"):
        make("masked", systemd="getty.target", shell=host.shell).stop()


def test_one_whose_file_is_gone_is_not_stopped_because_nothing_could_start_it(host: SystemdHost) -> None:
    service = unit(host, "orphan")
    host.run("rm /etc/systemd/system/orphan.service && systemctl daemon-reload")
    with pytest.raises(ServiceRefused, match="could not be started again: its unit file is not-found"):
        service.stop()
    assert host.run("systemctl is-active orphan") == "active"
    host.run("systemctl stop orphan")


def test_the_data_plane_is_refused_by_name_by_alias_and_by_what_goes_along(host: SystemdHost) -> None:
    libvirt = unit(host, "libvirtd")
    host.add_unit("db.service", UNIT.format(command="/bin/sleep infinity", more="") + "Alias=mariadb.service\n")
    host.run("systemctl enable db.service")
    host.add_unit("network-base.service", UNIT.format(command="/bin/sleep infinity", more=""))
    agent = UNIT.replace("[Service]", "BindsTo=network-base.service\n[Service]")
    host.add_unit("neutron-l3-agent.service", agent.format(command="/bin/sleep infinity", more=""))
    host.run("systemctl start neutron-l3-agent")
    wanted = unit(host, "wanted", more="[Install]\nRequiredBy=multi-user.target")
    host.run("systemctl enable wanted")
    demand_allowed([wanted])
    database, base = (make(name, systemd=f"{name}.service", shell=host.shell) for name in ("db", "network-base"))

    with pytest.raises(ServiceProtected) as refused:
        demand_allowed([libvirt, database, base, make("all", systemd="neutron-*", shell=host.shell)])

    assert "libvirtd would stop libvirtd.service: the hypervisor" in refused.value.message
    assert "db would stop db.service: the database (mariadb*, as mariadb.service)" in refused.value.message
    assert "network-base would stop neutron-l3-agent.service: a network agent" in refused.value.message
    assert host.run("systemctl is-active libvirtd neutron-l3-agent") == "active\nactive"


def test_a_unit_on_a_host_that_is_reached_by_ssh(host: SystemdHost, tmp_path: Path) -> None:
    unit(host, "glance-api")
    service = make("glance", systemd="glance-api.service", shell=host.open_ssh(tmp_path), timeout=20)
    ran = service.what_runs()
    assert (service.state(), ran) == (State.RUNNING, ("glance-api.service",))
    service.stop()
    assert (service.state(), host.run("systemctl is-active glance-api")) == (State.STOPPED, "inactive")
    service.start(ran)
    assert (service.state(), host.run("systemctl is-active glance-api")) == (State.RUNNING, "active")


def test_a_shell_that_is_refused_is_not_taken_for_stopped() -> None:
    service = make("remote", systemd="keystone.service", shell=REFUSED)
    for ask in (service.state, service.what_runs, service.targets, service.stop, lambda: service.start(("keystone.service",))):
        with pytest.raises(ServiceRefused, match=r"did not run a command to its end: ssh: connect to host 127.0.0.1 port 9"):
            ask()


def test_a_shell_into_nothing_is_not_taken_for_stopped() -> None:
    gone = make("gone", systemd="keystone.service", shell=("docker", "exec", "-i", "thing-a-me-no-such-container", "sh", "-c"))
    with pytest.raises(ServiceRefused, match=r"(?i)no such container"):
        gone.state()


def test_where_no_systemd_is_nothing_is_told(host: SystemdHost) -> None:
    bare = (*host.shell[:-2], "unshare", "--mount", "sh", "-c", 'umount -l /run && eval "$1"', "-")
    with pytest.raises(ServiceRefused, match=r"systemctl does not tell of keystone.service: .*bus"):
        make("bare", systemd="keystone.service", shell=bare).state()


KOLLA = """\
[Unit]
StartLimitIntervalSec=120
StartLimitBurst=10
[Service]
ExecStart=/bin/sh -c 'curl -s --unix-socket /engine.sock -X POST {url}/start {url}/wait'
ExecStop=/usr/bin/curl -s --unix-socket /engine.sock -X POST {url}/stop?t=5
Restart=always
RestartSec=1
SuccessExitStatus=143
"""
"""Kolla's unit of 2024.1 (kolla_systemd_worker.py), with curl in the place of docker's client, and a shorter RestartSec."""


def test_a_container_that_a_unit_of_kollas_keeps_running_is_stopped_by_the_unit(host: SystemdHost) -> None:
    with closing(connect(EngineSettings())) as client:
        name = f"{host.container.name}-keystone"
        command = "trap 'exit 0' TERM; while :; do sleep 0.1; done"
        container = client.containers.create(base_blueprint(SUITE).reference, entrypoint=["sh", "-c", command], name=name)
        kolla = f"kolla-{name}-container.service"
        try:
            host.add_unit(kolla, KOLLA.format(url=f"http://engine/containers/{name}"))
            host.run(f"systemctl start {kolla}")
            settings = ServiceSettings.model_validate({"docker": name, "shell": host.shell, "timeout": 20})
            (service,) = open_services({"keystone": settings}, lambda: client)
            ran = service.what_runs()
            assert (service.state(), ran) == (State.RUNNING, (name,))

            # What its unit would do to one that is stopped behind its back.
            container.stop(timeout=5)
            time.sleep(3)
            container.reload()
            assert container.status == "running"

            service.stop()
            time.sleep(3)
            container.reload()
            assert (service.state(), container.status) == (State.STOPPED, "exited")

            service.start(ran)
            assert host.run(f"systemctl is-active {kolla}") == "active"
            assert service.state() is State.RUNNING
        finally:
            host.run(f"systemctl stop {kolla}")
            container.remove(force=True, v=True)
