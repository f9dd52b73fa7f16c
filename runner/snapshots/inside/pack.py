"""Pack a stream: FIFO -> zstd [-> age] -> file, hashed on its way; or hand it on. Says each second how many bytes came in.

Arguments: `pack FIFO FILE TAP [RECIPIENT...]`; TAP is empty, or another FIFO, which gets what comes in as well. Or
`hand FIFO COMMAND...`, for a command that reads it. Of the bytes only packed ones pass through here: others go from pipe to
pipe in the kernel.
"""

import ctypes
import errno
import fcntl
import hashlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

CHUNK = 1 << 20
LIBC = ctypes.CDLL(None, use_errno=True)
STALLED = 5
"""Seconds that the tap may take nothing; then it gets no more."""
ABSENT = 30
"""Seconds until somebody must read the tap."""


def widen(pipe: IO[bytes]) -> IO[bytes]:
    """Have a pipe hold more, where the kernel lets us: with 64 KiB those at its ends mostly wake each other."""
    with suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, CHUNK)
    return pipe


class Feed(threading.Thread):
    """Moves what comes out of the FIFO to the first tool, and to the tap.

    `raw` bytes so far; `tapped` when the tap got all of them; `trouble` if it had to stop. Whoever stops reading the tap, or
    reads it too slowly, does not keep the tool from anything: a server waits at the FIFO's other end.
    """

    def __init__(self, came: IO[bytes], tap: str, tool: IO[bytes]) -> None:
        # Where nobody takes what is packed it waits for ever, and must not keep this process.
        super().__init__(daemon=True)
        self.raw = 0
        self.tapped = False
        self.trouble: OSError | None = None
        self._came, self._tap, self._tool = came, tap, tool

    def run(self) -> None:
        """Move it all; the writer gets a broken pipe where the tool stops reading."""
        try:
            with self._tool, self._came:
                if tap := open_tap(self._tap):
                    with tap, suppress(BrokenPipeError):
                        self._move_twice(tap)
                while size := os.splice(self._came.fileno(), self._tool.fileno(), CHUNK):
                    self.raw += size
        except OSError as error:
            self.trouble = error

    def _move_twice(self, tap: IO[bytes]) -> None:
        room = select.poll()
        room.register(tap, select.POLLOUT)
        while room.poll(STALLED * 1000):
            if not (size := duplicate(self._came, tap)):
                self.tapped = True
                return
            self.raw += size
            while size:
                size -= os.splice(self._came.fileno(), self._tool.fileno(), size)


def open_tap(path: str) -> IO[bytes] | None:
    """Open the tap once somebody reads it; None where there is none, it is gone before that, or nobody comes."""
    deadline = time.monotonic() + ABSENT
    while path and time.monotonic() < deadline:
        try:
            tap = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            time.sleep(0.01)
        else:
            os.set_blocking(tap, True)
            return widen(os.fdopen(tap, "wb", buffering=0))
    return None


def duplicate(came: IO[bytes], tap: IO[bytes]) -> int:
    """Have what waits in one pipe in another as well; 0 at its end (tee(2))."""
    size: int = LIBC.tee(came.fileno(), tap.fileno(), CHUNK, 0)
    if size < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return size


def watch(feed: Feed, ended: threading.Event) -> None:
    """Say each second how far it is."""
    while not ended.wait(1):
        sys.stdout.write(json.dumps({"raw": feed.raw}) + "\n")
        sys.stdout.flush()


def begin(argv: list[str], source: IO[bytes] | int, tools: list["subprocess.Popen[bytes]"]) -> IO[bytes]:
    """Begin a tool that reads `source`, and give what it writes."""
    tool = subprocess.Popen(argv, stdin=source, stdout=subprocess.PIPE)
    tools.append(tool)
    assert tool.stdout
    return widen(tool.stdout)


def hand(fifo: Path, command: list[str]) -> dict[str, object]:
    """Hand what comes to a command, and return how much it was.

    A command that fails at the end of all that came may not be to blame: `failed` is its exit code. Where it stopped reading
    before that, CalledProcessError is raised.
    """
    came = widen(fifo.open("rb", buffering=0))
    tool = subprocess.Popen(command, stdin=subprocess.PIPE)
    assert tool.stdin
    feed, ended = Feed(came, "", widen(tool.stdin)), threading.Event()
    feed.start()
    threading.Thread(target=watch, args=(feed, ended), daemon=True).start()
    code = tool.wait()
    ended.set()
    feed.join()
    if code and feed.trouble:
        raise subprocess.CalledProcessError(code, command[0])
    if feed.trouble:
        raise feed.trouble
    return {"raw": feed.raw, "failed": code} if code else {"raw": feed.raw, "whole": True}


def pack(fifo: Path, file: Path, tap: str, recipients: list[str]) -> dict[str, object]:
    """Pack, and return sizes and hash; raises OSError where there is no room, CalledProcessError where a tool fails."""
    tools: list[subprocess.Popen[bytes]] = []
    # First: a tool that fails before the writer is there would leave it waiting at the other end.
    came = widen(fifo.open("rb", buffering=0))
    packed = begin(["zstd", "-q", "-T0", "-1", "-c"], subprocess.PIPE, tools)
    if recipients:
        compressed = packed
        packed = begin(["age", *(word for recipient in recipients for word in ("-r", recipient))], compressed, tools)
        compressed.close()
    assert tools[0].stdin
    feed, ended = Feed(came, tap, widen(tools[0].stdin)), threading.Event()
    feed.start()
    threading.Thread(target=watch, args=(feed, ended), daemon=True).start()
    digest, size = hashlib.sha256(), 0
    with file.open("wb", buffering=0) as stored:
        while chunk := packed.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            while chunk:
                chunk = chunk[stored.write(chunk) :]
        ended.set()
        os.fsync(stored.fileno())
    for tool in reversed(tools):
        # The last one first: those before it fail because it did.
        if tool.wait():
            raise subprocess.CalledProcessError(tool.returncode, str(tool.args))
    feed.join()
    if feed.trouble:
        raise feed.trouble
    return {"size": size, "sha256": digest.hexdigest(), "raw": feed.raw, "tapped": feed.tapped, "whole": True}


if __name__ == "__main__":
    what, source, *more = sys.argv[1:]
    done = hand(Path(source), more) if what == "hand" else pack(Path(source), Path(more[0]), more[1], more[2:])
    sys.stdout.write(json.dumps(done) + "\n")
