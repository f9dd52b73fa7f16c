"""A service that is taken into its own read-only mode instead of being stopped."""

from dataclasses import dataclass

from runner.errors import ServiceMissing, ServiceRefused
from runner.services.protected import Target, targets_in
from runner.services.service import Service, State
from runner.services.shell import Shell
from runner.window_settings import ReadOnly


@dataclass(frozen=True)
class ReadOnlyService:
    """A service of any kind around which two commands are put. Whether it is in its mode only their exit codes say."""

    service: Service
    mode: ReadOnly
    shell: Shell
    timeout: float
    stays_up: bool = True

    @property
    def name(self) -> str:
        return self.service.name

    @property
    def group(self) -> int:
        return self.service.group

    def targets(self) -> tuple[Target, ...]:
        return (*self.service.targets(), *targets_in(self.mode.enter))

    def state(self) -> State:
        return self.service.state()

    def what_runs(self) -> tuple[str, ...]:
        return self.service.what_runs()

    def stop(self) -> None:
        """Enter the mode; a service that does not run is left as it is."""
        if (state := self.state()) is State.MISSING:
            raise ServiceMissing(f"{self.name} is not there")
        if state is State.RUNNING:
            self._do("enter", self.mode.enter)

    def start(self, what_ran: tuple[str, ...]) -> None:
        """Leave the mode, once what ran runs, should it have ended meanwhile."""
        if what_ran:
            self.service.start(what_ran)
            self._do("leave", self.mode.leave)

    def _do(self, verb: str, command: str) -> None:
        end = self.shell.run(command, timeout=self.timeout)
        if end.exit_code != 0:
            raise ServiceRefused(f"{self.name} did not {verb} its read-only mode: exit code {end.exit_code}, {end.last_words}")
