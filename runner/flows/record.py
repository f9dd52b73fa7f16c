"""A record: the folder and the journal of whatever a flow does that has to be known afterwards, a chain or less than one."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runner import __version__
from runner.containers.cache import write_whole
from runner.errors import JournalBroken, RunMissing, ThingAMeError
from runner.journal import entry as e
from runner.journal.reader import read_entries
from runner.journal.replay import replay
from runner.journal.runs import find_run, list_runs, new_run
from runner.journal.window_position import WindowPosition, replay_window
from runner.journal.writer import Journal, open_journal
from runner.planning.baseline import Expected
from runner.planning.plan import Plan, PlanFile
from runner.planning.seal import Seal, SealedPlan
from runner.settings import Cloud

PLAN = "plan.json"
REHEARSED = "rehearsed.json"
"""The sealed plan that a run was begun with, beside its plan."""
EXPECTED = "expected.json"
"""The baseline that a run is compared with, beside its plan."""
RESUMABLE = "migrate"
"""The flow whose records can be gone on with."""


@contextmanager
def open_record(
    cloud: Cloud,
    *,
    flow: str,
    target: str,
    plan: Plan | None = None,
    snapshot: str | None = None,
    seal: Seal | None = None,
    expected: Expected | None = None,
) -> Iterator[tuple[Path, Journal]]:
    """Open a new run folder for `flow`, its first entry written.

    `snapshot` names the one that is worked with, `seal` is what the plan was sealed with, `expected` what the result is
    compared with.

    Raises:
        JournalBroken: the folder cannot be made or written.
    """
    folder = new_run(cloud.runs)
    if plan:
        # Before the first entry: a run that has begun can always be resumed.
        write_whole(folder / PLAN, PlanFile(digest=plan.digest, plan=plan).model_dump_json(indent=1).encode())
    if seal:
        write_whole(folder / REHEARSED, SealedPlan(digest=seal.digest, seal=seal).model_dump_json(indent=1).encode())
    if expected:
        write_whole(folder / EXPECTED, expected.model_dump_json(indent=1).encode())
    with open_journal(folder, create=True) as journal:
        journal.append(_began(folder, cloud, flow=flow, target=target, plan=plan, snapshot=snapshot))
        yield folder, journal


def _began(folder: Path, cloud: Cloud, *, flow: str, target: str, plan: Plan | None, snapshot: str | None) -> e.RunBegan:
    steps = plan.steps if plan else ()
    return e.RunBegan(
        run=folder.name,
        flow=flow,
        version=__version__,
        cloud=str(cloud.file),
        pid=os.getpid(),
        host=socket.gethostname(),
        target=target,
        plan=plan.digest if plan else None,
        accepted_no_snapshot=flow == "migrate" and snapshot is None,
        snapshot=snapshot,
        moves=tuple(e.Move(project=j.project, start=j.start, target=target) for j in plan.journeys) if plan else (),
        steps=tuple(
            e.PlannedStep(step=s.id, lane=s.lane, project=s.project, start=s.start, end=s.end, argv=s.argv) for s in steps
        ),
        images=plan.images if plan else {},
    )


@contextmanager
def ending(journal: Journal) -> Iterator[None]:
    """Write down how a record ends: as the block does. Trouble with the journal never hides the trouble before it."""
    try:
        yield
    except ThingAMeError as error:
        with suppress(JournalBroken):
            journal.append(e.RunEnded(outcome="failed", message=error.message))
        raise
    except KeyboardInterrupt:
        with suppress(JournalBroken):
            journal.append(e.RunEnded(outcome="interrupted"))
        raise
    journal.append(e.RunEnded(outcome="proved"))


def left_half_way(runs: Path) -> Iterator[tuple[str, WindowPosition]]:
    """Name every run whose window still holds something: services that are stopped, accounts that are locked."""
    for folder in list_runs(runs):
        with suppress(JournalBroken, RunMissing):
            entries = read_entries(folder)
            at = replay_window(entries)
            if at.holds and replay(entries).outcome not in ("proved", "rolled-back"):
                yield folder.name, at


def find_chain(runs: Path, name: str | None = None) -> Path:
    """Find a run as `find_run` does; without a name, the newest that can be resumed: a check's or a mend's record cannot.

    Raises:
        RunMissing: there is none.
    """
    if name:
        return find_run(runs, name)
    for folder in reversed(list_runs(runs)):
        with suppress(RunMissing):  # its runner died before the first entry
            if (folder / PLAN).is_file() and replay(read_entries(folder)).began.flow == RESUMABLE:
                return folder
    raise RunMissing(f"there is no run to resume in {runs}")
