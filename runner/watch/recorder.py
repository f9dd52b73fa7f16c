"""The hand that writes what the watch sees: a thread of its own, because a disk under load makes whoever writes wait."""

import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from runner.frozen import Frozen
from runner.planning.gaps import Counted
from runner.watch.layout import NOW, RECORD

_BREATH = 0.25
_LAST_TRIES = 10
"""Times that what is left is tried to be written in the end, 0.2 s apart, where the disk is full."""


class Recorder:
    """Takes entries without ever waiting; what cannot be written now is kept, and written when it can be.

    `on_vanished` is called, from its thread, once the folder is gone.
    """

    def __init__(self, folder: Path, on_vanished: Callable[[], object]) -> None:
        self._folder = folder
        self._on_vanished = on_vanished
        self._given: queue.SimpleQueue[Frozen | None] = queue.SimpleQueue()
        self._now: Counted | None = None
        self._waiting: deque[bytes] = deque()
        self._thread = threading.Thread(target=self._write_all, name="recorder")

    def __enter__(self) -> Self:
        self._file = os.open(self._folder / RECORD, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._drop_torn_line()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._given.put(None)
        self._thread.join()
        os.close(self._file)

    def add(self, entry: Frozen) -> None:
        """Have an entry added to the record."""
        self._given.put(entry)

    def show(self, now: Counted) -> None:
        """Have the newest counts replaced."""
        self._now = now

    def _write_all(self) -> None:
        ending = False
        while not ending:
            ending = self._take()
            self._add_waiting()
            self._replace_now()
            if not self._folder.is_dir():
                self._on_vanished()
        for _ in range(_LAST_TRIES):
            if not self._waiting or not self._folder.is_dir():
                break
            time.sleep(0.2)
            self._add_waiting()

    def _take(self) -> bool:
        """Take what was given, waiting a moment for it; says whether that was the last."""
        try:
            entry = self._given.get(timeout=_BREATH)
            while entry is not None:
                self._waiting.append(entry.model_dump_json(exclude_none=True).encode() + b"\n")
                entry = self._given.get_nowait()
        except queue.Empty:
            return False
        return True

    def _add_waiting(self) -> None:
        if not self._waiting:
            return
        end = os.lseek(self._file, 0, os.SEEK_END)
        lines = b"".join(self._waiting)
        try:
            if os.write(self._file, lines) == len(lines):
                os.fdatasync(self._file)
                self._waiting.clear()
                return
        except OSError:
            # Told by the counts that grow old; the next moment tries again.
            pass
        os.ftruncate(self._file, end)

    def _replace_now(self) -> None:
        if self._now is None or self._waiting:
            # Never ahead of the record: a reader would count a miss that has no gap.
            return
        new = self._folder / f"{NOW}.new"
        try:
            new.write_text(self._now.model_dump_json(), encoding="utf-8")
            new.replace(self._folder / NOW)
        except OSError:
            return
        self._now = None

    def _drop_torn_line(self) -> None:
        """Take away the last line of a watch that died while it wrote it."""
        size = os.lseek(self._file, 0, os.SEEK_END)
        start = max(0, size - 65536)
        tail = os.pread(self._file, size - start, start)
        if tail and not tail.endswith(b"\n"):
            os.ftruncate(self._file, start + tail.rfind(b"\n") + 1)
