"""Whether a container that was started stays: runs on, or becomes healthy where it has a healthcheck."""

import time
from collections.abc import Callable

import docker.errors

from runner.containers.client import Client, engine_errors
from runner.containers.given_configuration import Attributes
from runner.containers.last_words import redact
from runner.errors import RollOutFailed

_POLL = 0.2
_LINES = 12
_WIDTH = 300


def await_running(
    client: Client, name: str, seconds: float, *, steady: float = 5.0, go_on: Callable[[], object] = lambda: None
) -> None:
    """Wait until a container is healthy; one without a healthcheck has to run for `steady` seconds without a restart.

    `go_on` is asked meanwhile; what it raises ends the waiting.

    Raises:
        RollOutFailed: it ended, or did neither within `seconds`; with the last lines of its log.
        EngineRefused, EngineMissing: also when there is no such container.
    """
    deadline, since = time.monotonic() + seconds, time.monotonic()
    started = ""
    while True:
        container = _inspect(client, name)
        state, now = container["State"], time.monotonic()
        if state["StartedAt"] != started or not _runs(state):
            started, since = state["StartedAt"], now
        if _runs(state) and _is_well(state, now - since >= steady):
            return
        if state["Status"] in ("exited", "dead", "created"):
            raise RollOutFailed(f"{name} ended with exit code {state['ExitCode']}; {_last_lines(client, name)}")
        if now > deadline:
            raise RollOutFailed(f"{name} is {_condition(state)} after {seconds:g} s; {_last_lines(client, name)}")
        go_on()
        time.sleep(_POLL)


def _inspect(client: Client, name: str) -> Attributes:
    with engine_errors(f"looking after {name}"):
        found: Attributes = client.api.inspect_container(name)
    return found


def _runs(state: Attributes) -> bool:
    return bool(state["Running"]) and not state["Restarting"] and not state["Paused"]


def _is_well(state: Attributes, is_steady: bool) -> bool:
    health = (state.get("Health") or {}).get("Status", "none")
    return health == "healthy" or (health == "none" and is_steady)


def _condition(state: Attributes) -> str:
    health = (state.get("Health") or {}).get("Status", "none")
    return str(state["Status"]) if health == "none" or not state["Running"] else health


def _last_lines(client: Client, name: str) -> str:
    """A log goes where its driver sends it; not every driver gives it back."""
    try:
        log = client.api.logs(name, tail=_LINES)
    except docker.errors.APIError as error:
        return f"its log cannot be read here ({error.explanation})"
    lines = [line.strip()[:_WIDTH] for line in redact(log, ()).decode(errors="replace").splitlines() if line.strip()]
    return "it said last: " + " | ".join(lines) if lines else "it said nothing"
