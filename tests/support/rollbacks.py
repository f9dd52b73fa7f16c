"""A production that chains fail on, and that a snapshot is put back into after each."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from runner.errors import NothingToResume
from runner.events import silent
from runner.flows.prepare import prepare_plan
from runner.flows.world import open_world
from runner.journal.reader import read_entries
from runner.journal.replay import replay
from runner.planning.comparison import compare
from runner.planning.fingerprint import ServerPrint
from tests.support.accidents import Accident
from tests.support.clouds import PROJECTS, Nursery, SmallCloud, open_nursery
from tests.support.prints import printed
from tests.support.thing import accounts, containers, folder_of, has_run, networks, thing


@dataclass(frozen=True)
class Ground:
    """The production, its snapshot's shelf, its fingerprint at the snapshot's point, and the steps of its chain."""

    nursery: Nursery
    shelf: Path
    before: ServerPrint
    steps: tuple[str, ...]
    target: str

    def cloud(self, folder: Path) -> SmallCloud:
        """Describe it in a folder of its own, so that it has runs of its own."""
        return _describe(self.nursery, folder, self.shelf)

    def fail_and_put_back(self, folder: Path, accident: Accident) -> None:
        """Let a chain fail, put the snapshot back, and demand that production is what it was and holds nothing of the chain."""
        cloud = self.cloud(folder)
        accident.happen(self.nursery, cloud, accident.step, ("migrate", "--to", self.target, "--accept-no-snapshot"))
        failed = replay(read_entries(folder_of(cloud)))
        assert failed.outcome != "proved"

        done = thing(cloud, "snapshot", "restore", "--yes")

        assert done.code == 0, done.err
        assert compare(self.before, printed(self.nursery.server, *PROJECTS), restarted=True).is_equal
        assert containers(self.nursery.client, cloud) == []
        assert networks(self.nursery.client, cloud) == []
        assert accounts(cloud) == []
        thing(cloud, "resume", folder_of(cloud).name).refused(NothingToResume, "undone")


@contextmanager
def open_ground(folder: Path, target: str) -> Iterator[Ground]:
    """Start a production with keystone, glance and placement, and take and prove a snapshot of it."""
    with open_nursery() as nursery:
        shelf = folder / "snapshots"
        cloud = _describe(nursery, folder, shelf)
        done = thing(cloud, "snapshot", "take")
        assert done.code == 0, done.err
        with open_world(cloud.file) as world:
            _, plan = prepare_plan(world, target, tell=silent)
        assert not has_run(cloud)
        yield Ground(nursery, shelf, printed(nursery.server, *PROJECTS), tuple(step.id for step in plan.to_run), target)
        for place in shelf.iterdir():
            if not place.name.startswith("."):
                thing(cloud, "snapshot", "drop", place.name)


def _describe(nursery: Nursery, folder: Path, shelf: Path) -> SmallCloud:
    schemas = {project: project for project in PROJECTS}
    file = nursery.describe(folder, schemas)
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    document["snapshots"] = {"container": nursery.made.name, "folder": str(shelf)}
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return SmallCloud(file, nursery.server, schemas)
