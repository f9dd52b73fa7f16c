import re
from pathlib import Path

import pytest

from runner.errors import BadDocument, MissingFile
from runner.planning.asked import Entity, ReadBack
from runner.settings import BuildSettings, Cloud, read_cloud
from tests.support.planning import RECIPES

CLOUD = """\
server:
  host: db.example
  user: admin
  password_file: secret
databases:
  keystone: keystone
  heat: {heat: heat}
  nova:
    api: nova_api
    cell:
      cell0: nova_cell0
      cell1: nova
runs: runs
"""


def read(folder: Path, text: str = CLOUD) -> Cloud:
    (folder / "cloud.yaml").write_text(text, encoding="utf-8")
    return read_cloud(folder / "cloud.yaml", RECIPES)


def change(old: str, new: str) -> str:
    assert old in CLOUD
    return CLOUD.replace(old, new, 1)


def test_databases_are_named_after_their_project_and_member(tmp_path: Path) -> None:
    assert {one.id: one.schema for one in read(tmp_path).databases} == {
        "keystone": "keystone",
        "heat": "heat",
        "nova.api": "nova_api",
        "nova.cell0": "nova_cell0",
        "nova.cell1": "nova",
    }


def test_one_cell_needs_no_name_of_its_own(tmp_path: Path) -> None:
    cloud = read(tmp_path, change("cell:\n      cell0: nova_cell0\n      cell1: nova", "cell: nova"))
    assert [(one.id, one.schema) for one in cloud.of("nova", "cell")] == [("nova.cell", "nova")]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("  user: admin", "  user: admin\n  usr: x", "4: server.usr: unknown key"),
        ("runs: runs", "run: runs", "13: run: unknown key"),
        ("  user: admin\n", "", "1: server.user: is missing"),
        ("db.example", "7", "2: server.host: input should be a valid string, not 7"),
        ("runs: runs", "jobs: many", "13: jobs: input should be a valid integer, not 'many'"),
        ("runs: runs", "jobs: 0", "13: jobs: input should be greater than or equal to 1, not 0"),
        ("runs: runs", "jobs: 65", "13: jobs: input should be less than or equal to 64, not 65"),
        (
            "  user: admin",
            "  user: admin\n  port: 65536",
            "4: server.port: input should be less than or equal to 65535, not 65536",
        ),
        (
            "  user: admin",
            "  user: admin\n  tls: {verify: maybe}",
            "4: server.tls.verify: input should be a valid boolean, not 'maybe'",
        ),
        (
            "  keystone: keystone",
            "  keystone: nova",
            "12: databases.nova.cell.cell1: schema 'nova' is keystone's already; every database has a schema of its own",
        ),
        (
            "  user: admin",
            "  user: admin\n  from_steps:\n    host: fd00::5",
            "5: server.from_steps.host: should be an IPv4 address or a name, without a port: the engine's networks are IPv4",
        ),
        ("  keystone: keystone", "  heat: keystone", "7: key 'heat' is given twice"),
        ("cell1: nova", "cell0: nova", "12: key 'cell0' is given twice"),
        ("  keystone: keystone", "  keystone: [keystone]", "6: databases.keystone: should be a string or a mapping"),
        ("    api: nova_api", "    api: 5", "9: databases.nova.api: should be a string or a mapping, not 5"),
        ("      cell0: nova_cell0", "      cell0: [x]", "11: databases.nova.cell.cell0: input should be a valid string"),
    ],
)
def test_a_fault_is_named_with_file_line_and_what_is_allowed(tmp_path: Path, old: str, new: str, fault: str) -> None:
    with pytest.raises(BadDocument, match=f"^{re.escape(f'{tmp_path}/cloud.yaml:{fault}')}"):
        read(tmp_path, change(old, new))


def test_a_cloud_without_a_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match=r"cloud\.yaml:5: databases: dictionary should have at least 1 item"):
        read(tmp_path, re.sub(r"databases:.*", "databases: {}\n", CLOUD, flags=re.DOTALL))


DISAGREE = [
    ("keystone: keystone", "keyston: keystone", "6", "there is no recipe for 'keyston'"),
    ("    api: nova_api\n", "", "8", "databases.nova: 'api' is missing; it needs api, cell"),
    ("heat: {heat: heat}", "heat: {engine: heat, heat: h}", "7", "databases.heat.engine: no role 'engine'; it has heat"),
    ("    api: nova_api", "    api: {one: a, two: b}", "9", "databases.nova.api: takes one schema, not several"),
]


@pytest.mark.parametrize(("old", "new", "line", "says"), DISAGREE)
def test_what_no_recipe_has_is_named_with_its_line_and_what_the_recipes_have(
    tmp_path: Path, old: str, new: str, line: str, says: str
) -> None:
    with pytest.raises(BadDocument, match=rf"^{re.escape(str(tmp_path))}/cloud\.yaml:{line}: .*{re.escape(says)}$"):
        read(tmp_path, change(old, new))


def test_a_project_without_a_recipe_is_answered_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(BadDocument) as refusal:
        read(tmp_path, change("keystone: keystone", "keyston: keystone"))
    assert refusal.value.advice == "the recipes are heat, keystone, nova"


def test_a_project_without_a_single_cell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match=r"cloud\.yaml:10: databases\.nova\.cell: needs at least one database$"):
        read(tmp_path, change("cell:\n      cell0: nova_cell0\n      cell1: nova", "cell: {}"))


def test_a_cell_called_like_another_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match=r"cloud\.yaml:11: databases\.nova\.cell\.api: two databases are called nova\.api$"):
        read(tmp_path, change("cell0: nova_cell0", "api: nova_cell0"))


def test_a_missing_cloud_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"cannot read .*/cloud\.yaml"):
        read_cloud(tmp_path / "cloud.yaml", RECIPES)


# -- paths, password, defaults ----------------------------------------------------------------------------------------


def test_paths_are_relative_to_the_file_not_to_the_working_directory(tmp_path: Path) -> None:
    cloud = read(tmp_path, f"{CLOUD}images: ../images\n")
    (tmp_path / "secret").write_text("p w\n")
    assert cloud.runs == tmp_path / "runs"
    assert cloud.images == tmp_path / "../images"
    assert cloud.password() == "p w"


def test_a_password_that_cannot_be_read_names_the_key_and_the_file(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"cannot read server\.password_file .*/secret: .*No such file"):
        read(tmp_path).password()


def test_the_password_is_in_no_representation(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cr3t")
    cloud = read(tmp_path)
    assert cloud.password() == "s3cr3t"
    assert "s3cr3t" not in repr(cloud) + str(vars(cloud))


def test_a_ca_bundle_becomes_absolute_and_no_tls_stays_none(tmp_path: Path) -> None:
    with_ca = read(tmp_path, change("  user: admin", "  user: admin\n  tls: {ca: ca.pem}")).tls()
    assert with_ca is not None
    assert (with_ca.ca, with_ca.verify) == (f"{tmp_path}/ca.pem", True)
    assert read(tmp_path).tls() is None


def test_jobs_are_the_cores_unless_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 5)
    assert read(tmp_path).jobs == 5
    assert read(tmp_path, f"{CLOUD}jobs: 3\n").jobs == 3


def test_a_build_reads_what_pip_apt_and_curl_read() -> None:
    found = BuildSettings.from_environment(
        {
            "UV_INDEX_URL": "https://uv",
            "PIP_INDEX_URL": "https://pip",
            "HTTP_PROXY": "http://p",
            "SSL_CERT_FILE": "",
            "PIP_CERT": "c",
        }
    )
    assert (found.index_url, found.http_proxy, found.ca_bundle) == ("https://pip", "http://p", "c")
    assert BuildSettings.from_environment({}) == BuildSettings()


def test_what_cloud_yaml_says_of_builds_counts_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://environment")
    assert read(tmp_path).build.index_url == "https://environment"
    assert read(tmp_path, f"{CLOUD}build: {{index_url: https://file}}\n").build.index_url == "https://file"


LOGIN = """
read_back:
  keystone: {user: ada, project: engines, password_file: ada.password}
"""


def read_with_login(folder: Path, text: str) -> Cloud:
    reads = ReadBack(script="s", entities={"users": Entity(role="keystone", ids="i")}, login=True, source="s")
    recipes = {**RECIPES, "keystone": RECIPES["keystone"].model_copy(update={"read_back": reads})}
    (folder / "cloud.yaml").write_text(text, encoding="utf-8")
    return read_cloud(folder / "cloud.yaml", recipes)


def test_who_is_to_log_in_has_a_domain_and_a_password(tmp_path: Path) -> None:
    cloud = read_with_login(tmp_path, CLOUD + LOGIN)
    (tmp_path / "ada.password").write_text("s3cret\n", encoding="utf-8")
    found = cloud.login("keystone")
    assert found
    assert (found[0].user, found[0].domain, found[1]) == ("ada", "Default", "s3cret")
    assert cloud.login("heat") is None


def test_a_password_that_cannot_be_read_is_missed(tmp_path: Path) -> None:
    cloud = read_with_login(tmp_path, CLOUD + LOGIN)
    with pytest.raises(MissingFile, match=r"read_back\.keystone\.password_file"):
        cloud.login("keystone")


@pytest.mark.parametrize("project", ["heat", "swift"])
def test_nobody_logs_in_where_nobody_can(tmp_path: Path, project: str) -> None:
    with pytest.raises(BadDocument, match=rf"cloud\.yaml:\d+: read_back\.{project}: there is nobody to log in"):
        read_with_login(tmp_path, CLOUD + LOGIN.replace("keystone:", f"{project}:"))


# -- snapshots --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "way", "recipients"),
    [
        ("", "logical", ()),
        ("snapshots: {container: db, encrypt_to: age1a}", "physical", ("age1a",)),
        ("snapshots: {command: [ssh, db], encrypt_to: [age1a, age1b]}", "physical", ("age1a", "age1b")),
        ("snapshots: {container: db, method: logical}", "logical", ()),
    ],
)
def test_how_snapshots_are_taken_follows_from_what_is_named(
    tmp_path: Path, said: str, way: str, recipients: tuple[str, ...]
) -> None:
    cloud = read(tmp_path, f"{CLOUD}{said}\n")
    assert (cloud.document.snapshots.way, cloud.document.snapshots.recipients) == (way, recipients)
    assert cloud.snapshots == tmp_path / "snapshots"


@pytest.mark.parametrize(
    ("said", "keeps"),
    [
        ("{container: db}", False),
        ("{container: db, packed: true}", True),
        ("{container: db, encrypt_to: age1a}", True),
        ("{method: logical}", True),
    ],
)
def test_a_stream_is_stored_where_it_is_asked_for_or_where_there_is_nothing_else(
    tmp_path: Path, said: str, keeps: bool
) -> None:
    assert read(tmp_path, f"{CLOUD}snapshots: {said}\n").document.snapshots.keeps_stream is keeps


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("{container: db, command: [x]}", "container and command exclude one another"),
        ("{method: physical}", "method physical needs container or command"),
        ("{keep: 0}", "keep: input should be greater than or equal to 1"),
        ("{command: []}", "command: "),
        ("{container: db, host: {shell: [ssh], stop: x, start: x, status: x}}", "host goes with command"),
        ("{command: [x], host: {shell: [ssh], stop: x, start: x}}", "status: is missing"),
        ("{command: [x], host: {shell: [], stop: x, start: x, status: x}}", "shell: "),
    ],
)
def test_snapshots_that_cannot_be_taken_so_are_refused(tmp_path: Path, said: str, fault: str) -> None:
    with pytest.raises(BadDocument, match=rf"cloud\.yaml:\d+: snapshots.*{fault}"):
        read(tmp_path, f"{CLOUD}snapshots: {said}\n")


def test_an_identity_is_read_when_it_is_asked_for(tmp_path: Path) -> None:
    assert read(tmp_path).identity() is None
    cloud = read(tmp_path, f"{CLOUD}snapshots: {{identity_file: age.key}}\n")
    with pytest.raises(MissingFile, match=r"cannot read snapshots\.identity_file .*/age\.key"):
        cloud.identity()
    (tmp_path / "age.key").write_text("AGE-SECRET-KEY-1")
    assert cloud.identity() == "AGE-SECRET-KEY-1"
