"""A service that is stopped, started and asked by commands of the operator's."""

from dataclasses import dataclass

from runner.errors import ServiceMissing, ServiceRefused
from runner.services.protected import Target, targets_in
from runner.services.service import ASK_SECONDS, STEADY_SECONDS, State, wait_until
from runner.services.shell import Shell
from runner.window_settings import CommandsTarget, ServiceSettings

_STATES = {0: State.RUNNING, 3: State.STOPPED, 4: State.MISSING}
"""Exit codes of `status`, as systemctl(1) has them; any other tells nothing."""


@dataclass(frozen=True)
class CommandService:
    """Three commands for a shell. What they stop is known by their words alone."""

    name: str
    group: int
    commands: CommandsTarget
    shell: Shell
    timeout: float
    stays_up: bool = False

    def targets(self) -> tuple[Target, ...]:
        if self.state() is State.MISSING:
            raise ServiceMissing(f"{self.name}: its status command says that it is not there")
        return (Target(self.name), *targets_in(self.commands.stop))

    def state(self) -> State:
        end = self.shell.run(self.commands.status, timeout=ASK_SECONDS)
        assert end.exit_code is not None, "the shell tells it or raises"
        if end.exit_code not in _STATES:
            raise ServiceRefused(f"{self.name}: its status command tells nothing (exit code {end.exit_code}): {end.last_words}")
        return _STATES[end.exit_code]

    def what_runs(self) -> tuple[str, ...]:
        return (self.name,) if self.state() is State.RUNNING else ()

    def stop(self) -> None:
        if self.state() is State.MISSING:
            raise ServiceMissing(f"{self.name}: its status command says that it is not there")
        self._do("stop", self.commands.stop, State.STOPPED, steady=0.0)

    def start(self, what_ran: tuple[str, ...]) -> None:
        if what_ran:
            self._do("start", self.commands.start, State.RUNNING, steady=STEADY_SECONDS)

    def _do(self, verb: str, command: str, wanted: State, *, steady: float) -> None:
        if self.state() is wanted:
            return
        end = self.shell.run(command, timeout=self.timeout)
        rest = max(1.0, self.timeout - end.seconds) if end.exit_code == 0 else 0.0

        def ask() -> str | None:
            now = self.state()
            return None if now is wanted else str(now)

        if still := wait_until(ask, timeout=rest, steady=steady):
            said = f"exit code {end.exit_code}, {end.last_words}" if end.output else f"exit code {end.exit_code}"
            raise ServiceRefused(f"{self.name} did not {verb}: it is {still}; the command: {said}")


def open_commands(name: str, settings: ServiceSettings) -> CommandService:
    """Make the service."""
    assert settings.commands, "this kind was chosen"
    return CommandService(name, settings.group, settings.commands, Shell(settings.shell), settings.timeout)
