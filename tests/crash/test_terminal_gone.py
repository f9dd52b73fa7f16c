"""The terminal is closed while a chain runs, as when a connection is lost: the kernel says so (SIGHUP), and the run goes on."""

import os
import pty
import subprocess
from contextlib import suppress

import pytest

from runner.errors import ThingAMeError
from tests.crash.conftest import Ending
from tests.support.clouds import SmallCloud
from tests.support.thing import MIGRATE, ROOT, THING, entries, until

pytestmark = [pytest.mark.engine, pytest.mark.images]


def test_a_terminal_that_is_closed_ends_no_run(cloud: SmallCloud, ending: Ending) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", *THING, *MIGRATE, "--cloud", str(cloud.file)],
        cwd=ROOT,
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    os.set_blocking(master, False)

    def a_step_runs() -> bool:
        with suppress(BlockingIOError):
            os.read(master, 1 << 16)
        with suppress(AssertionError, ValueError, ThingAMeError):  # no run's folder yet, or an empty one
            return any(entry.kind == "step-started" for entry in entries(cloud))
        return False

    until(a_step_runs, "a step runs")
    os.close(master)

    process.wait(180)
    assert process.returncode >= 0, "no signal ended it"
    ending.proved(cloud)
