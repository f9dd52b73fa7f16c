"""The boot clock: how much time has passed, whatever anybody does to the wall clock, and for every process of this boot."""

import datetime
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Another for every boot of a Linux kernel (random(4))."""
_NO_BOOT_ID = f"process-{uuid.uuid4()}"
"""Where a kernel does not name its boots (macOS), a clock can be trusted within one process only."""


@dataclass(frozen=True)
class Instant:
    """A moment, in seconds of the clock of one boot. It can be written down and read by another process."""

    boot_id: str
    seconds: float


class Elapsed(NamedTuple):
    """Seconds that have passed, never below 0. `exact`: by the boot clock, else by the wall clock, which may have jumped."""

    seconds: float
    exact: bool


def now() -> Instant:
    """Say what the boot clock says now; it goes on while the machine sleeps (CLOCK_BOOTTIME, clock_gettime(2))."""
    return Instant(boot_id(), seconds())


def elapsed_since(instant: Instant, wall: datetime.datetime) -> Elapsed:
    """Say how much time has passed since an instant; `wall` is the wall clock's time of it, with its zone.

    The wall clock counts only where the instant is of another boot, or in the boot clock's future: then it was not this
    clock's, but that of a container with a time of its own (time_namespaces(7)).
    """
    here = now()
    if here.boot_id == instant.boot_id and here.seconds >= instant.seconds:
        return Elapsed(here.seconds - instant.seconds, exact=True)
    passed = (datetime.datetime.now(datetime.UTC) - wall).total_seconds()
    return Elapsed(max(0.0, passed), exact=False)


def seconds() -> float:
    """Seconds since this machine was booted, those in which it slept included."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def boot_id() -> str:
    """Return what the kernel calls this boot of this machine."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return _NO_BOOT_ID
