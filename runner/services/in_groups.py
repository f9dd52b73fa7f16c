"""Many services: stopped by groups ascending, started by groups descending, the members of a group side by side."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import groupby

from runner.errors import ServiceMissing, ServiceRefused
from runner.services.service import Service, State

OnBegin = Callable[[str, tuple[str, ...]], None]
"""Told a service's name and what runs of it, before anything is done; from several threads, one at a time for each service."""
OnEnd = Callable[[str, float], None]
"""Told a service's name and how many seconds it took."""
GoOn = Callable[[], object]
"""Asked before each group and while its members work; what it raises lets those finish that have begun, and no more begin."""
_Failure = ServiceMissing | ServiceRefused
_LOOK = 0.2
"""Seconds between two questions whether to go on."""


def stop_in_groups(
    services: Sequence[Service],
    *,
    at_once: int,
    ran: Mapping[str, tuple[str, ...]] | None = None,
    on_stopping: OnBegin,
    on_stopped: OnEnd,
    go_on: GoOn = lambda: None,
) -> None:
    """Stop every service. Where one does not stop, the others of its group are let finish, and no further group is begun.

    `on_stopping` has to write down what it is told: nothing else knows what to start again. `ran` is what an earlier sitting
    wrote down; what is in it counts, and is not asked again: what runs may be only what is left.

    Raises:
        ServiceMissing, ServiceRefused: naming every service that failed.
    """
    known = ran or {}

    def stop(service: Service) -> None:
        on_stopping(service.name, known[service.name] if service.name in known else service.what_runs())
        began = time.monotonic()
        service.stop()
        on_stopped(service.name, round(time.monotonic() - began, 3))

    for group in _groups(services, descending=False):
        _raise(_side_by_side(stop, group, at_once, go_on))


def start_in_groups(
    services: Sequence[Service],
    ran: Mapping[str, tuple[str, ...]],
    *,
    at_once: int,
    on_starting: OnBegin,
    on_started: OnEnd,
    go_on: GoOn = lambda: None,
) -> None:
    """Start of every service what ran of it, and nothing that did not.

    Where one does not start the other groups are started all the same: each that runs is one less that is down.

    Raises:
        ServiceMissing, ServiceRefused: naming every service that failed.
    """

    def start(service: Service) -> None:
        on_starting(service.name, ran[service.name])
        began = time.monotonic()
        service.start(ran[service.name])
        on_started(service.name, round(time.monotonic() - began, 3))

    wanted = [service for service in services if ran.get(service.name)]
    _raise([failure for group in _groups(wanted, descending=True) for failure in _side_by_side(start, group, at_once, go_on)])


def find_back(services: Sequence[Service], *, at_once: int) -> tuple[str, ...]:
    """Name the services that run again. One with a read-only mode runs on by intent, and is not asked.

    Raises:
        ServiceRefused: one could not be asked; naming all such, and those that run again.
    """
    asked = [service for service in services if not service.stays_up]
    back: list[str] = []

    def ask(service: Service) -> None:
        if service.state() is State.RUNNING:
            back.append(service.name)

    failures = _side_by_side(ask, asked, at_once)
    names = tuple(service.name for service in asked if service.name in back)
    if failures and names:
        failures.append((", ".join(names), ServiceRefused("runs again")))
    _raise(failures)
    return names


def _groups(services: Sequence[Service], *, descending: bool) -> list[list[Service]]:
    ordered = sorted(services, key=lambda service: service.group, reverse=descending)
    return [list(members) for _, members in groupby(ordered, key=lambda service: service.group)]


def _side_by_side(
    act: Callable[[Service], None], services: Sequence[Service], at_once: int, go_on: GoOn = lambda: None
) -> list[tuple[str, _Failure]]:
    """Act on all, at most `at_once` at a time; return who failed, and how.

    Any other exception comes through, once the others have ended; so does what `go_on` raises.
    """
    go_on()

    def tried(service: Service) -> tuple[str, _Failure] | None:
        try:
            act(service)
        except (ServiceMissing, ServiceRefused) as error:
            return service.name, error
        return None

    with ThreadPoolExecutor(at_once, thread_name_prefix="service") as pool:
        begun = [pool.submit(tried, service) for service in services]
        try:
            while wait(begun, timeout=_LOOK).not_done:
                go_on()
            return [failure for one in begun if (failure := one.result())]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _raise(failures: Sequence[tuple[str, _Failure]]) -> None:
    """Raise what happened; of several the messages together."""
    if not failures:
        return
    told = [f"{error.message}" if error.message.startswith(name) else f"{name}: {error.message}" for name, error in failures]
    kinds = {type(error) for _, error in failures}
    raise (ServiceMissing if kinds == {ServiceMissing} else ServiceRefused)("; ".join(told))
