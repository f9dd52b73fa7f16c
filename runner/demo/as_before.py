"""After a night that went wrong: is all as it was? Not by what the run says of itself, but by looking."""

from pathlib import Path

from runner.containers.client import connect, engine_errors
from runner.containers.release_image import resolve
from runner.demo.live_keystone import LiveKeystone
from runner.demo.night import START
from runner.errors import ProofFailed
from runner.flows.world import open_world
from runner.frozen import Frozen
from runner.mariadb.fingerprint import read_print
from runner.mariadb.point import open_point
from runner.planning.comparison import compare
from runner.planning.fingerprint import ServerPrint
from runner.reporting.record import Report
from runner.settings import EngineSettings
from runner.validation import ask_until, open_validators

_PATIENCE = 30.0


class AsBefore(Frozen):
    """What was found. `seconds` from the window's beginning to its end; `gap` is the workload's longest silence, in seconds."""

    outcome: str = "turned back"
    by: str
    reason: str
    seconds: float
    length: float
    tables: int
    keystone: str
    gap: float
    run: str

    def __str__(self) -> str:
        return (
            f"turned back by {self.by}: {self.reason}\n"
            f"  data      {self.tables} tables, and all accounts, are what they were before the window\n"
            f"  keystone  {self.keystone}\n"
            f"  workload  longest gap {self.gap:.2f} s\n"
            f"  window    over after {self.seconds:.0f} s of {self.length:.0f} s; run {self.run}"
        )


def look(cloud: Path) -> ServerPrint:
    """Read every table, and every account, of a cloud's server.

    Raises:
        QueryFailed, ServerUnreachable, RightsMissing
    """
    with open_world(cloud) as world:
        schemas = [database.schema for database in world.cloud.databases]
        with open_point(world.server, schemas, connections=2) as point:
            point.hold()
            return read_print(point, schemas)


def find_as_before(
    engine: EngineSettings, cloud: Path, keystone: LiveKeystone, before: ServerPrint, report: Report
) -> AsBefore:
    """Demand that data and accounts are what they were, that the old Keystone takes the old password, and that all was in time.

    What turned the window back is not asked here: see `mishap.demand_befallen`.

    Raises:
        ProofFailed: it is not so.
    """
    data = compare(before, look(cloud), restarted=True)
    window = report.window
    assert window is not None
    with open_world(cloud) as world:
        answers = ask_until(open_validators(world.cloud), _PATIENCE)
    targets = window.watched.targets if window.watched else ()
    faults = [
        *(str(one) for one in (data.differences or (data,)) if not data.is_equal),
        *(answer.in_words for answer in answers if not answer.holds),
        *([] if _is_old(engine, keystone) else [f"{keystone.name} does not run on {START}'s image"]),
        *(f"{one.target}: {one.aloud}" for one in targets if not one.holds),
        *(
            []
            if report.last_entry <= window.closes_at
            else [f"it was over at {report.last_entry}, the window at {window.closes_at}"]
        ),
    ]
    if faults or not targets:
        raise ProofFailed(f"the night that went wrong left something behind: {'; '.join(faults) or 'nobody watched'}")
    return AsBefore(
        by=next(one.by for one in reversed(window.decisions) if one.what.startswith("turned back")),
        reason=window.reason,
        seconds=(report.last_entry - window.opened_at).total_seconds(),
        length=window.length,
        tables=data.compared,
        keystone=f"{START} answers; {'; '.join(line for answer in answers for line in answer.detail)}",
        gap=max(one.longest for one in targets),
        run=report.run,
    )


def _is_old(engine: EngineSettings, keystone: LiveKeystone) -> bool:
    client = connect(engine)
    with engine_errors("looking at the old Keystone"):
        return bool(client.containers.get(keystone.name).image.id == resolve(client, START))
