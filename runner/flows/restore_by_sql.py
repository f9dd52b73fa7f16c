"""Put back by SQL: where only statements reach the server, its schemas are dropped and loaded."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from runner.errors import Aftermath, RestoreFailed, ThingAMeError
from runner.flows.restoring import Sitting
from runner.mariadb.connection import open_server
from runner.mariadb.load_rights import demand_load_rights
from runner.planning.comparison import Comparison
from runner.planning.fingerprint import ServerPrint
from runner.snapshots.restore import demand_alone, demand_equal, demand_origin
from runner.snapshots.restore_logical import BySql
from runner.snapshots.space import demand_room

PHASES = ("look", "unpack", "load", "compare")
_LOADED = (
    "the snapshot is loaded, and not proven to be equal; accounts are not loaded: of those named above, an administrator makes"
    " what is missing, and drops what is too much"
)


def load_by_sql(sitting: Sitting, production: ServerPrint) -> Comparison:
    """Drop the cloud's schemas and load them; once the first is dropped, the only way out is to do it again.

    Raises:
        SnapshotForeign, RightsMissing, ServerInUse, DiskFull, SnapshotBroken, SnapshotLocked, LeaseLost:
            nothing was changed.
        RestoreFailed: the schemas are neither old nor new.
        ServerUnreachable, LoginRefused, EngineRefused, EngineMissing, JournalBroken
    """
    cloud, taken, bench = sitting.cupboard.cloud, sitting.manifest.taken, sitting.cupboard.bench
    address = cloud.address()
    by_sql = BySql(bench, sitting.place, address, cloud.password())
    with open_server(address, cloud.password()) as server:
        with sitting.phase("look"):
            demand_origin(server, taken)
            demand_load_rights(server, taken.schemas)
            with sitting.only_alone():
                demand_alone(server, sitting.is_ours())
            demand_room(sitting.place.folder, taken.raw_bytes, "what is to be loaded")
        try:
            with sitting.phase("unpack"):
                by_sql.unpack(taken)
            sitting.confirm()
            sitting.undo_chains()
            with sitting.phase("load"), _said(sitting, "the cloud's schemas are dropped or half loaded: neither old nor new"):
                by_sql.load(server, taken)
            with sitting.phase("compare"), _said(sitting, _LOADED):
                comparison = demand_equal(bench, sitting.place, taken, production, cloud)
            sitting.note("accounts are not loaded: those with rights on these schemas were compared, and no others")
        finally:
            # What it leaves is removed by the next one; what went wrong before is what has to be said.
            with suppress(ThingAMeError):
                by_sql.tidy_up()
    return comparison


@contextmanager
def _said(sitting: Sitting, state: str) -> Iterator[None]:
    """Whatever ends the block early, say in what state the schemas are."""
    try:
        yield
    except ThingAMeError as error:
        raise RestoreFailed(f"{sitting.place.id}: {error.message}\n{state}", aftermath=Aftermath.CHANGED) from error
    except KeyboardInterrupt:
        sitting.note(f"interrupted: {state}")
        raise
