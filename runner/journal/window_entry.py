"""What a journal can say of the window around a chain: services, silence, hooks, decisions, and what was undone."""

from typing import Literal

from pydantic import Field

from runner.frozen import Frozen

POINT_OF_NO_RETURN = "point of no return"
"""The gate behind which nothing is turned back."""


class LeaseTaken(Frozen):
    """The database server's lease is ours, with this token; tokens only grow."""

    kind: Literal["lease-taken"] = "lease-taken"
    token: int


class Waiting(Frozen):
    """Nothing new is begun until somebody decides about this."""

    kind: Literal["waiting"] = "waiting"
    about: str


class Decided(Frozen):
    """Somebody told a run that waits to go on."""

    kind: Literal["decided"] = "decided"
    about: str
    by: str


class WindowOpened(Frozen):
    """The window's clock runs from here. `boot` and `boot_seconds` are the boot clock's, which no clock change moves."""

    kind: Literal["window-opened"] = "window-opened"
    by: str
    length: float
    margin: float
    at_deadline: str
    close: str
    boot: str
    boot_seconds: float


class ServiceStopping(Frozen):
    """A service is about to be stopped; `running` is what of it runs. Only that is started again."""

    kind: Literal["service-stopping"] = "service-stopping"
    service: str
    running: tuple[str, ...]


class ServiceStopped(Frozen):
    """A service was stopped, and asked: it runs no more."""

    kind: Literal["service-stopped"] = "service-stopped"
    service: str
    seconds: float


class ServiceStarted(Frozen):
    """A service was started, and asked: it runs."""

    kind: Literal["service-started"] = "service-started"
    service: str
    seconds: float


class SilencedAccount(Frozen):
    """A database account that is kept out, and whether it was locked already."""

    user: str
    host: str
    was_locked: bool


class AccountsLocking(Frozen):
    """These accounts are about to be locked: a crash leaves names to unlock, not services that nobody can start."""

    kind: Literal["accounts-locking"] = "accounts-locking"
    accounts: tuple[SilencedAccount, ...]


class TwinsMaking(Frozen):
    """Accounts (user, host) are about to be made by which steps, and nobody else, log in as a locked account does."""

    kind: Literal["twins-making"] = "twins-making"
    accounts: tuple[tuple[str, str], ...]


class TwinsDropped(Frozen):
    """Those accounts are gone."""

    kind: Literal["twins-dropped"] = "twins-dropped"


class SilenceReached(Frozen):
    """Nobody but us writes, and that was observed for `seconds`.

    `may_write` are accounts that are not locked and could; `present` are sessions that are still there, and read only.
    `position` is the binary log's (`file:offset`), empty where there is none; `other_nodes` says what could not be seen.
    """

    kind: Literal["silence-reached"] = "silence-reached"
    seconds: float
    took: float
    locked: tuple[str, ...]
    may_write: tuple[str, ...]
    ended: tuple[str, ...]
    present: tuple[str, ...]
    position: str
    gtid: str
    other_nodes: str


class AccountsGivenBack(Frozen):
    """The accounts are as they were; `gone` names those that somebody dropped meanwhile."""

    kind: Literal["accounts-given-back"] = "accounts-given-back"
    gone: tuple[str, ...] = ()


class SnapshotTaken(Frozen):
    """The window's own snapshot is proven: what is put back if it is turned back from here on."""

    kind: Literal["snapshot-taken"] = "snapshot-taken"
    snapshot: str
    seconds: float


class HookBegan(Frozen):
    """A hook runs, as this process; it can outlive the runner, and has to be ended before anything else is done."""

    kind: Literal["hook-began"] = "hook-began"
    point: str
    name: str
    pid: int
    started: int
    boot: str


class HookEnded(Frozen):
    """A hook was run; `exit_code` is null where it ran out of time. Its output is in `log`, below the run's folder.

    `said` are its last lines, at most 2,000 characters.
    """

    kind: Literal["hook-ended"] = "hook-ended"
    point: str
    name: str
    exit_code: int | None
    seconds: float
    log: str
    said: str = ""

    @property
    def last_words(self) -> str:
        """The last line that says something, at most 400 characters of it."""
        lines = [line.strip() for line in self.said.splitlines() if line.strip()]
        return lines[-1][:400] if lines else ""


class Recreating(Frozen):
    """A service's container is about to be recreated on another image; the old one stays as `kept`."""

    kind: Literal["recreating"] = "recreating"
    service: str
    container: str
    image: str
    kept: str


class GatePassed(Frozen):
    """Somebody passed a gate, or let it be passed beforehand."""

    kind: Literal["gate-passed"] = "gate-passed"
    gate: str
    by: str


class TurningBack(Frozen):
    """From here on the only way is back: whoever takes the run up goes on undoing."""

    kind: Literal["turning-back"] = "turning-back"
    reason: str
    by: str


class UndoBegan(Frozen):
    """A phase is about to be undone."""

    kind: Literal["undo-began"] = "undo-began"
    phase: str


class UndoEnded(Frozen):
    """A phase is undone."""

    kind: Literal["undo-ended"] = "undo-ended"
    phase: str


class WatchedTarget(Frozen):
    """What the watch saw of one target; gaps in seconds. `holds`: within the budget; `aloud` says it all."""

    target: str
    beats: int
    misses: int
    gaps: int
    longest: float
    total: float
    holds: bool | None
    aloud: str


class WatchEnded(Frozen):
    """The watch on the data plane ended. `holds` is null where nobody watched for a while."""

    kind: Literal["watch-ended"] = "watch-ended"
    targets: tuple[WatchedTarget, ...]
    holds: bool | None = Field(description="null: it could not be told")


WindowEntry = (
    LeaseTaken
    | Waiting
    | Decided
    | WindowOpened
    | ServiceStopping
    | ServiceStopped
    | ServiceStarted
    | AccountsLocking
    | TwinsMaking
    | TwinsDropped
    | SilenceReached
    | AccountsGivenBack
    | SnapshotTaken
    | HookBegan
    | HookEnded
    | Recreating
    | GatePassed
    | TurningBack
    | UndoBegan
    | UndoEnded
    | WatchEnded
)
