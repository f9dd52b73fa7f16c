"""Put production back: what it was at a snapshot's point, or what it was before; never anything between."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runner.errors import Aftermath, RestoreFailed, SnapshotForeign, ThingAMeError
from runner.events import Note, Tell
from runner.flows import restore_by_sql as by_sql
from runner.flows import restore_in_place as in_place
from runner.flows.leased import holding_server_if_up
from runner.flows.record import ending, left_half_way, open_record
from runner.flows.restoring import Sitting, Wanted
from runner.flows.snapshot import Cupboard
from runner.flows.undoing import Chains, holding_chains
from runner.journal import entry as e
from runner.journal import window_entry as w
from runner.journal.lock import lock_cloud
from runner.journal.writer import Journal
from runner.mariadb.account_locks import Lockable, unlock_accounts
from runner.mariadb.connection import DatabaseServer, open_server
from runner.mariadb.lease import Lease
from runner.mariadb.load_rights import demand_load_rights
from runner.planning.comparison import Comparison
from runner.planning.fingerprint import ServerPrint
from runner.planning.snapshot import SnapshotManifest
from runner.snapshots.hold import change_shelf, use_snapshot
from runner.snapshots.origin import demand_same_cloud
from runner.snapshots.restore import demand_proven
from runner.snapshots.restore_host import on_host
from runner.snapshots.restore_physical import in_place as on_engine
from runner.snapshots.seat import Seat
from runner.snapshots.shelf import Place
from runner.snapshots.stored import read_production


@dataclass(frozen=True)
class Restored:
    """What was put back; `seconds` are of each phase. `kept` is where the old data stay, empty where they do not.

    `unlocked` are accounts that the window had locked which took the snapshot.
    """

    snapshot: str
    comparison: Comparison
    seconds: dict[str, float]
    kept: str
    run: Path
    unlocked: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = ", ".join(f"{phase} {seconds:.1f} s" for phase, seconds in self.seconds.items())
        kept = f"; the old data stay in {self.kept}" if self.kept else ""
        let_in = f"; unlocked, as before the window that took it: {', '.join(self.unlocked)}" if self.unlocked else ""
        said = f"{self.snapshot}: put back, and proven: {self.comparison}"
        return f"{said}; {sum(self.seconds.values()):.1f} s ({parts}){kept}{let_in}"


@dataclass(frozen=True)
class Ready:
    """A proven snapshot, what production was at its point, and the seat of its server; without one it is loaded by SQL."""

    place: Place
    manifest: SnapshotManifest
    production: ServerPrint
    seat: Seat | None


def restore(cupboard: Cupboard, name: str | None, wanted: Wanted, *, tell: Tell) -> Restored:
    """Put a proven snapshot in the place of the server it was taken from, and prove that it is what production was.

    Raises:
        SnapshotMissing, SnapshotBroken, SnapshotForeign, SnapshotBusy, ServerInUse, DiskFull, HostUnfit, HostUnreachable:
            refused; nothing was changed.
        RunBusy, LeaseHeld: somebody else changes this cloud's databases, or checks them.
        RestoreFailed: the message says which data are in place.
        EngineRefused, EngineMissing, JournalBroken
    """
    place = cupboard.find(name, proven=True)
    with lock_cloud(cupboard.cloud.runs), change_shelf(cupboard.cloud.snapshots), use_snapshot(place):
        ready = get_ready(cupboard, place)
        with (
            holding_chains(cupboard.cloud, ready.manifest.taken.began_at) as chains,
            open_record(cupboard.cloud, flow="restore", target="", snapshot=place.id) as (_, journal),
            ending(journal),
            holding_server_if_up(cupboard.cloud, journal, tell=tell) as lease,
        ):
            restored = put_back(cupboard, ready, wanted, chains, journal, lease=lease, tell=tell)
            _end_chains(cupboard, chains, place)
            unlocked = _let_in(cupboard, ready, journal, tell=tell)
    return replace(restored, unlocked=unlocked)


def demand_way_back(cupboard: Cupboard, server: DatabaseServer, schemas: Sequence[str]) -> None:
    """Demand that a snapshot as it would be taken now could be put back, by what cloud.yaml says; nothing is tried.

    Raises:
        SnapshotForeign: nobody says where the server's files are.
        RightsMissing: our account may not load the schemas.
    """
    settings = cupboard.cloud.document.snapshots
    if settings.way == "logical":
        demand_load_rights(server, schemas)
    elif not (settings.container or settings.host):
        raise SnapshotForeign(
            "snapshots.command takes snapshots, and nothing says where they are put back",
            hint="name the server's host, snapshots.host: docs/put-back.md",
        )


def get_ready(cupboard: Cupboard, place: Place) -> Ready:
    """Demand that a snapshot is a proven one of this cloud, and find the server's seat.

    Raises:
        SnapshotMissing, SnapshotBroken, SnapshotForeign, EngineRefused, EngineMissing
    """
    manifest, production = demand_proven(place), read_production(place)
    demand_same_cloud(cupboard.databases, manifest.taken)
    seat = _seat(cupboard, place, manifest) if manifest.taken.method == "physical" else None
    return Ready(place, manifest, production, seat)


def put_back(
    cupboard: Cupboard,
    ready: Ready,
    wanted: Wanted,
    chains: Chains,
    journal: Journal,
    *,
    lease: Lease | None = None,
    tell: Tell,
) -> Restored:
    """Put it back, and prove it, under a record that is open; the cloud, the snapshot and the chains are held.

    `lease` is to survive that the server goes away; None: there is none, or whoever holds it sees to that.

    Raises:
        ServerInUse, SnapshotForeign, SnapshotBroken, DiskFull, LeaseLost: nothing was changed.
        RestoreFailed: the message says which data are in place.
        EngineRefused, EngineMissing, JournalBroken
    """
    phases = in_place.PHASES if ready.seat else by_sql.PHASES
    sitting = Sitting(cupboard, ready.place, ready.manifest, wanted, chains, journal, lease, tell, phases)
    if ready.seat:
        comparison, kept = in_place.put_in_place(sitting, ready.seat, ready.production, journal.folder.name)
    else:
        comparison, kept = by_sql.load_by_sql(sitting, ready.production), ""
    name = ready.place.id
    journal.append(e.ProofGiven(proof="put back", subject=name, holds=True, detail=(str(comparison),)))
    return Restored(name, comparison, sitting.seconds, kept, journal.folder)


def _end_chains(cupboard: Cupboard, chains: Chains, place: Place) -> None:
    """Drop what the chains held, and only then let go of them: nobody else would look for it."""
    cloud = cupboard.cloud
    try:
        with open_server(cloud.address(), cloud.password()) as server:
            chains.give_back(server)
        chains.undone(place.id)
    except ThingAMeError as error:
        words = "the snapshot is in place, and proven; accounts of chains that it undid may be left (tam_...)"
        raise RestoreFailed(f"{error.message}\n{words}", hint=error.advice, aftermath=Aftermath.CHANGED) from error


def _let_in(cupboard: Cupboard, ready: Ready, journal: Journal, *, tell: Tell) -> tuple[str, ...]:
    """Unlock what a window had locked when it took the snapshot; where one has to do that yet, it is left to its `rollback`."""
    # Loading by SQL leaves accounts as they are.
    accounts = ready.manifest.taken.silenced if ready.seat else ()
    wanted = [Lockable(user=user, host=host, was_locked=False) for user, host in accounts]
    for run, at in left_half_way(cupboard.cloud.runs):
        # Also where it had let them in: what runs may be the target's, and not for these data.
        kept = {(one.user, one.host) for one in at.locked if not one.was_locked} & set(accounts)
        wanted = [one for one in wanted if (one.user, one.host) not in kept]
        if kept:
            text = f"{len(kept)} accounts are locked in {ready.place.id}, and stay so: `thing-a-me rollback {run}` unlocks them"
            tell(Note(about="restore", text=text))
            journal.append(e.Noted(about="restore", text=text))
    if not wanted:
        return ()
    try:
        with open_server(cupboard.cloud.address(), cupboard.cloud.password()) as server:
            gone = unlock_accounts(server, wanted)
    except ThingAMeError as error:
        words = "the snapshot is in place, and proven; accounts that a window had locked when it took it are locked"
        raise RestoreFailed(f"{error.message}\n{words}", hint=error.advice, aftermath=Aftermath.CHANGED) from error
    journal.append(w.AccountsGivenBack(gone=tuple(map(str, gone))))
    return tuple(str(one) for one in wanted if one not in gone)


def _seat(cupboard: Cupboard, place: Place, manifest: SnapshotManifest) -> Seat:
    settings = cupboard.cloud.document.snapshots
    if settings.container:
        return on_engine(cupboard.bench, place, manifest.taken, settings.container, cupboard.cloud.address())
    if settings.host:
        return on_host(cupboard.bench, place, manifest.taken, settings.host)
    raise SnapshotForeign(
        f"{place.id} is physical, and cloud.yaml names neither snapshots.container nor snapshots.host",
        hint="name one of them: docs/put-back.md; it also says how to put it back by hand",
    )
