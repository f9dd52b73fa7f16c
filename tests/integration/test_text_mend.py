"""Text that is mended on a real server: an old keystone's tables, proven on a clone of a real snapshot, then in production."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.old_text import NAMES, read_new, write_old
from tests.support.production import SCHEMA, Production, open_production
from tests.support.thing import thing

pytestmark = [pytest.mark.engine]

FIX = ("check", "--fix", "text")


@pytest.fixture
def old() -> Iterator[Production]:
    with open_production(()) as opened:
        write_old(opened)
        yield opened


def assert_mended(old: Production) -> None:
    """A client that says UTF-8 reads what people wrote, and nothing but charsets has changed."""
    here = old.server.at(SCHEMA)
    names = [name for (name,) in here.rows("SELECT name FROM local_user ORDER BY id")]
    assert names == [*NAMES["hidden"], *NAMES["ascii"], *NAMES["latin1"]]
    assert {extra for (extra,) in here.rows("SELECT extra FROM user WHERE extra IS NOT NULL")} == {'{"é": 1}'}
    assert here.rows("SELECT name, description FROM project ORDER BY id") == [("Größe", "東京"), ("Größe, wie sie ist", None)]
    assert here.scalar("SELECT description FROM region") == "Île-de-France"
    written = "SELECT COUNT(*) FROM {} WHERE {} <> '2016-04-07 10:00:00'"
    assert (here.scalar(written.format("project", "updated")), here.scalar(written.format("local_user", "seen"))) == (0, 0)


def test_an_old_keystone_is_proven_on_a_clone_and_mended(old: Production, tmp_path: Path) -> None:
    cloud = old.describe(tmp_path)
    before = read_new(old.server)
    assert thing(cloud, "snapshot", "take").code == 0
    tried = thing(cloud, *FIX)
    assert tried.code == 0, tried.err
    assert read_new(old.server) == before
    done = thing(cloud, *FIX, "--yes")
    assert done.code == 0, done.err
    assert_mended(old)
