"""The command line against database servers that refuse: the exit code, what is said, and that nothing was touched."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from runner.errors import (
    BadDocument,
    ChecksBlock,
    LoginRefused,
    MissingFile,
    SchemaMissing,
    ServerReadOnly,
    ServerUnreachable,
    SnapshotDemanded,
    ThingAMeError,
    TlsRequired,
)
from runner.journal.runs import list_runs
from runner.mariadb.accounts import drop_account
from tests.conftest import MakeSchema
from tests.support.clouds import SmallCloud
from tests.support.mariadb import TestServer
from tests.support.thing import MIGRATE, accounts, has_run, killed, position, thing

pytestmark = pytest.mark.engine

Describe = Callable[..., Path]


@pytest.fixture
def describe(mariadb: TestServer, make_schema: MakeSchema, tmp_path: Path) -> Describe:
    """Write a cloud.yaml of one placement database at 2023.1, with these changes to its server."""

    def write(**server: object) -> Path:
        schema = make_schema(
            "CREATE TABLE alembic_version (version_num VARCHAR(32))",
            "INSERT INTO alembic_version VALUES ('422ece571366')",
        )
        address = {"host": mariadb.address.host, "port": mariadb.address.port, "user": "root", "password_file": "secret"}
        (tmp_path / "secret").write_text(mariadb.password, encoding="utf-8")
        document = {"server": address | server, "databases": {"placement": schema}}
        file = tmp_path / "cloud.yaml"
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        return file

    return write


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"port": 1}, ServerUnreachable, "root@"),
        ({"host": "nowhere.invalid"}, ServerUnreachable, "nowhere.invalid"),
        ({"user": "nobody"}, LoginRefused, "nobody"),
        ({"tls": {}}, TlsRequired, "SSL is required"),
        ({"password_file": "nothing"}, MissingFile, "nothing"),
        ({"prot": 3306}, BadDocument, "prot"),
    ],
)
@pytest.mark.parametrize("verb", [("inspect",), MIGRATE])
def test_a_server_that_cannot_be_asked(
    describe: Describe, verb: tuple[str, ...], changes: dict[str, object], error: type[ThingAMeError], words: str
) -> None:
    file = describe(**changes)

    thing(file, *verb).refused(error, words, "databases: untouched")
    assert list_runs(file.parent / "runs") == ()


def test_a_wrong_password(describe: Describe) -> None:
    file = describe()
    (file.parent / "secret").write_text("Xk2-canary", encoding="utf-8")

    done = thing(file, "inspect")

    done.refused(LoginRefused, "databases: untouched")
    assert "Xk2-canary" not in done.err + done.out


def test_a_schema_that_is_not_there(describe: Describe) -> None:
    file = describe()
    file.write_text(file.read_text().replace("test_", "tset_"))

    thing(file, "inspect").refused(SchemaMissing, "placement", "tset_")


def test_migrate_wants_a_snapshot_or_the_operators_word(describe: Describe) -> None:
    words = ("thing-a-me snapshot take", "thing-a-me rehearse --to", "migrate --sealed", "--accept-no-snapshot", "untouched")
    thing(describe(), "migrate", "--to", "2024.1").refused(SnapshotDemanded, *words)


@pytest.fixture
def operator(cloud: SmallCloud) -> Iterator[str]:
    """An account with the rights that docs/cloud-yaml.md lists for a chain without a window, as the cloud's."""
    server, name = cloud.server, f"operator_{cloud.schemas['glance'].partition('_')[0]}"
    (cloud.file.parent / "operator.password").write_text("operators-word", encoding="utf-8")
    server.execute(f"CREATE USER {name}@'%' IDENTIFIED BY 'operators-word'")
    server.execute(f"GRANT CREATE USER, PROCESS ON *.* TO {name}@'%'")
    server.execute(rf"GRANT SELECT, INSERT, UPDATE, CREATE ON `thing\_a\_me`.* TO {name}@'%'")
    for schema in cloud.schemas.values():
        pattern = schema.replace("_", r"\_")
        server.execute(f"GRANT ALL ON `{pattern}`.* TO {name}@'%' WITH GRANT OPTION")
    cloud.rewrite_server(user=name, password_file="operator.password")
    yield name
    drop_account(server, name)


@pytest.mark.images
@pytest.mark.usefixtures("operator")
def test_the_documented_rights_are_enough(cloud: SmallCloud) -> None:
    done = thing(cloud, *MIGRATE)

    assert done.code == 0, done.err
    assert accounts(cloud) == []


@pytest.mark.images
def test_without_the_right_to_make_accounts_nothing_begins(cloud: SmallCloud, operator: str) -> None:
    cloud.server.execute(f"REVOKE CREATE USER ON *.* FROM {operator}@'%'")

    done = thing(cloud, *MIGRATE)

    done.refused(ChecksBlock, "may not create the steps' accounts", "databases: untouched")
    assert "resume" not in done.err, "there is nothing to resume"
    assert not has_run(cloud)


@pytest.mark.images
def test_a_server_that_is_read_only_by_the_time_of_the_run(cloud: SmallCloud, operator: str) -> None:
    killed(cloud, "after:run-began", *MIGRATE)
    cloud.server.execute("SET GLOBAL read_only = ON")
    try:
        thing(cloud, "resume").refused(ServerReadOnly, operator)
        assert thing(cloud, *MIGRATE).code in (ServerReadOnly.exit_code, ChecksBlock.exit_code)
    finally:
        cloud.server.execute("SET GLOBAL read_only = OFF")

    assert accounts(cloud) == []
    done = thing(cloud, "resume")
    assert done.code == 0, done.err
    assert position(cloud).outcome == "proved"
