"""A production of a module's own, and a proven snapshot of it. A module that wants another production names its own so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.planning.fingerprint import ServerPrint
from tests.support.prints import printed
from tests.support.production import SCHEMA, Production, open_production
from tests.support.thing import thing


@pytest.fixture(scope="module")
def production() -> Iterator[Production]:
    with open_production() as opened:
        yield opened


@pytest.fixture(scope="module")
def proven(production: Production, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud.yaml of a cloud that has one proven snapshot."""
    cloud = production.describe(tmp_path_factory.mktemp("proven"))
    done = thing(cloud, "snapshot", "take")
    assert done.code == 0, done.err
    return cloud


@pytest.fixture(scope="module")
def before(production: Production, proven: Path) -> ServerPrint:
    """What production was when that snapshot was taken."""
    return printed(production.server, SCHEMA)


def folders(cloud: Path) -> list[Path]:
    """The folders of a cloud's snapshots, oldest first."""
    return sorted(path for path in (cloud.parent / "snapshots").glob("*") if path.is_dir())


__all__ = ["before", "folders", "production", "proven"]
