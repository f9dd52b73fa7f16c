"""Put back in place: a server in a container of our engine gets a snapshot's data directory, or keeps its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace as changed

from runner.containers.hosted_server import HostedServer
from runner.errors import Aftermath, RestoreFailed, ThingAMeError
from runner.flows.restoring import Sitting
from runner.planning.comparison import Comparison
from runner.planning.fingerprint import ServerPrint
from runner.snapshots.restore import await_up, demand_equal, demand_quiet
from runner.snapshots.restore_physical import InPlace, Left

PHASES = ("look", "copy", "swap", "start", "compare", "tidy up")
_ON_THE_WAY = frozenset({"emptying", "filling", "filled"})


def put_in_place(sitting: Sitting, site: InPlace, production: ServerPrint, run: str) -> tuple[Comparison, str]:
    """Take a restore through its phases; returns the comparison, and where the old data are kept (empty: nowhere).

    Raises:
        ServerInUse, SnapshotForeign, SnapshotBroken, DiskFull: nothing was changed.
        RestoreFailed: the message says which data are in place.
        EngineRefused, EngineMissing, JournalBroken
    """
    cloud, taken, hosted = sitting.cupboard.cloud, sitting.manifest.taken, site.hosted
    with sitting.phase("look"):
        left = _look(sitting, site)
    if left.phase not in _ON_THE_WAY:
        with sitting.phase("copy"):
            site.copy(sitting.manifest, left)
    with _or_back(sitting, site, left):
        with sitting.phase("swap"):
            hosted.stop()
            site.swap()
        with sitting.phase("start"):
            hosted.start()
            await_up(cloud, hosted)
        with sitting.phase("compare"):
            comparison = demand_equal(sitting.cupboard.bench, sitting.place, taken, production, cloud)
    with sitting.phase("tidy up"):
        hosted.set_policy(left.policy or {})
        kept = f"kept-{run}" if sitting.wanted.keep_old else ""
        site.finish(kept)
    return comparison, f"{taken.origin.datadir.rstrip('/')}/.thing-a-me-{kept}/old" if kept else ""


def _look(sitting: Sitting, site: InPlace) -> Left:
    """Demand that nobody is connected, and settle what an earlier restore left unless it can be gone on with."""
    with sitting.only_alone():
        demand_quiet(sitting.cupboard.cloud, site.hosted, sitting.manifest.taken)
    left = site.look()
    now = Left("", sitting.place.id, site.hosted.policy, site.hosted.status in ("running", "restarting"))
    if left.phase in _ON_THE_WAY and left.snapshot == sitting.place.id:
        sitting.note(f"going on with a restore that was left {left.phase}")
        return left
    if not left.phase:
        return now
    sitting.note(f"a restore of {left.snapshot or 'a snapshot'} was left {left.phase}: settling that first")
    if left.phase in (*_ON_THE_WAY, "unfilling", "refilling"):
        site.hosted.stop()
    site.go_back()
    site.hosted.set_policy(left.policy or now.policy or {})
    return changed(now, policy=left.policy or now.policy, ran=left.ran)


@contextmanager
def _or_back(sitting: Sitting, site: InPlace, left: Left) -> Iterator[None]:
    """Whatever goes wrong in the block, have the data that were there before in place again."""
    try:
        yield
    except BaseException as error:
        words = error.message if isinstance(error, ThingAMeError) else "interrupted"
        sitting.note(f"going back: {words}")
        try:
            _go_back(sitting, site, left)
        except ThingAMeError as second:
            raise RestoreFailed(
                f"{sitting.place.id}: {words}; and then the old data could not be put back: {second.message}",
                aftermath=Aftermath.UNKNOWN,
            ) from error
        if isinstance(error, ThingAMeError):
            hint = error.advice if isinstance(error, RestoreFailed) else None
            raise RestoreFailed(
                f"{sitting.place.id}: {words}\nthe data that were there before are in place again", hint=hint
            ) from error
        raise


def _go_back(sitting: Sitting, site: InPlace, left: Left) -> None:
    hosted: HostedServer = site.hosted
    hosted.stop()
    site.look()
    # Of a restore that was gone on with nobody knows how long its data have been served.
    site.go_back(f"displaced-{sitting.journal.folder.name}" if left.phase in _ON_THE_WAY else "")
    hosted.set_policy(left.policy or {})
    if left.ran:
        hosted.start()
        await_up(sitting.cupboard.cloud, hosted)
    sitting.note("the data that were there before are in place again")
