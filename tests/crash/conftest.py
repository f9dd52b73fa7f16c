"""What an undisturbed run makes of a small cloud, and what is demanded of a run's end."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from runner.mariadb.rows import count_rows
from runner.mariadb.schema import read_schema
from runner.planning.fingerprint import ServerPrint
from runner.planning.schema import Schema
from tests.support.clouds import PROJECTS, Nursery, SmallCloud
from tests.support.thing import MIGRATE, accounts, containers, networks, position, thing
from tests.support.windows import Night, open_night


@dataclass(frozen=True)
class State:
    """What counts of a project's database: its schema, its version rows, how many rows each table has."""

    schema: Schema
    versions: frozenset[str]
    rows: dict[str, int]


def state_of(cloud: SmallCloud, project: str) -> State:
    counted = count_rows(cloud.server, [cloud.schemas[project]])
    return State(
        schema=read_schema(cloud.server, cloud.schemas[project]),
        versions=frozenset(str(row) for (row,) in cloud.of(project).rows("SELECT version_num FROM alembic_version")),
        rows={table: rows for (_, table), rows in counted.items()},
    )


@pytest.fixture(scope="session")
def undisturbed(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> dict[str, State]:
    """Every project's state after a run that nothing disturbed."""
    cloud = nursery.copy(tmp_path_factory.mktemp("undisturbed"))
    done = thing(cloud, *MIGRATE)
    assert done.code == 0, done.err
    return {project: state_of(cloud, project) for project in PROJECTS}


@dataclass(frozen=True)
class Ending:
    """Demands of a run's end."""

    nursery: Nursery
    undisturbed: dict[str, State]

    def proved(self, cloud: SmallCloud) -> None:
        """Demand that the run was proved, that its databases are as after an undisturbed one, and that nothing is left."""
        assert position(cloud).outcome == "proved"
        for project in cloud.schemas:
            assert state_of(cloud, project) == self.undisturbed[project]
        self.nothing_left(cloud)

    def nothing_left(self, cloud: SmallCloud) -> None:
        assert containers(self.nursery.client, cloud) == []
        assert networks(self.nursery.client, cloud) == []
        assert accounts(cloud) == []
        assert not position(cloud).accounts
        assert not position(cloud).networks


@pytest.fixture
def ending(nursery: Nursery, undisturbed: dict[str, State]) -> Ending:
    return Ending(nursery, undisturbed)


__all__ = ["Ending", "State", "ending", "state_of", "undisturbed"]


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """A cloud with services around it, for all that is tested of windows, one file after the other."""
    with open_night(tmp_path_factory.mktemp("night")) as opened:
        yield opened


@pytest.fixture
def dusk(night: Night) -> ServerPrint:
    """What the databases and accounts are before the test. Each sets what it needs of the window's settings."""
    night.case.cloud.rewrite(hooks={}, window={}, validate=[])
    return night.printed()
