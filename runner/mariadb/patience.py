"""Waiting for a server that was just started."""

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from runner.errors import LoginRefused, ServerUnreachable
from runner.mariadb.connection import open_server
from runner.settings import Server


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
