"""`thing-a-me ci`: a chain as a test, on real images; with a developer's own source, a baseline, and dumps."""

import gzip
import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.containers.definitions import find_images_dir, load_catalog
from runner.errors import (
    BadDocument,
    BeyondTarget,
    BuildFailed,
    CrossCheckFailed,
    ImageNotDefined,
    MissingFile,
    ProofFailed,
    QueryFailed,
)
from tests.support.clouds import START, TARGET, Nursery, open_nursery
from tests.support.mariadb import PASSWORD_FILE
from tests.support.prints import printed
from tests.support.rehearsals import BETWEEN, PATIENCE, PROJECTS, open_case
from tests.support.sources import unpack_source
from tests.support.thing import Done, thing, without_cloud

pytestmark = [pytest.mark.engine, pytest.mark.images]

PLACEMENT = load_catalog(find_images_dir())[TARGET].image.projects["placement"]
SCRIPT = """\
from alembic import op

revision = "aaaaaaaaaaaa"
down_revision = "{head}"


def upgrade():
    op.create_index("mine_idx", "traits", ["created_at"])
"""
VERSIONS = "placement/db/sqlalchemy/alembic/versions"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Placement's source, as it is in the target's image."""
    return unpack_source("openstack-placement", PLACEMENT, tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The baseline of placement's chain, written by a first run."""
    folder = tmp_path_factory.mktemp("baseline")
    done = ci(folder, "--baseline", str(folder / "kept.json"), "--update-baseline")
    assert done.code == 0, done.err
    return folder / "kept.json"


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with open_nursery(projects=("placement",)) as made:
        yield made


def ci(folder: Path, *words: str, start: tuple[str, ...] = ("--from", START), to: str = TARGET) -> Done:
    """Run placement's chain, its reports in `folder`."""
    every = ("ci", *start, "--to", to, "--project", "placement", "--folder", str(folder), *words)
    return without_cloud(folder, *every)


def servers() -> set[bytes]:
    """The servers that chains in CI run on, whosever they are."""
    named = ["docker", "ps", "-aq", "--filter", "name=thing-a-me-ci-"]
    return set(subprocess.run(named, capture_output=True, check=True).stdout.split())


def changed(source: Path, folder: Path) -> Path:
    """The source with one more migration script."""
    tree = folder / "mine"
    shutil.copytree(source, tree)
    (tree / VERSIONS / "aaaaaaaaaaaa_mine.py").write_text(SCRIPT.format(head="a082b8bb98d0"), encoding="utf-8")
    return tree


def test_a_chain_leaves_what_ci_reads_and_nothing_on_the_engine(tmp_path: Path, baseline: Path) -> None:
    others = servers()
    done = ci(tmp_path, "--baseline", str(baseline), "--at-most", "50")
    assert done.code == 0, done.err
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (report["flow"], report["outcome"], report["totals"]["failed"]) == ("ci", "proved", 0)
    suites = ET.parse(tmp_path / "junit.xml").getroot()  # ours
    assert (suites.attrib["failures"], suites.attrib["errors"]) == ("0", "0")
    assert "ci to 2024.1: PROVED" in (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert [(one["project"], one["start"]) for one in report["moves"]] == [("placement", START)]
    proofs = {(one["proof"], one["subject"]): one["holds"] for one in report["proofs"]}
    assert proofs["schema", "placement"]
    assert proofs["baseline", "placement"]
    assert proofs["baseline", "seconds"]
    assert servers() <= others


def test_a_developers_migration_runs_and_shows_as_drift_against_the_baseline(
    tmp_path: Path, source: Path, baseline: Path
) -> None:
    tree = changed(source, tmp_path)
    done = ci(tmp_path, "--baseline", str(baseline), "--override", f"placement={tree}")
    done.refused(ProofFailed, "index-extra traits.mine_idx", "was made for this run")
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    (heads,) = (one["detail"] for one in report["proofs"] if (one["proof"], one["subject"]) == ("heads", "placement"))
    assert heads == ["at aaaaaaaaaaaa"]
    assert all(one["holds"] for one in report["proofs"] if one["proof"] == "schema"), "it is what its own code installs"


def test_a_migration_that_fails_is_told_with_its_own_words(tmp_path: Path, source: Path) -> None:
    tree = changed(source, tmp_path)
    script = tree / VERSIONS / "aaaaaaaaaaaa_mine.py"
    script.write_text(script.read_text(encoding="utf-8").replace('"traits"', '"trait"'), encoding="utf-8")
    done = ci(tmp_path, "--override", f"placement={tree}")
    assert done.code == 70, done.err
    assert "trait' doesn't exist" in done.err
    assert "databases: untouched by this command" in done.err


def test_a_source_that_does_not_build_is_refused_with_the_builds_last_words(tmp_path: Path, source: Path) -> None:
    tree = tmp_path / "broken"
    shutil.copytree(source, tree)
    (tree / "setup.py").write_text("raise SystemExit('my setup is broken')", encoding="utf-8")
    ci(tmp_path, "--override", f"placement={tree}").refused(BuildFailed, "my setup is broken", "the whole log is")


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (("--from", "2025.3"), BadDocument, "there is no release '2025.3'"),
        (("--from", "ocata"), BadDocument, "there is no release 'ocata'"),
        (("--from", "2025.1"), BeyondTarget, "newer than 2024.1"),
        (("--from", TARGET), BeyondTarget, "nothing to carry"),
        (("--from", START, "--baseline", "absent.json"), MissingFile, "--update-baseline"),
        (("--from", START, "--override", "placement=absent"), MissingFile, "there is no source tree in absent"),
        (("--from", START, "--override", "sahara=."), BadDocument, "has no such project"),
        (("--from-dump", "absent.sql"), MissingFile, "there is no dump absent.sql"),
    ],
    ids=[
        "no such release",
        "too old",
        "out of order",
        "no way at all",
        "no baseline",
        "no source",
        "no such project",
        "no dump",
    ],
)
def test_bad_input_is_refused_by_what_is_wrong_with_it(
    tmp_path: Path, words: tuple[str, ...], error: type[ImageNotDefined], said: str
) -> None:
    ci(tmp_path, start=words).refused(error, said)


def test_a_baseline_of_another_way_is_refused(tmp_path: Path, baseline: Path) -> None:
    other = tmp_path / "other.json"
    kept = json.loads(baseline.read_text(encoding="utf-8"))
    other.write_text(json.dumps({**kept, "way": ["2023.2", *kept["way"]]}), encoding="utf-8")
    ci(tmp_path, "--baseline", str(other)).refused(BadDocument, "is of another chain", "2023.2")


# -- from a dump ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dump(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dump of placement's filled database."""
    made = nursery.container.exec_run(
        ["sh", "-c", f'mariadb-dump --user=root --password="$(cat {PASSWORD_FILE})" --single-transaction --databases placement']
    )
    assert made.exit_code == 0, made.output
    file = tmp_path_factory.mktemp("dump") / "cloud.sql.gz"
    file.write_bytes(gzip.compress(made.output))
    return file


def test_a_dumps_rows_are_carried_and_read_back(tmp_path: Path, dump: Path) -> None:
    done = ci(tmp_path, start=("--from-dump", str(dump), "--from", START))
    assert done.code == 0, done.err
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    # Placement's rows alone fit every release from xena on.
    assert [(one["project"], one["start"]) for one in report["moves"]] == [("placement", START)]
    (rows,) = (one["detail"][0] for one in report["proofs"] if one["proof"] == "rows")
    assert "0 gone" in rows
    assert not rows.endswith("; 0 rows kept, 0 new, 0 gone")


def test_a_dump_that_is_of_no_such_release_is_refused(tmp_path: Path, dump: Path) -> None:
    words = ("--from-dump", str(dump), "--from", "rocky")
    ci(tmp_path, start=words).refused(CrossCheckFailed, "is said to be at rocky", "placement at xena or")


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda text: text[: len(text) // 2], BadDocument, "is not whole"),
        (lambda text: text.replace(b"-- Dump completed", b"-- "), BadDocument, "it does not end with `-- Dump completed`"),
        (lambda _: b"SELECT 1;\n", BadDocument, "is no dump that mariadb-dump made"),
        (lambda text: text.replace(b"Server version\t1", b"Server version\t9"), BadDocument, "newer than the 10.11"),
        (lambda text: text.replace(b"CREATE TABLE `traits`", b"CREATE TABEL `traits`"), QueryFailed, "cannot be loaded: ERROR"),
    ],
    ids=["half of it", "without its end", "another file", "a newer server's", "that the server refuses"],
)
def test_a_dump_that_is_not_what_it_should_be_is_refused(
    tmp_path: Path, dump: Path, change: object, error: type[BadDocument], said: str
) -> None:
    assert callable(change)
    file = tmp_path / "changed.sql"
    file.write_bytes(change(gzip.decompress(dump.read_bytes())))
    ci(tmp_path, start=("--from-dump", str(file))).refused(error, said)


def test_one_that_is_cut_off_while_packed_is_refused(tmp_path: Path, dump: Path) -> None:
    file = tmp_path / "cut.sql.gz"
    file.write_bytes(dump.read_bytes()[:-2000])
    ci(tmp_path, start=("--from-dump", str(file))).refused(BadDocument, "cannot be unpacked", "unexpected end of file")


# -- from a snapshot --------------------------------------------------------------------------------------------------


def test_a_snapshots_copy_is_carried_and_production_is_not_touched(tmp_path: Path) -> None:
    with open_case(tmp_path) as case:
        before = printed(case.server, *PROJECTS)
        reports = tmp_path / "ci"
        done = thing(case.cloud, "ci", "--from-snapshot", "--to", BETWEEN, "--folder", str(reports), seconds=PATIENCE)
        assert done.code == 0, done.err
        report = json.loads((reports / "report.json").read_text(encoding="utf-8"))
        assert {one["project"] for one in report["moves"]} == set(PROJECTS)
        assert printed(case.server, *PROJECTS) == before
        assert case.left == []
