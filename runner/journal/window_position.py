"""Entries -> where the window is: which phases are behind; what is stopped, locked, recreated; whether it turned back."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from runner.journal import window_entry as w
from runner.journal.entry import Entry, PhaseBegan, PhaseEnded, RunEnded, RunResumed, Stamped


@dataclass(frozen=True)
class WindowPosition:
    """What the entries so far imply of the window; a run without one has none of it.

    `begun` and `behind` are phases, in the order in which they were entered and left. `found` maps a service to what of it
    ran before it was first stopped. `recreated` maps a service to its last `Recreating`. `is_held`: accounts are locked
    that we have to unlock. `hooks` are those that ended well, `hook` began and may still be at work. `waiting` is what
    somebody has to decide about before the run goes on.
    """

    opened: w.WindowOpened | None = None
    opened_at: datetime.datetime | None = None
    begun: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    undone: frozenset[str] = frozenset()
    undoing: str = ""
    found: MappingProxyType[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    stopped: frozenset[str] = frozenset()
    locked: tuple[w.SilencedAccount, ...] = ()
    is_held: bool = False
    twins: tuple[tuple[str, str], ...] = ()
    snapshot: str = ""
    hook: w.HookBegan | None = None
    hooks: frozenset[tuple[str, str]] = frozenset()
    recreated: MappingProxyType[str, w.Recreating] = field(default_factory=lambda: MappingProxyType({}))
    gates: frozenset[str] = frozenset()
    turning: w.TurningBack | None = None
    watched: w.WatchEnded | None = None
    waiting: str = ""
    token: int = 0

    @property
    def is_past_return(self) -> bool:
        return w.POINT_OF_NO_RETURN in self.gates

    @property
    def at_work(self) -> str:
        """The phase that was entered and not left; empty where there is none."""
        return next((phase for phase in reversed(self.begun) if phase not in self.behind), "")

    @property
    def holds(self) -> tuple[str, ...]:
        """What is still not as it was, or as it should be, in words; nothing: the next run may begin."""
        kept = [one.kept for one in self.recreated.values() if not self.is_past_return and "roll out" not in self.undone]
        return (
            *(f"service {name} is stopped" for name in sorted(self.stopped)),
            *(["accounts of services are locked"] if self.is_held else []),
            *(f"{user}@{host} is a twin of a locked account" for user, host in self.twins),
            *(f"{name} is kept for turning back" for name in kept),
            *(["it is being turned back"] if self.turning else []),
        )

    @property
    def to_undo(self) -> tuple[str, ...]:
        """The phases that were entered and are not undone, the last one first."""
        return tuple(phase for phase in reversed(self.begun) if phase not in self.undone)


def replay_window(entries: Iterable[Stamped]) -> WindowPosition:
    """Imply where the window is from all entries of one journal."""
    position = WindowPosition()
    for stamped in entries:
        if isinstance(stamped.entry, w.WindowOpened) and position.opened is None:
            position = replace(position, opened_at=stamped.at)
        position = _advance(position, stamped.entry)
    return position


def _advance(at: WindowPosition, entry: Entry) -> WindowPosition:
    change = _CHANGES.get(type(entry))
    return replace(at, **change(at, entry)) if change else at


def _begin(at: WindowPosition, entry: PhaseBegan) -> dict[str, Any]:
    # A restore that undoes the chain has phases of its own.
    return {} if at.undoing else {"begun": _with(at.begun, entry.phase), "undone": at.undone - {entry.phase}}


def _lock(at: WindowPosition, entry: w.AccountsLocking) -> dict[str, Any]:
    known = {(one.user, one.host) for one in at.locked}
    new = tuple(one for one in entry.accounts if (one.user, one.host) not in known)
    # Whoever locks them again has to give them back again.
    return {"is_held": True, "locked": at.locked + new, "undone": at.undone - {"silence"}}


def _hook(at: WindowPosition, entry: w.HookEnded) -> dict[str, Any]:
    return {"hook": None, "hooks": at.hooks | {(entry.point, entry.name)} if entry.exit_code == 0 else at.hooks}


def _with(phases: tuple[str, ...], phase: str) -> tuple[str, ...]:
    return phases if phase in phases else (*phases, phase)


_CHANGES: Mapping[type, Callable[[WindowPosition, Any], dict[str, Any]]] = MappingProxyType(
    {
        PhaseBegan: _begin,
        PhaseEnded: lambda at, entry: {"behind": _with(at.behind, entry.phase)},
        # The clock is not wound again by whoever takes the run up, nor are what ran and why it turned asked again.
        w.WindowOpened: lambda at, entry: {"opened": at.opened or entry},
        w.ServiceStopping: lambda at, entry: {"found": MappingProxyType({entry.service: entry.running, **at.found})},
        w.TurningBack: lambda at, entry: {"turning": at.turning or entry, "waiting": ""},
        w.Waiting: lambda _, entry: {"waiting": entry.about},
        w.Decided: lambda _, __: {"waiting": ""},
        RunResumed: lambda _, __: {"waiting": ""},
        RunEnded: lambda _, __: {"waiting": ""},
        # One that did not run before is not started either.
        w.ServiceStopped: lambda at, entry: {"stopped": at.stopped | {entry.service}} if at.found.get(entry.service) else {},
        w.ServiceStarted: lambda at, entry: {"stopped": at.stopped - {entry.service}},
        w.AccountsLocking: _lock,
        w.TwinsMaking: lambda at, entry: {"twins": at.twins + tuple(set(entry.accounts) - set(at.twins))},
        w.TwinsDropped: lambda _, __: {"twins": ()},
        w.AccountsGivenBack: lambda _, __: {"is_held": False},
        w.SnapshotTaken: lambda _, entry: {"snapshot": entry.snapshot},
        w.HookBegan: lambda _, entry: {"hook": entry},
        w.HookEnded: _hook,
        w.Recreating: lambda at, entry: {"recreated": MappingProxyType({**at.recreated, entry.service: entry})},
        w.GatePassed: lambda at, entry: {"gates": at.gates | {entry.gate}},
        w.UndoBegan: lambda _, entry: {"undoing": entry.phase},
        w.UndoEnded: lambda at, entry: {"undone": at.undone | {entry.phase}, "undoing": ""},
        w.LeaseTaken: lambda _, entry: {"token": entry.token},
        w.WatchEnded: lambda _, entry: {"watched": entry},
    }
)
