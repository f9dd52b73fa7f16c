"""A service of commands, with real processes; and what every shell tells or does not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.errors import ServiceMissing, ServiceProtected, ServiceRefused
from runner.services import demand_allowed
from runner.services.service import Service, State
from runner.services.shell import Shell
from tests.support.services import NOTHING, kept_running, make, process


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = process(tmp_path, "keystone")
    yield made
    made.stop()


def test_it_is_started_asked_stopped_and_each_of_them_twice_is_as_good(service: Service) -> None:
    assert (service.state(), service.what_runs()) == (State.STOPPED, ())
    for _ in range(2):
        service.start(("keystone",))
        assert (service.state(), service.what_runs()) == (State.RUNNING, ("keystone",))
    for _ in range(2):
        service.stop()
        assert service.state() is State.STOPPED


def test_one_that_did_not_run_is_not_started(service: Service) -> None:
    service.start(())
    assert service.state() is State.STOPPED


def test_a_stop_that_says_it_went_well_is_not_believed() -> None:
    with pytest.raises(ServiceRefused, match="one did not stop: it is running; the command: exit code 0"):
        make(commands=NOTHING, timeout=0.3).stop()


def test_a_start_that_does_not_last_is_none(tmp_path: Path) -> None:
    brief = process(tmp_path, "brief", start=kept_running(tmp_path / "brief.pid", "sleep 0.5"), timeout=1)
    with pytest.raises(ServiceRefused, match="brief did not start: it is stopped"):
        brief.start(("brief",))


def test_a_stop_that_fails_is_told_in_its_words() -> None:
    with pytest.raises(ServiceRefused, match="it is running; the command: exit code 7, not today"):
        make(commands={**NOTHING, "stop": "echo not today; exit 7"}, timeout=60).stop()


def test_a_stop_that_hangs_ends_with_its_time() -> None:
    with pytest.raises(ServiceRefused, match=r"gave no answer within 0\.3 s$"):
        make(commands={**NOTHING, "stop": "sleep 60"}, timeout=0.3).stop()


@pytest.mark.parametrize("status", ["exit 1", "exit 255", "echo Permission denied; exit 2"])
def test_a_status_that_tells_nothing_is_not_taken_for_stopped(status: str) -> None:
    service = make(commands={**NOTHING, "status": status})
    for ask in (service.state, service.what_runs, service.stop, service.targets):
        with pytest.raises(ServiceRefused, match="its status command tells nothing"):
            ask()


def test_one_that_is_not_there_is_told_apart() -> None:
    service = make(commands={**NOTHING, "status": "exit 4"})
    assert service.state() is State.MISSING
    with pytest.raises(ServiceMissing, match="not there"):
        service.stop()
    with pytest.raises(ServiceMissing, match="not there"):
        demand_allowed([service])


def test_its_words_and_its_name_are_held_against_the_list() -> None:
    agents = make("agents", commands={**NOTHING, "stop": "systemctl stop neutron-l3-agent libvirtd"})
    queue = make("rabbitmq", commands=NOTHING)
    with pytest.raises(ServiceProtected) as refused:
        demand_allowed([agents, make(commands=NOTHING), queue])
    assert refused.value.message == (
        "agents would stop neutron-l3-agent: a network agent (neutron-*-agent*);"
        " agents would stop libvirtd: the hypervisor (*libvirt*);"
        " rabbitmq would stop rabbitmq: the message queue (rabbitmq*)"
    )
    demand_allowed([make("keystone", commands=NOTHING)])


def test_a_shell_tells_the_exit_code_and_the_words_of_a_command() -> None:
    end = Shell(("sh", "-c")).run('echo "it\'s" one; echo two >&2; exit 5', timeout=5)
    assert (end.exit_code, end.output) == (5, "it's one\ntwo")


@pytest.mark.parametrize("words", [("false",), ("sh", "-c", "echo gone; exit 0", "-"), ("sh", "-c", "exit 3", "-")])
def test_a_shell_that_does_not_run_the_command_has_no_exit_code(words: tuple[str, ...]) -> None:
    with pytest.raises(ServiceRefused, match="did not run a command to its end"):
        Shell(words).run("true", timeout=5)


def test_a_shell_that_is_not_there_is_told() -> None:
    with pytest.raises(ServiceRefused, match="cannot run the shell no-such-shell"):
        make(commands=NOTHING, shell=("no-such-shell",)).state()


def test_words_behind_the_last_line_of_ours_do_not_hide_it() -> None:
    chatty = ("sh", "-c", 'sh -c "$1"; echo Connection closed.', "-")
    assert Shell(chatty).run("exit 4", timeout=5).exit_code == 4
