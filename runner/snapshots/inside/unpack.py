"""Unpack a stored stream and hash it in one reading: file -> [age ->] zstd -> COMMAND. Says how many bytes were read.

Arguments: FILE IDENTITY COMMAND...; IDENTITY is age's file, or empty. A tool that fails does not keep the rest of the file
from being hashed: whether the file is the one that was stored is the first thing to know.
"""

import fcntl
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

CHUNK = 1 << 20


def widen(pipe: IO[bytes] | None) -> IO[bytes] | None:
    """Have a pipe hold more, where the kernel lets us: with 64 KiB those at its ends mostly wake each other."""
    if pipe:
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, CHUNK)
    return pipe


def begin(commands: list[list[str]]) -> tuple[IO[bytes], list["subprocess.Popen[bytes]"]]:
    """Begin the tools, each reading what the one before writes; returns what the first one reads."""
    tools: list[subprocess.Popen[bytes]] = []
    first: IO[bytes] | None = None
    before: IO[bytes] | None = None
    for number, argv in enumerate(commands, 1):
        tool = subprocess.Popen(
            argv, stdin=before or subprocess.PIPE, stdout=subprocess.PIPE if number < len(commands) else None
        )
        if before:
            before.close()
        before, first = widen(tool.stdout), first or widen(tool.stdin)
        tools.append(tool)
    assert first
    return first, tools


def read(stored: IO[bytes], faults: list[str]) -> Iterator[bytes]:
    """Read it to its end, or to where it cannot be read, which is added to `faults`."""
    try:
        while chunk := stored.read(CHUNK):
            yield chunk
    except OSError as error:
        faults.append(str(error.strerror))


def unpack(file: Path, identity: str, command: list[str]) -> dict[str, object]:
    """Unpack, and return size and hash of the file, which tools failed, and what kept the file from being read."""
    commands = [*([["age", "-d", "-i", identity]] if identity else []), ["zstd", "-q", "-dc"], command]
    sink, tools = begin(commands)
    digest, size, said, takes = hashlib.sha256(), 0, time.monotonic(), True
    faults: list[str] = []
    with file.open("rb", buffering=0) as stored:
        for chunk in read(stored, faults):
            digest.update(chunk)
            size += len(chunk)
            if takes:
                try:
                    sink.write(chunk)
                except OSError:
                    takes = False
            if time.monotonic() > said + 1:
                said = time.monotonic()
                sys.stdout.write(json.dumps({"read": size}) + "\n")
                sys.stdout.flush()
    with suppress(OSError):
        sink.close()
    failed = [argv[0] for argv, tool in zip(commands, tools, strict=True) if tool.wait()]
    return {"size": size, "sha256": digest.hexdigest(), "failed": failed, "faults": faults}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(unpack(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])) + "\n")
