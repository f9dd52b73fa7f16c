"""Services of the control plane: how each kind is stopped, started and asked."""

from collections.abc import Callable, Mapping, Sequence

from runner.containers.client import Client
from runner.errors import ServiceMissing, ServiceProtected
from runner.services import command_service, docker_service, kubernetes_service, systemd_service
from runner.services.protected import why_protected
from runner.services.read_only import ReadOnlyService
from runner.services.service import Service
from runner.services.shell import Shell
from runner.window_settings import ServiceSettings

Connect = Callable[[], Client]
"""Gives the container engine; asked for where a service needs it, and not before."""

OPENERS: Mapping[str, Callable[[str, ServiceSettings, Connect], Service]] = {
    "docker": docker_service.open_docker,
    "systemd": lambda name, settings, _: systemd_service.open_systemd(name, settings),
    "kubernetes": lambda name, settings, _: kubernetes_service.open_kubernetes(name, settings),
    "commands": lambda name, settings, _: command_service.open_commands(name, settings),
}
"""By the kind's key in cloud.yaml."""


def open_services(settings: Mapping[str, ServiceSettings], connect: Connect) -> tuple[Service, ...]:
    """Make the services of cloud.yaml, in its order; nothing is asked yet."""
    return tuple(_open(name, one, connect) for name, one in settings.items())


def _open(name: str, settings: ServiceSettings, connect: Connect) -> Service:
    service = OPENERS[settings.kind](name, settings, connect)
    if settings.read_only is None:
        return service
    return ReadOnlyService(service, settings.read_only, Shell(settings.shell), settings.timeout)


def demand_allowed(services: Sequence[Service]) -> None:
    """Let pass services that are there and none of which is the data plane's; all that are at fault are named. Stops nothing.

    Raises:
        ServiceProtected: a target is on the list; says which, and by which rule.
        ServiceMissing: a service is not there.
        ServiceRefused: whoever has to tell cannot be reached.
    """
    protected, missing = [], []
    for service in services:
        try:
            found = [(target, why_protected(target)) for target in service.targets()]
        except ServiceMissing as error:
            missing.append(error.message)
            continue
        protected += [f"{service.name} would stop {target.name}: {why}" for target, why in found if why]
    if protected:
        raise ServiceProtected("; ".join((*protected, *missing)))
    if missing:
        raise ServiceMissing("; ".join(missing))
