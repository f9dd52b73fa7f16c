"""Services of the tests' own: a process that commands start, stop and ask for."""

from pathlib import Path

from runner.services import open_services
from runner.services.command_service import CommandService
from runner.services.service import Service
from runner.window_settings import ServiceSettings


def kept_running(file: Path, command: str) -> str:
    """Start a command in a session of its own: what a command of the operator's leaves in its own ends with it."""
    begun = f"setsid sh -c 'echo $$ > {file}; exec {command}' >/dev/null 2>&1"
    return f"rm -f {file}; {begun} & until test -s {file}; do sleep 0.02; done"


NOTHING = {"stop": "true", "start": "true", "status": "exit 0"}


def make(name: str = "one", **settings: object) -> Service:
    """Make a service as cloud.yaml would; none of the tests' here needs an engine."""

    def no_engine() -> object:
        raise AssertionError("nobody asks for the engine")

    (service,) = open_services({name: ServiceSettings.model_validate(settings)}, no_engine)
    return service


def process(folder: Path, name: str, *, group: int = 1, timeout: float = 5, **commands: str) -> Service:
    """A service that is a sleeping process, which is stopped at first; `commands` take the place of its own."""
    file = folder / f"{name}.pid"
    own = {
        "start": kept_running(file, "sleep 600"),
        "stop": f"kill $(cat {file})",
        "status": f'test -s {file} || exit 3; grep -q "State:.[SR]" /proc/$(cat {file})/status 2>/dev/null || exit 3',
    }
    return make(name, commands={**own, **commands}, group=group, timeout=timeout)


def launch(*services: Service) -> None:
    """Begin them as somebody else would, without waiting for anything."""
    for service in services:
        assert isinstance(service, CommandService)
        service.shell.run(service.commands.start, timeout=10)
