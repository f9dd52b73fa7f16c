"""A systemd unit, on this machine or behind the operator's shell."""

import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass

from runner.errors import ServiceMissing, ServiceRefused
from runner.services.protected import Target
from runner.services.service import ASK_SECONDS, STEADY_SECONDS, State, wait_until
from runner.services.shell import Shell
from runner.window_settings import ServiceSettings

_RESTING = ("inactive", "failed")
_PROPERTIES = "Id Names LoadState ActiveState SubState RequiredBy BoundBy ConsistsOf"
_LEAST_SECONDS = 1.0


@dataclass(frozen=True)
class Unit:
    """A unit as `systemctl show` tells it.

    `is-active` would not do: its exit code is that of a stopped unit while systemd waits to start it again.
    """

    name: str
    load: str
    active: str
    sub: str
    names: tuple[str, ...] = ()
    goes_along: tuple[str, ...] = ()
    """Units that systemd stops when it stops this one (systemd.unit(5): Requires, BindsTo, PartOf); targets run nothing."""

    @property
    def is_there(self) -> bool:
        return self.load not in ("not-found", "masked") or self.runs

    @property
    def runs(self) -> bool:
        return self.active not in _RESTING

    @property
    def words(self) -> str:
        return f"{self.active} ({self.sub})"


def show_units(shell: Shell, names: tuple[str, ...]) -> tuple[Unit, ...] | str:
    """Ask for units, which answer in this order; or return the complaint, where no systemd answers.

    Raises:
        ServiceRefused: the shell cannot be reached.
    """
    wanted = " ".join(f"-p {name}" for name in _PROPERTIES.split())
    end = shell.run(f"systemctl show --no-pager {wanted} -- {shlex.join(names)}", timeout=ASK_SECONDS)
    blocks = [block for block in end.output.split("\n\n") if "LoadState=" in block]
    if end.exit_code != 0 or len(blocks) != len(names):
        return end.last_words
    return tuple(_read(name, block) for name, block in zip(names, blocks, strict=True))


def _read(name: str, block: str) -> Unit:
    said = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    along = " ".join(said.get(key, "") for key in ("RequiredBy", "BoundBy", "ConsistsOf")).split()
    names = tuple(said.get("Names", "").split())
    return Unit(
        name,
        said["LoadState"],
        said.get("ActiveState", ""),
        said.get("SubState", ""),
        names,
        tuple(one for one in along if not one.endswith(".target")),
    )


def act_on_unit(shell: Shell, verb: str, unit: str, *, timeout: float) -> None:
    """Have systemd stop or start a unit, and wait until it has.

    Raises:
        ServiceRefused: it did not, in systemctl's words; or the shell cannot be reached, or there was no answer in time.
    """
    end = shell.run(f"systemctl {verb} --no-ask-password -- {shlex.quote(unit)}", timeout=timeout)
    if end.exit_code != 0:
        raise ServiceRefused(f"systemctl {verb} {unit}: {end.last_words}")


@dataclass(frozen=True)
class SystemdService:
    """One unit."""

    name: str
    group: int
    unit: str
    shell: Shell
    timeout: float
    stays_up: bool = False

    def targets(self) -> tuple[Target, ...]:
        unit = self._demand()
        return (Target(self.unit, also=unit.names), *(Target(one, is_named=False) for one in unit.goes_along))

    def state(self) -> State:
        unit = self._look()
        if not unit.is_there:
            return State.MISSING
        return State.RUNNING if unit.runs else State.STOPPED

    def what_runs(self) -> tuple[str, ...]:
        return (self.unit,) if self._look().runs else ()

    def stop(self) -> None:
        unit = self._demand()
        if not unit.runs:
            return
        if unit.load != "loaded":
            raise ServiceRefused(f"{self.name}: {self.unit} could not be started again: its unit file is {unit.load}")
        self._do("stop", lambda unit: unit.runs, steady=0.0)

    def start(self, what_ran: tuple[str, ...]) -> None:
        if what_ran and self._demand().active != "active":
            self._do("start", lambda unit: unit.active != "active", steady=STEADY_SECONDS)

    def _do(self, verb: str, is_in_the_way: Callable[[Unit], bool], *, steady: float) -> None:
        began = time.monotonic()
        try:
            act_on_unit(self.shell, verb, self.unit, timeout=self.timeout)
            said, rest = "", max(_LEAST_SECONDS, self.timeout - (time.monotonic() - began))
        except ServiceRefused as error:
            said, rest = f"; {error.message}", 0.0

        def ask() -> str | None:
            unit = self._look()
            return unit.words if is_in_the_way(unit) else None

        if still := wait_until(ask, timeout=rest, steady=steady):
            raise ServiceRefused(f"{self.name} did not {verb}: {self.unit} is {still}{said}")

    def _look(self) -> Unit:
        found = show_units(self.shell, (self.unit,))
        if isinstance(found, str):
            raise ServiceRefused(f"{self.name}: systemctl does not tell of {self.unit}: {found}")
        return found[0]

    def _demand(self) -> Unit:
        unit = self._look()
        if not unit.is_there:
            raise ServiceMissing(f"{self.name}: there is no unit {self.unit} (it is {unit.load})")
        return unit


def open_systemd(name: str, settings: ServiceSettings) -> SystemdService:
    """Make the service."""
    assert settings.systemd, "this kind was chosen"
    return SystemdService(name, settings.group, settings.systemd, Shell(settings.shell), settings.timeout)
