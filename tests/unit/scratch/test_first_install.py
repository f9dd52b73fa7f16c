"""The first-install commands as data, and how they are run - on an engine that only notes what it is asked."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from runner.containers.engine import ETC, Ended, OneShot
from runner.errors import Aftermath, StepFailed
from runner.mariadb.connection import DatabaseServer
from runner.scratch.cloud import Ground, NewCloud, _files, _install
from runner.scratch.first_install import DATABASES, KNOWN, LANES, SCHEMAS, Lane

CLOUD = NewCloud(
    passwords={project: f"{project}-password" for project in SCHEMAS},
    admin_password="admin-password",
    keys={"0": b"staged", "1": b"primary"},
)


class NotingEngine:
    """Notes one-shots and lets each end as told."""

    def __init__(self, ended: Ended) -> None:
        self.ended = ended
        self.shots: list[OneShot] = []
        self.removed: list[str] = []

    def start(self, shot: OneShot) -> str:
        self.shots.append(shot)
        return f"container-{len(self.shots)}"

    def find(self, labels: Mapping[str, str]) -> str | None:
        del labels
        return None

    def wait(self, container: str, *, tick: Callable[[], None] | None = None) -> Ended:
        del container, tick
        return self.ended

    def remove(self, container: str) -> None:
        self.removed.append(container)


def ground(engine: NotingEngine) -> Ground:
    server = DatabaseServer.__new__(DatabaseServer)  # no statement is sent in these tests
    return Ground(engine=engine, server=server, image="2023.1", network="demo", db_host="demo-mariadb", labels={"demo": "x"})


def lane(name: str) -> Lane:
    (found,) = (lane for lane in LANES if lane.name == name)
    return found


def urls(project: str) -> dict[str, str]:
    return {schema: f"mysql+pymysql://{project}@demo-mariadb/{schema}" for schema in SCHEMAS[project]}


def written(each: Lane) -> dict[str, bytes]:
    return _files(each, CLOUD, urls(each.project))


def texts() -> list[bytes]:
    return [written(each)[name] for each in LANES for name in each.files]


def test_every_project_is_installed() -> None:
    assert {each.project for each in LANES} == set(SCHEMAS) == set(DATABASES) == set(KNOWN)


def test_every_schema_is_in_somebodys_configuration() -> None:
    text = b"\n".join(texts())
    assert all(f"@demo-mariadb/{schema}\n".encode() in text for schemas in SCHEMAS.values() for schema in schemas)


def test_no_command_carries_a_secret() -> None:
    engine = NotingEngine(Ended(0, b""))
    for each in LANES:
        _install(each, CLOUD, ground(engine), urls(each.project))
    said = " ".join(word for shot in engine.shots for word in (*shot.argv, *shot.environment.values()))
    assert "password" not in said.replace("bootstrap-password", "").replace("OS_BOOTSTRAP_PASSWORD", "")


def test_keystone_finds_its_keys_and_password_beside_its_configuration() -> None:
    files = written(lane("keystone"))
    assert files.keys() == {"keystone.conf", "0", "1", "bootstrap-password"}
    assert f"key_repository = {ETC}".encode() in files["keystone.conf"]


def test_nobody_else_gets_them() -> None:
    assert all(written(each).keys() == each.files.keys() for each in LANES if each.project != "keystone")


def test_cell2_is_mapped_after_cell1_with_its_own_database() -> None:
    first = lane("nova-api")
    assert first.then is not None
    assert b"/nova_cell2\n" in written(first.then)["nova.conf"]
    assert b"rabbit-2" in written(first.then)["nova.conf"]


def test_a_failed_command_ends_its_lane_and_leaves_no_container() -> None:
    engine = NotingEngine(Ended(1, b"ERROR keystone: access denied for keystone-password"))
    with pytest.raises(StepFailed, match="keystone ended with exit code 1") as caught:
        _install(lane("keystone"), CLOUD, ground(engine), urls("keystone"))
    assert len(engine.shots) == 1
    assert engine.removed == ["container-1"]
    assert caught.value.left_behind is Aftermath.UNTOUCHED
    assert "keystone-password" not in caught.value.message


def test_passwords_do_not_show_in_a_representation() -> None:
    assert "password" not in repr(CLOUD).replace("NewCloud", "")


def test_a_project_with_an_image_of_its_own_is_installed_by_it() -> None:
    engine = NotingEngine(Ended(0, b"", oom=False, seconds=0.1))
    here = replace(ground(engine), apart={"heat": "heats"})
    for name in ("heat", "cinder"):
        _install(lane(name), CLOUD, here, urls(name))
    assert [shot.image for shot in engine.shots] == ["heats", "2023.1"]
