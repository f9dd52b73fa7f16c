"""Containers on our engine: one by its name, or all that carry a label as one service."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

from runner.containers.client import Client
from runner.containers.service_containers import (
    ServiceContainer,
    find_by_label,
    find_by_name,
    set_restart,
    start_container,
    stop_container,
)
from runner.errors import EngineMissing, EngineRefused, EngineTooOld, ServiceMissing, ServiceRefused
from runner.services.protected import Target
from runner.services.service import STEADY_SECONDS, State, wait_until
from runner.services.shell import Shell
from runner.services.systemd_service import Unit, act_on_unit, show_units
from runner.window_settings import DockerTarget, ServiceSettings

_GRACE = 60
"""Seconds between the stop signal and the end by force, where the container has none of its own: as Kolla has it."""
_KILL_SECONDS = 5
_HONOURS_A_STOP = ("no", "unless-stopped")
"""`always` and `on-failure` start a stopped container when the engine itself is started again (moby, restartmanager.go)."""
_SIDE_BY_SIDE = 8


@dataclass(frozen=True)
class Ran:
    """A container that ran, in words: `keystone_api restart=always was-failing`.

    `restart` is what its policy was, where another is better while it is stopped. One that `was_failing` was being restarted by
    the engine: nobody can demand that it runs again.
    """

    name: str
    restart: str | None = None
    was_failing: bool = False

    @property
    def words(self) -> str:
        return " ".join(
            (self.name, *([f"restart={self.restart}"] if self.restart else ()), *(["was-failing"] if self.was_failing else ()))
        )

    @classmethod
    def of(cls, container: ServiceContainer) -> "Ran":
        restart = None if container.restart in _HONOURS_A_STOP else container.restart
        return cls(container.name, restart, container.status == "restarting")

    @classmethod
    def read(cls, words: str) -> "Ran":
        name, *rest = words.split()
        restart = next((word.removeprefix("restart=") for word in rest if word.startswith("restart=")), None)
        return cls(name, restart, "was-failing" in rest)


@dataclass(frozen=True)
class Part:
    """A container, and the unit of Kolla's that keeps it running, where there is one."""

    container: ServiceContainer
    unit: Unit | None

    @property
    def runs(self) -> bool:
        return self.container.runs or (self.unit is not None and self.unit.runs)

    @property
    def words(self) -> str:
        unit = f", {self.unit.name} {self.unit.words}" if self.unit else ""
        return f"{self.container.name} {self.container.status}{unit}"


@dataclass(frozen=True)
class DockerService:
    """One or several containers. `connect` gives the engine, which is asked for when it is first needed."""

    name: str
    group: int
    target: DockerTarget
    connect: Callable[[], Client]
    shell: Shell
    timeout: float
    stays_up: bool = False

    def targets(self) -> tuple[Target, ...]:
        is_named = self.target.name is not None
        return tuple(Target(part.container.name, part.container.also, is_named) for part in self._demand())

    def state(self) -> State:
        parts = self._look()
        if not parts:
            return State.MISSING
        return State.RUNNING if any(part.runs for part in parts) else State.STOPPED

    def what_runs(self) -> tuple[str, ...]:
        return tuple(Ran.of(part.container).words for part in self._look() if part.runs)

    def stop(self) -> None:
        running = [part for part in self._demand() if part.runs]
        if doomed := [part.container.name for part in running if part.container.is_removed_by_stop]:
            raise ServiceRefused(f"{self.name}: {', '.join(doomed)}: started with --rm, it would be gone when it is stopped")
        complaints = self._side_by_side(self._stop_one, running)
        still = wait_until(self._what_runs_still, timeout=_KILL_SECONDS if not complaints else 0.0)
        if still:
            raise ServiceRefused(f"{self.name} did not stop: {'; '.join((still, *complaints))}")

    def start(self, what_ran: tuple[str, ...]) -> None:
        wanted = {ran.name: ran for ran in map(Ran.read, what_ran)}
        if not wanted:
            return
        there = {part.container.name: part for part in self._look()}
        if gone := sorted(wanted.keys() - there.keys()):
            raise ServiceMissing(f"{self.name}: {', '.join(gone)} ran before, and is not there any more")
        complaints = self._side_by_side(
            lambda part: self._start_one(part, wanted[part.container.name]), [there[n] for n in wanted]
        )

        def ask() -> str | None:
            steady = {part.container.name for part in self._look() if part.container.status == "running"}
            missing = [ran.name for ran in wanted.values() if not ran.was_failing and ran.name not in steady]
            return ", ".join(missing) or None

        if not_there := wait_until(ask, timeout=0.0 if complaints else self.timeout, steady=STEADY_SECONDS):
            told = "; ".join((*self._tell(not_there.split(", ")), *complaints))
            raise ServiceRefused(f"{self.name} does not run: {told}")

    def _stop_one(self, part: Part) -> None:
        container = part.container
        if container.restart not in _HONOURS_A_STOP:
            set_restart(self._client, container.name, "unless-stopped")
        if part.unit and part.unit.runs:
            # Stopped behind its back it would be started again at once: Restart=always around `docker start -a`.
            act_on_unit(self.shell, "stop", part.unit.name, timeout=self.timeout)
        grace = min(_GRACE if container.grace is None else container.grace, max(1, int(self.timeout) - _KILL_SECONDS))
        stop_container(self._client, container.name, grace=grace)

    def _start_one(self, part: Part, ran: Ran) -> None:
        if ran.restart and part.container.restart != ran.restart:
            set_restart(self._client, ran.name, ran.restart)
        if part.unit:
            act_on_unit(self.shell, "start", part.unit.name, timeout=self.timeout)
        elif part.container.status != "running":
            start_container(self._client, ran.name)

    def _side_by_side(self, act: Callable[[Part], None], parts: Sequence[Part]) -> tuple[str, ...]:
        """Act on every part; what did not go well is returned, in words."""

        def tried(part: Part) -> str | None:
            try:
                act(part)
            except (EngineRefused, EngineMissing, ServiceRefused) as error:
                return error.message
            return None

        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            return tuple(said for said in pool.map(tried, parts) if said)

    def _what_runs_still(self) -> str | None:
        return "; ".join(part.words for part in self._look() if part.runs) or None

    def _tell(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(part.words for part in self._look() if part.container.name in names)

    @cached_property
    def _client(self) -> Client:
        try:
            return self.connect()
        except (EngineMissing, EngineTooOld) as error:
            raise ServiceRefused(f"{self.name}: {error.message}") from error

    def _look(self) -> tuple[Part, ...]:
        try:
            if self.target.name is not None:
                found = tuple(filter(None, [find_by_name(self._client, self.target.name)]))
            else:
                assert self.target.label, "it has a name or a label"
                found = find_by_label(self._client, self.target.label)
        except (EngineRefused, EngineMissing) as error:
            raise ServiceRefused(f"{self.name}: {error.message}") from error
        units = self._units(found)
        return tuple(Part(one, units.get(one.name)) for one in found)

    def _units(self, containers: Sequence[ServiceContainer]) -> dict[str, Unit]:
        """Find Kolla's units of these containers (kolla_systemd_worker.py); where no systemd is there are none."""
        if not containers:
            return {}
        told = show_units(self.shell, tuple(f"kolla-{one.name}-container.service" for one in containers))
        pairs = zip(containers, () if isinstance(told, str) else told, strict=False)
        return {one.name: unit for one, unit in pairs if unit.is_there}

    def _demand(self) -> tuple[Part, ...]:
        if not (parts := self._look()):
            what = self.target.name or f"with the label {self.target.label}"
            raise ServiceMissing(f"{self.name}: there is no container {what} on the engine")
        return parts


def open_docker(name: str, settings: ServiceSettings, connect: Callable[[], Client]) -> DockerService:
    """Make the service; a container is named by a string, too."""
    target = DockerTarget(name=settings.docker) if isinstance(settings.docker, str) else settings.docker
    assert target, "this kind was chosen"
    return DockerService(name, settings.group, target, connect, Shell(settings.shell), settings.timeout)
