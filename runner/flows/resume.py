"""Resume: take a run up where it was left, whatever left it there."""

import os
import socket
from pathlib import Path

from runner import __version__, documents
from runner.errors import NothingToResume, SettingsChanged
from runner.events import Tell
from runner.flows.alone import holding_cloud
from runner.flows.migrate import PHASES, finish_alone
from runner.flows.night import open_window, read_agreed
from runner.flows.record import PLAN, RESUMABLE
from runner.flows.turning import finish_window
from runner.flows.world import World
from runner.journal import entry as e
from runner.journal.reader import read_entries
from runner.journal.replay import Position, replay
from runner.journal.window_position import replay_window
from runner.journal.writer import open_journal
from runner.planning.plan import Plan, PlanFile


def resume(world: World, folder: Path, *, jobs: int, tell: Tell) -> None:
    """Go on with a run: adopt what still runs, ask the databases about what is in doubt, do what is left.

    Raises:
        RunBusy: see `holding_cloud`.
        NothingToResume: it was proved, a snapshot was put back since, or it is no migration.
        SettingsChanged: the plan was edited, or an image is not the one that was begun with.
        LeaseHeld, TurnedBack, RollBackFailed: of a run with a window, see `finish_window`.
    """
    with holding_cloud(world, resumed=folder, tell=tell), open_journal(folder, create=False) as journal:
        entries = read_entries(folder)
        position, at = replay(entries), replay_window(entries)
        if position.began.flow != RESUMABLE:
            # Its plan was for a clone that is gone, or for one command: what it would go on with is production.
            raise NothingToResume(f"run {folder.name} is no migration but a record of `{position.began.flow}`")
        if position.is_over:
            was = "is being undone" if position.outcome == "undoing" else f"was {position.outcome}"
            raise NothingToResume(f"run {folder.name} {was}")
        plan = read_plan(folder, position)
        if not at.turning:  # who turns back runs none of the plan
            refuse_changes(world, plan, position, back=bool(at.opened) and not at.is_past_return)
        resumed = e.RunResumed(pid=os.getpid(), host=socket.gethostname(), version=__version__)
        if agreed := read_agreed(folder):
            with open_window(world, plan, folder, journal, agreed, jobs=jobs, tell=tell) as window:
                journal.append(resumed)
                finish_window(window, PHASES)
        else:
            finish_alone(world, plan, journal, resumed=resumed, jobs=jobs, tell=tell)


def read_plan(folder: Path, position: Position) -> Plan:
    """Read the plan that a run was begun with.

    Raises:
        SettingsChanged: its content is not what was begun.
    """
    sealed = documents.read(PlanFile, folder / PLAN)
    if not sealed.plan.digest == sealed.digest == position.began.plan:
        raise SettingsChanged(f"{folder / 'plan.json'} is not the plan that run {folder.name} began with")
    return sealed.plan


def refuse_changes(world: World, plan: Plan, position: Position, *, back: bool) -> None:
    """Refuse to go on with other images, or on other databases, than those that were begun with; `back`: a way back is open."""
    run = position.began.run
    for series, image in plan.images.items():
        if not world.has_image(image):
            hint = f"load that image again; or `thing-a-me rollback {run}`, which needs no image" if back else None
            raise SettingsChanged(f"the image of {series} that run {run} began with is gone: {image}", hint=hint)
    here = {(database.id, database.schema) for database in world.cloud.databases}
    if missing := [one.id for one in plan.databases if (one.id, one.schema_name) not in here]:
        raise SettingsChanged(f"{world.cloud.file} no longer names {', '.join(missing)} as run {run} found it")
