"""A window opened: what was agreed beforehand, and everything that it works with."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner import documents
from runner.containers.cache import write_whole
from runner.errors import JournalBroken, SettingsChanged
from runner.events import Tell
from runner.flows.decision import who
from runner.flows.leased import holding_server
from runner.flows.record import REHEARSED
from runner.flows.run import begin
from runner.flows.snapshot import cupboard_of
from runner.flows.timetable import plan_window
from runner.flows.vigil import Vigil
from runner.flows.window import Window
from runner.flows.world import World
from runner.frozen import Frozen
from runner.journal.reader import read_entries
from runner.journal.timetable import write_timetable
from runner.journal.window_position import replay_window
from runner.journal.writer import Journal
from runner.planning.plan import Plan
from runner.planning.seal import SealedPlan
from runner.services import open_services
from runner.window_settings import WindowSettings

AGREED = "window.json"
"""Beside the run's plan: whoever takes the run up goes on as was agreed, whatever cloud.yaml says by then."""


class Agreed(Frozen):
    """What was agreed before the window. `databases_only`: services, hooks, watch and validation are somebody else's."""

    settings: WindowSettings
    databases_only: bool = False


def write_agreed(folder: Path, agreed: Agreed) -> None:
    """Write it down before anything is done."""
    try:
        write_whole(folder / AGREED, agreed.model_dump_json(indent=1).encode())
    except OSError as error:
        raise JournalBroken(f"cannot write {folder / AGREED}: {error.strerror}") from error


def read_agreed(folder: Path) -> Agreed | None:
    """Read what was agreed; None for a run without a window.

    Raises:
        BadDocument: it was edited by hand.
    """
    file = folder / AGREED
    return documents.read(Agreed, file) if file.is_file() else None


@contextmanager
def open_window(
    world: World, plan: Plan, folder: Path, journal: Journal, agreed: Agreed, *, jobs: int, tell: Tell
) -> Iterator[Window]:
    """Take the lease of the database server, and put together what the phases work with.

    Raises:
        LeaseHeld: another runner works on this server.
        SettingsChanged: a service that the run has stopped is no longer in cloud.yaml.
        RightsMissing, BadDocument, ServerUnreachable, EngineRefused, EngineMissing
    """
    at = replay_window(read_entries(folder))
    with holding_server(world.cloud, journal, tell=tell) as lease:
        seal = documents.read(SealedPlan, folder / REHEARSED).seal
        timetable = plan_window(world, seal, agreed.settings, databases_only=agreed.databases_only, jobs=jobs, but=folder)
        write_timetable(folder, timetable)
        vigil = Vigil(journal, agreed.settings, timetable, lease, tell)
        services = {} if agreed.databases_only else world.cloud.document.services
        if missing := sorted(set(at.found) - set(services)):
            what = f"{world.cloud.file} no longer names {', '.join(missing)}, which run {folder.name} stopped"
            raise SettingsChanged(what, hint="have cloud.yaml as it was then: nobody else knows how to start them")
        yield Window(
            run=begin(world, plan, folder, journal, jobs=jobs, tell=tell, demand=vigil.demand),
            vigil=vigil,
            cupboard=cupboard_of(world.cloud, tell=tell),
            services=open_services(services, lambda: world.client),
            databases_only=agreed.databases_only,
            operator=who(),
        )
