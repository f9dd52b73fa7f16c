"""A clone: a throw-away server on a copy of a data directory, open for statements."""

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.containers.claims import Claim, claim_clone
from runner.containers.client import Client
from runner.containers.clone_server import MEMORY, clone_server
from runner.containers.copies import Copy, copy_tree
from runner.containers.network import RELAY_HOST
from runner.errors import CloneFailed, LoginRefused
from runner.mariadb.clone_accounts import PREFIX, clone_account
from runner.mariadb.connection import DatabaseServer, open_server
from runner.settings import Server

READING = (
    "--innodb-read-only",
    "--loose-innodb-flush-method=fsync",
    "--innodb-buffer-pool-size=256M",
    "--loose-innodb-read-ahead-threshold=0",
)
"""Options of a clone that is only read. Files are opened for reading, so that an overlay copies none of them, and read
through the kernel's cache, where those who hash them read them too; in the buffer, ranges are found and then read. Every
page is followed by the next ones, which takes a third off (measured)."""


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """What clones run with.

    `image` is production's, or has the same version of MariaDB; `tools` is an image with GNU coreutils. `options` are
    mariadbd's (runner/mariadb/clone_options.py); `memory` is in bytes.
    """

    image: str
    tools: str
    options: Sequence[str] = ()
    memory: int = MEMORY


@dataclass(frozen=True)
class Clone:
    """An open clone. `address` is how steps know it; `seconds` passed from the copy's beginning to the first login."""

    server: DatabaseServer
    address: Server
    copy: Copy
    seconds: float


@contextmanager
def open_clone(client: Client, data: Path, place: Path, equipment: Equipment) -> Iterator[Clone]:
    """Copy a data directory into a folder below `place`, start a server on it and log in; nothing is left at the end.

    Raises:
        DiskFull, CloneFailed, EngineRefused, EngineMissing
    """
    began = time.monotonic()
    with claim_clone(client) as claim:
        copy = copy_tree(client, claim, data, place / claim.name, image=equipment.tools)
        with start_clone(client, claim, copy, equipment, began=began) as clone:
            yield clone


@contextmanager
def start_clone(
    client: Client, claim: Claim, copy: Copy, equipment: Equipment, *, settle: bool = False, began: float | None = None
) -> Iterator[Clone]:
    """Start a server on a copy and log in; with `settle` the copy can be copied again after the block.

    Raises:
        CloneFailed, EngineRefused, EngineMissing
    """
    began = began or time.monotonic()
    account, password = f"{PREFIX}{secrets.token_hex(4)}", secrets.token_hex(20)
    running = clone_server(
        client,
        claim,
        copy,
        image=equipment.image,
        init=clone_account(account, password),
        options=equipment.options,
        memory=equipment.memory,
        settle=settle,
    )
    with running as started, ExitStack() as stack:
        address = Server(host=RELAY_HOST, user=account, password_file="", from_steps=started.from_steps)
        try:
            server = stack.enter_context(open_server(address, password, socket=started.socket))
        except LoginRefused as error:
            words = f"a clone's server does not take the account that it was given: are its accounts damaged? {error.message}"
            raise CloneFailed(words) from error
        yield Clone(server, address, copy, time.monotonic() - began)
