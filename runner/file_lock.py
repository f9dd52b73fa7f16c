"""A lock on a file, which the kernel takes back when its holder dies, tried for a while."""

import fcntl
import time
from typing import IO

PATIENCE = 0.5
"""Seconds to try for: who only asks whether somebody holds it holds it for an instant, which is nobody's work."""


def try_for(file: IO[str], how: int, seconds: float = PATIENCE) -> bool:
    """Try to lock an open file, `how` as flock(2) has it (LOCK_EX, LOCK_SH); says whether it is ours now."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.05)
        else:
            return True
