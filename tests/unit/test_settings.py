import re
from pathlib import Path

import pytest

from runner.errors import BadDocument, MissingFile
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
        ("  keystone: keystone", "  heat: keystone", "7: key 'heat' is given twice"),
        ("cell1: nova", "cell0: nova", "12: key 'cell0' is given twice"),
        ("  keystone: keystone", "  keystone: [keystone]", "6: databases.keystone."),
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
