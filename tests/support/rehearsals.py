"""A small production with a proven snapshot, and rehearsals of it as processes: glance and placement over two releases."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from runner.containers.claims import CLAIM_LABEL
from runner.journal import entry as e
from runner.journal.reader import read_entries
from runner.mariadb.connection import DatabaseServer
from runner.planning.seal import Seal, SealedPlan
from tests.support.clouds import Nursery, SmallCloud, open_nursery
from tests.support.thing import Done, thing

SCHEMA = "placement"
PROJECTS = ("glance", SCHEMA)
"""Both, because together their version rows tell that they are at 2023.1."""
BETWEEN, TARGET = "2024.1", "2025.1"
PATIENCE = 300.0
"""Seconds that a rehearsal may take where others are at work too."""
REHEARSE = ("rehearse", "--to", TARGET)
SYNC = f"{SCHEMA}/{BETWEEN}/sync"
LAST = f"{SCHEMA}/{TARGET}/online"
"""The only step of the second release: no heads move there."""


@dataclass(frozen=True)
class Case:
    """A production with a proven snapshot."""

    nursery: Nursery
    cloud: SmallCloud

    @property
    def server(self) -> DatabaseServer:
        return self.nursery.server

    @property
    def snapshot(self) -> Path:
        """The newest: a window takes one of its own."""
        return max(path for path in (self.cloud.file.parent / "snapshots").iterdir() if path.is_dir())

    @property
    def checkpoints(self) -> list[str]:
        """Whole ones and halves, as run/release."""
        folder = self.snapshot / "checkpoints"
        return sorted(str(path.relative_to(folder)) for path in folder.glob("*/*") if path.is_dir())

    @property
    def left(self) -> list[str]:
        """What the engine has of clones that worked on this snapshot."""
        volumes = self.nursery.client.volumes.list(filters={"label": CLAIM_LABEL})
        return [one.name for one in volumes if str(self.snapshot) in str(one.attrs)]

    def runs(self) -> set[Path]:
        return {path for path in self.cloud.runs.glob("*") if (path / "plan.json").is_file()}

    def rehearse(self, *more: str) -> "Rehearsed":
        before = self.runs()
        done = thing(self.cloud, *REHEARSE, *more, seconds=PATIENCE)
        return Rehearsed(done, next(iter(self.runs() - before), None))


@dataclass(frozen=True)
class Rehearsed:
    """How a rehearsal ended, and the folder of its run where one was begun."""

    done: Done
    run: Path | None

    @property
    def entries(self) -> list[e.Entry]:
        assert self.run
        return [stamped.entry for stamped in read_entries(self.run)]

    @property
    def seal(self) -> Seal:
        assert self.run, self.done.err
        return SealedPlan.model_validate_json((self.run / "sealed.json").read_text()).seal


@contextmanager
def open_case(folder: Path) -> Iterator[Case]:
    with open_nursery(projects=PROJECTS) as nursery:
        file = nursery.describe(folder, {project: project for project in PROJECTS})
        document = yaml.safe_load(file.read_text()) | {"snapshots": {"container": nursery.made.name}}
        file.write_text(yaml.safe_dump(document, sort_keys=False))
        cloud = SmallCloud(file, nursery.server, {project: project for project in PROJECTS})
        done = thing(cloud, "snapshot", "take")
        assert done.code == 0, done.err
        yield Case(nursery, cloud)
        thing(cloud, "snapshot", "drop", Case(nursery, cloud).snapshot.name)
