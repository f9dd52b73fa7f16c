"""Pack a stream: FIFO -> zstd [-> age] -> file, hashed on its way. Says each second how many bytes came in.

Arguments: FIFO FILE [RECIPIENT...]. Of the bytes only packed ones pass through here: zstd reads the FIFO itself.
"""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

CHUNK = 1 << 20


def widen(pipe: IO[bytes]) -> IO[bytes]:
    """Have a pipe hold more, where the kernel lets us: with 64 KiB those at its ends mostly wake each other."""
    with suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, CHUNK)
    return pipe


def read_bytes(process: int) -> int:
    """How many bytes a process has read; 0 once it is gone."""
    try:
        return int(Path(f"/proc/{process}/io").read_text().split()[1])
    except OSError:
        return 0


def watch(process: int, ended: threading.Event) -> None:
    """Say each second how far it is."""
    while not ended.wait(1):
        sys.stdout.write(json.dumps({"raw": read_bytes(process)}) + "\n")
        sys.stdout.flush()


def begin(argv: list[str], source: IO[bytes], tools: list["subprocess.Popen[bytes]"]) -> IO[bytes]:
    """Begin a tool that reads `source`, and give what it writes."""
    tool = subprocess.Popen(argv, stdin=source, stdout=subprocess.PIPE)
    source.close()
    tools.append(tool)
    assert tool.stdout
    return widen(tool.stdout)


def pack(fifo: Path, file: Path, recipients: list[str]) -> dict[str, object]:
    """Pack, and return sizes and hash; raises OSError where there is no room, CalledProcessError where a tool fails."""
    tools: list[subprocess.Popen[bytes]] = []
    packed = begin(["zstd", "-q", "-T0", "-1", "-c"], widen(fifo.open("rb", buffering=0)), tools)
    if recipients:
        packed = begin(["age", *(word for recipient in recipients for word in ("-r", recipient))], packed, tools)
    ended = threading.Event()
    threading.Thread(target=watch, args=(tools[0].pid, ended), daemon=True).start()
    digest, size, raw = hashlib.sha256(), 0, 0
    with file.open("wb", buffering=0) as stored:
        while chunk := packed.read(CHUNK):
            # Asked for before that process is gone: the last answer is the whole.
            raw = read_bytes(tools[0].pid) or raw
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
    return {"size": size, "sha256": digest.hexdigest(), "raw": raw}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(pack(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])) + "\n")
