"""Whether a container stays is seen on real ones: steady, healthy, ended, going round in circles."""

import time

import pytest

from runner.containers.stay import await_running
from runner.errors import EngineRefused, RollOutFailed
from tests.support.stand_ins import Yard

pytestmark = [pytest.mark.engine, pytest.mark.alone]

NO_HEALTHCHECK = {"test": ["NONE"]}


def test_one_that_runs_on_is_waited_for_as_long_as_it_has_to_be_steady(yard: Yard) -> None:
    yard.start(healthcheck=NO_HEALTHCHECK)
    began = time.monotonic()

    await_running(yard.client, yard.name, 20, steady=1.5)

    assert 1.5 <= time.monotonic() - began < 10


def test_one_with_a_healthcheck_has_to_become_healthy(yard: Yard) -> None:
    yard.start()

    await_running(yard.client, yard.name, 30)

    assert yard.inspect(yard.name)["State"]["Health"]["Status"] == "healthy"


def test_one_that_does_not_become_healthy_is_told_with_its_last_lines(yard: Yard) -> None:
    said = "echo beginning; echo cannot reach the message queue; exec sleep 900"
    yard.start(command=["sh", "-c", said], healthcheck={"test": ["CMD", "false"], "interval": 1_000_000_000, "retries": 1})

    with pytest.raises(
        RollOutFailed, match=r"is unhealthy after 4 s; it said last: beginning \| cannot reach the message queue"
    ):
        await_running(yard.client, yard.name, 4)


def test_one_that_ends_is_told_at_once(yard: Yard) -> None:
    yard.start(command=["sh", "-c", "echo no such option >&2; exit 3"], healthcheck=NO_HEALTHCHECK)
    began = time.monotonic()

    with pytest.raises(RollOutFailed, match="ended with exit code 3; it said last: no such option"):
        await_running(yard.client, yard.name, 60, steady=30)

    assert time.monotonic() - began < 30


def test_one_that_is_started_again_and_again_is_never_steady(yard: Yard) -> None:
    yard.start(command=["sh", "-c", "echo round; sleep 1"], healthcheck=NO_HEALTHCHECK, restart_policy={"Name": "always"})

    with pytest.raises(RollOutFailed, match="after 6 s; it said last: round"):
        await_running(yard.client, yard.name, 6, steady=3)


def test_a_log_that_floods_is_told_in_few_words(yard: Yard) -> None:
    yard.start(
        command=["sh", "-c", "yes $(head -c 5000 /dev/zero | tr '\\0' x) | head -200; exit 1"], healthcheck=NO_HEALTHCHECK
    )

    with pytest.raises(RollOutFailed) as failed:
        await_running(yard.client, yard.name, 30, steady=20)

    assert len(failed.value.message) < 4000


def test_a_log_that_cannot_be_read_is_no_failure_of_its_own(yard: Yard) -> None:
    yard.start(command=["false"], healthcheck=NO_HEALTHCHECK, log_config={"type": "none", "config": {}})

    with pytest.raises(RollOutFailed, match="its log cannot be read here"):
        await_running(yard.client, yard.name, 10)


def test_one_that_is_not_there(yard: Yard) -> None:
    with pytest.raises(EngineRefused, match=yard.name):
        await_running(yard.client, yard.name, 10)
