"""A command of the operator's: it has to end with exit code 0 in its time (ssh from one instance to another)."""

import asyncio
import math
import shutil
from concurrent.futures import ThreadPoolExecutor

from runner.command import run_command, words_of
from runner.errors import WatchFailed
from runner.watch.probes.probe import CannotTell, Probe
from runner.window_settings import Watched, WatchSettings

_LINGER = 3.0
"""Seconds that a command which ran out of time may take to end, by force in the end."""
_MOST = 64


class Commanded:
    """Each beat runs in a thread, of which every target has its own: one that hangs keeps none from another.

    What it says is not written down: it may be secret.
    """

    def __init__(self, words: tuple[str, ...], settings: WatchSettings) -> None:
        self._words = words
        self._timeout = settings.timeout
        at_once = math.ceil((settings.timeout + _LINGER) / settings.every) + 1
        self._threads = ThreadPoolExecutor(min(at_once, _MOST))

    async def beat(self) -> str | None:
        loop = asyncio.get_running_loop()
        try:
            end = await loop.run_in_executor(self._threads, lambda: run_command(self._words, timeout=self._timeout))
        except OSError as error:
            raise CannotTell(f"the command cannot be begun: {(error.strerror or str(error)).lower()}") from error
        if end.exit_code is None:
            return f"no answer within {self._timeout:g} s"
        return None if end.exit_code == 0 else f"exit code {end.exit_code}"


def prepare(watched: Watched, settings: WatchSettings) -> Probe:
    """Raises: WatchFailed where there is no such command."""
    assert watched.command is not None, "it is of this kind"
    words = words_of(watched.command)
    if not words or shutil.which(words[0]) is None:
        raise WatchFailed(f"there is no command {words[0] if words else ''!r} here")
    return Commanded(words, settings)
