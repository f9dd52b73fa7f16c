"""Waiting for a server that was just started."""

import time
from collections.abc import Callable

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from runner.errors import LoginRefused, ServerUnreachable
from runner.mariadb.connection import open_server
from runner.settings import Server

PATIENCE = 600.0
"""Seconds a server with production's data may take to come up."""


def await_server(server: Server, password: str, *, seconds: float = 90) -> None:
    """Wait until the server takes our account.

    Raises:
        ServerUnreachable: it did not within `seconds`.
        LoginRefused: it does, but not us.
    """
    # While its data directory is being made, a server knows no accounts yet.
    early = retry_if_exception_type((ServerUnreachable, LoginRefused))
    for attempt in Retrying(retry=early, stop=stop_after_delay(seconds), wait=wait_fixed(0.2), reraise=True):
        with attempt, open_server(server, password):
            return


def await_up(server: Server, password: str, ended: Callable[[], str]) -> None:
    """Wait until a server with production's data takes our account; `ended` says how it ended, empty: it has not.

    Raises:
        ServerUnreachable: it ended, or takes longer than PATIENCE.
        LoginRefused, TlsRequired: it came up, and does not take us.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return await_server(server, password, seconds=3)
        except ServerUnreachable as error:
            if words := ended():
                raise ServerUnreachable(f"it ended: {words}") from error
            if time.monotonic() > deadline:
                raise ServerUnreachable(f"it takes no connections after {PATIENCE:.0f} s: {error.message}") from error
