"""Databases that stand nowhere, and moves that are not permitted, on a real server through the command line."""

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.containers.blueprint import PREFIX
from runner.containers.build import LATEST, find_image
from runner.containers.client import connect
from runner.errors import (
    BadDocument,
    BeyondTarget,
    CellsDisagree,
    CrossCheckFailed,
    HalfMovedHeads,
    ImageMissing,
    ImageNotDefined,
    MixedSchema,
    MoveImpossible,
    NoVersionTable,
    ThingAMeError,
    UnknownRevision,
)
from runner.journal.runs import list_runs
from runner.recipes import load_calendar, load_recipes
from runner.settings import EngineSettings
from tests.conftest import MakeSchema
from tests.support.catalog import chain_only
from tests.support.clouds import SmallCloud
from tests.support.mariadb import TestServer
from tests.support.thing import MIGRATE, killed, thing

pytestmark = pytest.mark.engine

RECIPES = load_recipes()
VERSION_TABLE = "CREATE TABLE alembic_version (version_num VARCHAR(32))"
Make = Callable[..., str]


def heads(project: str, release: str, chain: str | None = None) -> Sequence[str]:
    """The version rows a release ends at, as our recipe has them."""
    chains = RECIPES[project].heads[release]
    return chains[chain or next(iter(chains))]


@pytest.fixture
def make(make_schema: MakeSchema) -> Make:
    """Make a schema that says of itself only where it stands; `signature_of` adds tables that projects are known by."""

    def standing_at(*revisions: str, signature_of: Sequence[str] = ()) -> str:
        rows = [f"INSERT INTO alembic_version VALUES ('{revision}')" for revision in revisions]
        tables = [f"CREATE TABLE `{table}` (id INT)" for project in signature_of for table in RECIPES[project].signature]
        return make_schema(VERSION_TABLE, *rows, *tables)

    return standing_at


@pytest.fixture
def cloud_of(mariadb: TestServer, tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    def write(databases: dict[str, Any], **more: object) -> Path:
        address = {"host": mariadb.address.host, "port": mariadb.address.port, "user": "root", "password_file": "secret"}
        (tmp_path / "secret").write_text(mariadb.password, encoding="utf-8")
        file = tmp_path / "cloud.yaml"
        file.write_text(yaml.safe_dump({"server": address, "databases": databases, **more}), encoding="utf-8")
        return file

    return write


CloudOf = Callable[..., Path]


def refused(file: Path, verb: Sequence[str], error: type[ThingAMeError], *words: str) -> None:
    thing(file, *verb).refused(error, *words, "databases: untouched")
    assert list_runs(file.parent / "runs") == ()


def test_a_database_that_was_never_synced(make_schema: MakeSchema, cloud_of: CloudOf) -> None:
    refused(cloud_of({"keystone": make_schema()}), ["inspect"], NoVersionTable, "there is no alembic_version")


def test_an_empty_placement_without_the_schema_that_kept_its_tables(make_schema: MakeSchema, cloud_of: CloudOf) -> None:
    file = cloud_of({"placement": make_schema()})

    refused(file, ["inspect"], NoVersionTable, "is empty", "nova.api, which kept its tables before stein")


def test_what_a_failed_jump_leaves_behind(make: Make, cloud_of: CloudOf) -> None:
    refused(cloud_of({"placement": make()}), ["inspect"], NoVersionTable, "alembic_version is empty")


def test_a_revision_that_no_release_has(make: Make, cloud_of: CloudOf) -> None:
    refused(cloud_of({"placement": make("deadbeef0000")}), ["inspect"], UnknownRevision, "deadbeef0000")


def test_two_projects_in_one_schema(make: Make, cloud_of: CloudOf) -> None:
    mixed = make(*heads("placement", "2023.1"), signature_of=("placement", "glance"))
    refused(cloud_of({"placement": mixed}), ["inspect"], MixedSchema, "placement and of glance")


def test_another_projects_schema(make: Make, cloud_of: CloudOf) -> None:
    swapped = make(*heads("glance", "2023.1"), signature_of=("glance",))
    refused(cloud_of({"placement": swapped}), ["inspect"], CrossCheckFailed, "holds glance's tables")


def test_cells_that_disagree(make: Make, cloud_of: CloudOf) -> None:
    cells = {"cell0": make(*heads("nova", "2024.1", "main")), "cell1": make(*heads("nova", "2023.1", "main"))}
    api = make(*heads("nova", "2024.1", "api"))
    refused(cloud_of({"nova": {"api": api, "cell": cells}}), ["inspect"], CellsDisagree, "nova.cell0", "nova.cell1")


def test_cells_that_disagree_are_shown_beside_all_others(make: Make, cloud_of: CloudOf) -> None:
    cells = {"cell0": make(*heads("nova", "2024.1", "main")), "cell1": make(*heads("nova", "2023.1", "main"))}
    file = cloud_of({"neutron": make(*heads("neutron", "2024.1")), "nova": {"api": make("b30f573d3377"), "cell": cells}})

    done = thing(file, "inspect")

    done.refused(CellsDisagree, "nova.cell1 is at 2023.1")
    for shown in ("neutron", "nova.api", "nova.cell0", "nova.cell1", "13863f4e1612", "960aac0e09ea"):
        assert shown in done.out


def test_every_trouble_is_shown_at_once(make: Make, make_schema: MakeSchema, cloud_of: CloudOf) -> None:
    file = cloud_of({"placement": make("deadbeef0000"), "glance": make(), "heat": make(*heads("heat", "2023.1"))})

    done = thing(file, "inspect", "--json")

    assert done.code in (UnknownRevision.exit_code, NoVersionTable.exit_code)
    said = {each["database"]: each.get("error") for each in json.loads(done.out)}
    assert said == {"placement": "UnknownRevision", "glance": "NoVersionTable", "heat": None}


@pytest.mark.images
@pytest.mark.parametrize(
    ("stands", "target", "error", "words"),
    [
        ("2024.1", "2023.1", BeyondTarget, "newer than 2023.1"),
        ("yoga", "2024.1", MoveImpossible, "the permitted moves from yoga are to zed"),
        ("2023.1", "2024.2", ImageNotDefined, "2024.2"),
        ("2023.1", "2031.1", BadDocument, "there is no release '2031.1'"),
    ],
)
def test_a_move_that_is_not_permitted(
    make: Make, cloud_of: CloudOf, tmp_path: Path, *, stands: str, target: str, error: type[ThingAMeError], words: str
) -> None:
    databases = {"cinder": make(*heads("cinder", stands)), "neutron": make(*heads("neutron", stands))}
    file = cloud_of(databases, images=chain_only(tmp_path))

    for verb in (["plan"], ["migrate", "--accept-no-snapshot"], ["check"]):
        refused(file, [*verb, "--to", target], error, words)


@pytest.mark.images
def test_a_release_whose_image_was_not_built(make: Make, cloud_of: CloudOf) -> None:
    series = [release.series for release in load_calendar()]
    with closing(connect(EngineSettings())) as client:
        absent = [one for one in series[1:] if not find_image(client, f"{PREFIX}/{one}:{LATEST}")]
    if not absent:
        pytest.skip("the images of all releases are here")
    file = cloud_of({"neutron": make(*heads("neutron", series[series.index(absent[0]) - 1]))})

    done = thing(file, "plan", "--to", absent[0])

    done.refused(ImageMissing, absent[0], f"images build {absent[0]}")


@pytest.mark.images
def test_a_chain_that_stopped_half_way_is_told_from_one_that_did_not(whole_cloud: SmallCloud) -> None:
    killed(whole_cloud, "after:step-proved:keystone/2024.1/expand", *MIGRATE)

    thing(whole_cloud, "inspect").refused(HalfMovedHeads, "47147121", "e25ffa003242")


@pytest.mark.images
def test_one_project_of_a_cloud_is_placed_by_the_whole_cloud(cloud: SmallCloud) -> None:
    """Placement's rows fit four releases; which of them it is at, the rest of the cloud tells."""
    done = thing(cloud, "plan", "--to", "2024.1", "--project", "placement", "--json")

    assert done.code == 0, done.err
    (journey,) = json.loads(done.out)["plan"]["journeys"]
    assert (journey["project"], journey["start"]) == ("placement", "2023.1")


@pytest.mark.images
@pytest.mark.parametrize("asked", [["placement"], ["placement", "neutron"]])
def test_what_is_wrong_with_other_projects_is_no_matter_to_those_that_are_asked_for(
    make: Make, cloud_of: CloudOf, asked: Sequence[str]
) -> None:
    """Cells that disagree, a revision nobody knows, a schema that is not there, a project beyond the target."""
    cells = {"cell0": make(*heads("nova", "2024.1", "main")), "cell1": make(*heads("nova", "2023.1", "main"))}
    sound = {project: make(*heads(project, "2023.1")) for project in ("placement", "neutron")}
    broken = {"glance": make("deadbeef0000"), "heat": "nowhere", "cinder": make(*heads("cinder", "2025.1"))}
    file = cloud_of({"nova": {"api": make(*heads("nova", "2024.1", "api")), "cell": cells}, **broken, **sound})
    only = [word for project in asked for word in ("--project", project)]

    done = thing(file, "plan", "--to", "2024.1", *only, "--json")

    assert done.code == 0, done.err
    assert {one["project"]: one["start"] for one in json.loads(done.out)["plan"]["journeys"]} == dict.fromkeys(asked, "2023.1")
    thing(file, "plan", "--to", "2024.1").refused(UnknownRevision, "glance", "and 1 more: heat")
    thing(file, "plan", "--to", "2024.1", *only, "--project", "nova").refused(CellsDisagree, "nova.cell0")


@pytest.mark.images
@pytest.mark.soak
def test_one_project_is_checked_and_migrated_beside_one_that_stands_nowhere(cloud: SmallCloud) -> None:
    cloud.of("glance").execute("UPDATE alembic_version SET version_num = 'deadbeef0000'")
    thing(cloud, *MIGRATE).refused(UnknownRevision, "glance")

    checked = thing(cloud, "check", "--to", "2024.1", "--project", "placement")
    migrated = thing(cloud, *MIGRATE, "--project", "placement")

    assert checked.code == 0, checked.err
    assert migrated.code == 0, migrated.err
    assert cloud.of("placement").scalar("SELECT version_num FROM alembic_version") == heads("placement", "2024.1")[0]
    assert cloud.of("glance").scalar("SELECT version_num FROM alembic_version") == "deadbeef0000"
