"""Put back in place: a server gets a snapshot's data directory where it sits, or keeps its own."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace as changed

from runner.errors import Aftermath, RestoreFailed, ThingAMeError
from runner.flows.restoring import Sitting
from runner.planning.comparison import Comparison
from runner.planning.fingerprint import ServerPrint
from runner.snapshots.restore import await_up, demand_equal, demand_quiet, demand_right
from runner.snapshots.seat import Left, Seat, copy_beside, finish, go_back, settle, swap

_BACK = "the data that were there before are in place again"
PHASES = ("look", "copy", "swap", "start", "compare", "tidy up")
_ON_THE_WAY = frozenset({"emptying", "filling", "filled"})
_MOVED = _ON_THE_WAY | {"unfilling", "refilling"}
"""Phases in which not all of the server's own files are where they were."""


def put_in_place(sitting: Sitting, seat: Seat, production: ServerPrint, run: str) -> tuple[Comparison, str]:
    """Take a restore through its phases; returns the comparison, and where the old data are kept (empty: nowhere).

    Raises:
        ServerInUse, SnapshotForeign, SnapshotBroken, DiskFull, LeaseLost: nothing was changed.
        RestoreFailed: the message says which data are in place.
        EngineRefused, EngineMissing, JournalBroken
    """
    cloud, taken = sitting.cupboard.cloud, sitting.manifest.taken
    with sitting.phase("look"):
        left = _look(sitting, seat)
    if left.phase not in _ON_THE_WAY:
        with sitting.phase("copy"):
            copy_beside(seat, sitting.manifest, left)
    with _copy_gone(seat, left):
        sitting.confirm()
        sitting.undo_chains()
    with sitting.replacing(), _or_back(sitting, seat, left):
        with sitting.phase("swap"):
            seat.stop()
            swap(seat)
        with sitting.phase("start"):
            seat.start()
            await_up(cloud, seat)
            demand_right(cloud, seat, taken)
        with sitting.phase("compare"):
            comparison = demand_equal(sitting.cupboard.bench, sitting.place, taken, production, cloud)
    proven = "the snapshot is in place, and proven; the old data are still beside it"
    with sitting.phase("tidy up"), _said(sitting, proven, Aftermath.CHANGED):
        # Commit point: services may write from here on, and whoever comes after a crash must not go back behind that.
        settle(seat)
        seat.set_policy(left.policy or {})
        kept = f"kept-{run}" if sitting.wanted.keep_old else ""
        finish(seat, kept)
    return comparison, f"{taken.origin.datadir.rstrip('/')}/.thing-a-me-{kept}/old" if kept else ""


@contextmanager
def _copy_gone(seat: Seat, left: Left) -> Iterator[None]:
    """Whatever ends the block early, leave no copy of a whole database beside production's own."""
    try:
        yield
    except BaseException:
        if left.phase not in _ON_THE_WAY:
            with suppress(ThingAMeError):
                go_back(seat)
        raise


def _look(sitting: Sitting, seat: Seat) -> Left:
    """Demand that nobody is connected, and settle what an earlier restore left unless it can be gone on with."""
    with sitting.only_alone():
        demand_quiet(sitting.cupboard.cloud, seat, sitting.manifest.taken, sitting.is_ours())
    left = seat.look()
    now = Left("", sitting.place.id, seat.policy, seat.status in ("running", "restarting"))
    if left.phase in _ON_THE_WAY and left.snapshot == sitting.place.id:
        sitting.note(f"going on with a restore that was left {left.phase}")
        return left
    if not left.phase:
        return now
    sitting.note(f"a restore of {left.snapshot or 'a snapshot'} was left {left.phase}: settling that first")
    aftermath = Aftermath.UNKNOWN if left.phase in _MOVED else Aftermath.UNTOUCHED
    with _said(sitting, f"a restore that was left {left.phase} could not be settled", aftermath):
        if left.phase in _MOVED:
            seat.stop()
        # Data that were served since may hold what nobody else has.
        go_back(seat, displaced := f"displaced-{sitting.journal.folder.name}" if left.phase == "filled" else "")
        seat.set_policy(left.policy or now.policy or {})
        sitting.kept()
    if displaced:
        sitting.note(f"what it had put in place stays in .thing-a-me-{displaced}, until you remove it")
    return changed(now, policy=left.policy or now.policy, ran=left.ran)


@contextmanager
def _said(sitting: Sitting, state: str, aftermath: Aftermath) -> Iterator[None]:
    """Whatever goes wrong in the block, say in what state the data are."""
    try:
        yield
    except ThingAMeError as error:
        words = f"{sitting.place.id}: {error.message}\n{state}"
        raise RestoreFailed(words, hint=error.advice, aftermath=aftermath) from error


@contextmanager
def _or_back(sitting: Sitting, seat: Seat, left: Left) -> Iterator[None]:
    """Whatever goes wrong in the block, have the data that were there before in place again."""
    try:
        yield
    except BaseException as error:
        words = error.message if isinstance(error, ThingAMeError) else "interrupted"
        sitting.note(f"going back: {words}")
        try:
            _go_back(sitting, seat, left)
        except ThingAMeError as second:
            raise RestoreFailed(
                f"{sitting.place.id}: {words}; and then the old data could not be put back: {second.message}",
                aftermath=Aftermath.UNKNOWN,
            ) from error
        if left.ran:
            with _said(sitting, f"{words}\n{_BACK}; but the server does not come up", Aftermath.UNTOUCHED):
                seat.start()
                await_up(sitting.cupboard.cloud, seat)
        if isinstance(error, ThingAMeError):
            hint = error.advice if isinstance(error, RestoreFailed) else None
            raise RestoreFailed(f"{sitting.place.id}: {words}\n{_BACK}", hint=hint) from error
        raise


def _go_back(sitting: Sitting, seat: Seat, left: Left) -> None:
    try:
        seat.stop()
    except ThingAMeError:
        if seat.look().phase in _MOVED:
            raise
    seat.look()
    # Of a restore that was gone on with nobody knows how long its data have been served.
    go_back(seat, f"displaced-{sitting.journal.folder.name}" if left.phase in _ON_THE_WAY else "")
    seat.set_policy(left.policy or {})
    sitting.kept()
    sitting.note(_BACK)
