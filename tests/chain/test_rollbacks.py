"""25 chains that fail where and as a seed says, each put back: production is what it was, table by table, every time."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.accidents import draw
from tests.support.rollbacks import Ground, open_ground

pytestmark = [pytest.mark.engine, pytest.mark.images]

SEEDS = range(25)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with open_ground(tmp_path_factory.mktemp("rollbacks"), "2026.1") as opened:
        yield opened


@pytest.mark.parametrize("seed", SEEDS)
def test_a_chain_that_fails_is_put_back(
    ground: Ground, tmp_path: Path, seed: int, record_property: Callable[[str, object], None]
) -> None:
    accident = draw(seed, ground.steps)
    record_property("accident", str(accident))
    ground.fail_and_put_back(tmp_path, accident)
