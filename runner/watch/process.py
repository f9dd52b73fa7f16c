"""The watch's process, from outside: started, found again by whoever comes later, stopped."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from runner.errors import WatchFailed
from runner.identity import Identity
from runner.watch.layout import LOG, PROCESS
from runner.watch.probes import PROBES
from runner.window_settings import WatchSettings

LONGEST = 24 * 3600.0
"""Seconds after which a watch that nobody stopped ends by itself."""
_PATIENCE = 30.0
STOP = signal.SIGUSR1
"""What ends it. SIGTERM is somebody else's: a machine that goes down."""


def find_watch(folder: Path) -> Identity | None:
    """Find the process that watches for this run now, on this machine; None when there is none."""
    try:
        known = Identity.model_validate_json((folder / PROCESS).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None
    return known if known.is_there() else None


def start_watch(settings: WatchSettings, folder: Path, longest: float = LONGEST) -> Identity:
    """Start to watch, in a process that outlives this one; one that is at work already is found and kept.

    Settings go over its standard input: an argument list is everybody's to read.

    Raises:
        WatchFailed: what cloud.yaml says cannot be watched, or the process does not come up.
    """
    if running := find_watch(folder):
        return running
    _check(settings)
    folder = folder.resolve()
    words = [sys.executable, "-P", "-m", "runner.watch", str(folder), str(longest)]
    try:
        (folder / PROCESS).unlink(missing_ok=True)
        with (folder / LOG).open("ab") as log:
            # It forks, and its first process ends at once: nobody has to bury the second, whoever dies first.
            subprocess.run(
                words,
                input=settings.model_dump_json().encode(),
                stdout=log,
                stderr=log,
                start_new_session=True,
                timeout=_PATIENCE,
                check=True,
            )
    except (OSError, subprocess.SubprocessError) as error:
        raise WatchFailed(f"the watch does not start: {_last_words(folder) or error}") from error
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if running := find_watch(folder):
            return running
        time.sleep(0.02)
    raise WatchFailed(f"the watch does not start: {_last_words(folder) or 'it says nothing'}")


def stop_watch(folder: Path, patience: float = _PATIENCE) -> None:
    """End the watch, once its last beats are told; nothing to do where none is at work.

    Raises:
        WatchFailed: it is not ours to end, or did not end within `patience` seconds; then it was killed.
    """
    if (running := find_watch(folder)) is None:
        return
    for how in (STOP, signal.SIGKILL):
        try:
            os.kill(running.pid, how)
        except ProcessLookupError:
            return
        except PermissionError as error:
            raise WatchFailed(f"the watch is process {running.pid}, which this user may not end") from error
        if _is_gone_within(patience, running, folder):
            break
    if how != STOP:
        raise WatchFailed(f"the watch, process {running.pid}, did not end when told to, and was killed")


def _is_gone_within(seconds: float, process: Identity, folder: Path) -> bool:
    deadline = time.monotonic() + seconds
    while find_watch(folder) == process:
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True


def _check(settings: WatchSettings) -> None:
    if settings.every <= 0 or settings.timeout <= 0:
        raise WatchFailed("watch.every and watch.timeout have to be longer than nothing")
    for name, watched in settings.targets.items():
        try:
            PROBES[watched.kind].prepare(watched, settings)
        except WatchFailed as error:
            raise WatchFailed(f"watch.targets.{name}: {error.message}") from error


def _last_words(folder: Path) -> str:
    with suppress(OSError):
        lines = (folder / LOG).read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")
    return ""
