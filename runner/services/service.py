"""What every kind of service can do: say what it would stop, be asked, stop, start."""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from runner.services.protected import Target

ASK_SECONDS = 30.0
"""How long an answer to a question may take."""
STEADY_SECONDS = 1.0
"""Started is what still runs after this: one that cannot read its configuration runs for a moment, too."""
_PAUSE = 0.2


class State(StrEnum):
    """What a service says. Of several parts: running while one of them runs, missing where none is there."""

    RUNNING = "running"
    STOPPED = "stopped"
    MISSING = "missing"


class Service(Protocol):
    """One service of the control plane.

    Every method raises ServiceRefused where whoever has to answer cannot be reached: that is never taken for "stopped".
    """

    @property
    def name(self) -> str:
        """As cloud.yaml names it."""

    @property
    def group(self) -> int:
        """Stopped in ascending, started in descending order."""

    @property
    def stays_up(self) -> bool:
        """Whether it runs on while it is "stopped", because it has a read-only mode."""

    def targets(self) -> tuple[Target, ...]:
        """What would be stopped.

        Raises:
            ServiceMissing: there is nothing.
        """

    def state(self) -> State:
        """What it says now."""

    def what_runs(self) -> tuple[str, ...]:
        """Name the parts that run, each as one word or a few, for `start` to take and for people to read; empty: none.

        To be asked and written down once, before the first `stop`: afterwards it says what is left.
        """

    def stop(self) -> None:
        """Stop it; one that is stopped already is as good. Returns when it says that it is stopped.

        Raises:
            ServiceMissing: it is not there.
            ServiceRefused: it did not stop in its time, or stopping it could not be undone; nothing was tried in that case.
        """

    def start(self, what_ran: tuple[str, ...]) -> None:
        """Start what ran, and nothing else; what runs already is as good. Returns when it runs, and still does a second later.

        Raises:
            ServiceMissing: one of them is not there any more.
            ServiceRefused: one of them does not run in its time.
        """


def wait_until(in_the_way: Callable[[], str | None], *, timeout: float, steady: float = 0.0) -> str | None:
    """Ask until nothing is in the way any more, for `steady` seconds; returns what still is after `timeout` seconds."""
    ends = time.monotonic() + timeout
    clear_since: float | None = None
    while True:
        answer = in_the_way()
        now = time.monotonic()
        if answer is None:
            clear_since = now if clear_since is None else clear_since
            if now - clear_since >= steady:
                return None
        else:
            clear_since = None
            if now >= ends:
                return answer
        time.sleep(_PAUSE)
