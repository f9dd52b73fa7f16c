"""Unpack a stored stream and hash it in one reading: file -> [age ->] zstd -> COMMAND. Says how many bytes were read.

Arguments: FILE IDENTITY COMMAND...; IDENTITY is age's file, or empty. A tool that fails does not keep the rest of the file
from being hashed: whether the file is the one that was stored is the first thing to know.
"""

import hashlib
import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

CHUNK = 1 << 20


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
        before, first = tool.stdout, first or tool.stdin
        tools.append(tool)
    assert first
    return first, tools


def unpack(file: Path, identity: str, command: list[str]) -> dict[str, object]:
    """Unpack, and return size and hash of the file, and which tools failed."""
    commands = [*([["age", "-d", "-i", identity]] if identity else []), ["zstd", "-q", "-dc"], command]
    sink, tools = begin(commands)
    digest, size, said, takes = hashlib.sha256(), 0, time.monotonic(), True
    with file.open("rb", buffering=0) as stored:
        while chunk := stored.read(CHUNK):
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
    return {"size": size, "sha256": digest.hexdigest(), "failed": failed}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(unpack(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])) + "\n")
