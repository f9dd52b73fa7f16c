"""The terminal is closed while a chain runs, as when a connection is lost: the kernel says so (SIGHUP), and the run goes on."""

import os
import pty
import subprocess
from collections.abc import Callable
from contextlib import suppress

import pytest

from runner.errors import ThingAMeError, TurnedBack
from runner.planning.fingerprint import ServerPrint
from tests.crash.conftest import Ending
from tests.support.clouds import SmallCloud
from tests.support.thing import MIGRATE, ROOT, THING, entries, until
from tests.support.windows import Night

pytestmark = [pytest.mark.engine, pytest.mark.images]


def closed_while(cloud: SmallCloud, *words: str, runs: Callable[[], bool]) -> int:
    """Run a command in a terminal that is closed as soon as something runs; returns the command's exit code."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", *THING, *words, "--cloud", str(cloud.file)],
        cwd=ROOT,
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    os.set_blocking(master, False)

    def it_runs() -> bool:
        with suppress(BlockingIOError):
            os.read(master, 1 << 16)
        with suppress(AssertionError, ValueError, ThingAMeError):  # no run's folder yet, or an empty one
            return runs()
        return False

    until(it_runs, "it runs", 120)
    os.close(master)
    return process.wait(180)


def test_a_terminal_that_is_closed_ends_no_run(cloud: SmallCloud, ending: Ending) -> None:
    code = closed_while(cloud, *MIGRATE, runs=lambda: any(entry.kind == "step-started" for entry in entries(cloud)))
    assert code >= 0, "no signal ended it"
    ending.proved(cloud)


@pytest.mark.soak
def test_a_terminal_that_is_closed_ends_no_window(night: Night, dusk: ServerPrint) -> None:
    night.hook("validate", "exit 3")
    earlier = night.case.runs()

    def a_step_runs() -> bool:
        return bool(night.case.runs() - earlier) and any(entry.kind == "step-started" for entry in night.entries())

    code = closed_while(night.case.cloud, "migrate", "--sealed", str(night.sealed), runs=a_step_runs)
    assert code == TurnedBack.exit_code
    night.is_as_before(dusk)
