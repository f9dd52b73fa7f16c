"""Checks of what lies in the databases: for each, one database that trips it and one that does not."""

import pytest

from runner.checks import CHECKS, ask_all, blockers, charset, default_collation, foreign_key_ends, storage_engine, stored_urls
from runner.checks.finding import Finding, Severity, Unanswered
from runner.errors import CheckCouldNotRun, ChecksBlock, QueryFailed
from runner.events import CheckAnswered, Event, silent
from runner.mariadb.connection import DatabaseServer
from runner.planning.cloud import Database
from runner.planning.path import Hop
from runner.recipes import load_recipes
from runner.settings import FromSteps, Server
from tests.conftest import MakeSchema
from tests.support.mariadb import TestServer
from tests.support.questions import ask_about

pytestmark = pytest.mark.engine

BESIDES = (
    "CREATE TABLE attachment_specs (deleted BOOL)",
    (
        "CREATE TABLE services (`binary` VARCHAR(9), deleted BOOL, rpc_current_version VARCHAR(9),"
        " object_current_version VARCHAR(9))"
    ),
)
"""What other rows of cinder are counted in."""
QUOTA = (
    *BESIDES,
    "CREATE TABLE volumes (id INT, use_quota BOOL, deleted BOOL DEFAULT 0)",
    "CREATE TABLE snapshots (id INT, use_quota BOOL, deleted BOOL DEFAULT 0)",
    "INSERT INTO volumes (id, use_quota) VALUES (1, TRUE)",
)


@pytest.fixture
def address(mariadb: TestServer) -> Server:
    return mariadb.address


def cinder(schema: str) -> Database:
    return Database("cinder", "cinder", "cinder", schema)


def cell(schema: str, name: str = "cell1") -> Database:
    return Database("nova", "cell", name, schema)


def test_null_quotas_block_cinders_hop_to_2024(server: DatabaseServer, address: Server, make_schema: MakeSchema) -> None:
    schema = make_schema(
        *QUOTA,
        "INSERT INTO volumes (id, use_quota, deleted) VALUES (2, NULL, 1)",
        "INSERT INTO snapshots (id, use_quota) VALUES (1, NULL), (2, NULL)",
    )
    (finding,) = blockers.ask(ask_about(server, address, cinder(schema)))
    assert isinstance(finding, Finding)
    assert (finding.severity, finding.rows, finding.where) == (Severity.BLOCKS, 3, "cinder")
    assert finding.mend in {mend.name for mend in load_recipes()["cinder"].mends}
    assert finding.breaks is not None
    assert finding.breaks.startswith("cinder 2023.1 -> 2024.1: ")


def test_filled_quotas_and_hops_that_do_not_cross_2024(
    server: DatabaseServer, address: Server, make_schema: MakeSchema
) -> None:
    filled = make_schema(*QUOTA)
    assert blockers.ask(ask_about(server, address, cinder(filled))) == ()
    null = make_schema(*QUOTA, "INSERT INTO volumes (id, use_quota, deleted) VALUES (2, NULL, 1)")
    assert blockers.ask(ask_about(server, address, cinder(null), hops=())) == ()
    assert blockers.ask(ask_about(server, address, cinder(null), hops=(Hop("zed", "2023.1"),))) == ()


def test_a_database_from_before_the_column_is_asked_for_what_becomes_such_rows(
    server: DatabaseServer, address: Server, make_schema: MakeSchema
) -> None:
    schema = make_schema(
        *BESIDES,
        "CREATE TABLE volumes (id INT, deleted BOOL)",
        "CREATE TABLE snapshots (id INT, deleted BOOL)",
        "INSERT INTO volumes VALUES (1, TRUE), (2, FALSE)",
        "INSERT INTO snapshots VALUES (1, TRUE)",
    )
    way = (Hop("wallaby", "xena"), Hop("xena", "2024.1"))
    (finding,) = blockers.ask(ask_about(server, address, cinder(schema), hops=way))
    assert isinstance(finding, Finding)
    assert finding.rows == 2
    (answer,) = blockers.ask(ask_about(server, address, cinder(schema), hops=way[1:]))
    assert isinstance(answer, Unanswered), "xena has the column"


def test_a_blocker_that_cannot_be_counted_is_unanswered(
    server: DatabaseServer, address: Server, make_schema: MakeSchema
) -> None:
    (answer,) = blockers.ask(ask_about(server, address, cinder(make_schema(*BESIDES, "CREATE TABLE volumes (id INT)"))))
    assert isinstance(answer, Unanswered)
    assert "cinder-use-quota" in answer.why


def test_tables_that_are_not_innodb(server: DatabaseServer, address: Server, make_schema: MakeSchema) -> None:
    bad = make_schema("CREATE TABLE old (a INT) ENGINE=MyISAM", "CREATE TABLE t (a INT)", "CREATE VIEW v AS SELECT * FROM t")
    good = make_schema("CREATE TABLE t (a INT)")
    (finding,) = storage_engine.ask(ask_about(server, address, cell(bad), cinder(good)))
    assert (finding.severity, finding.where, finding.rows) == (Severity.WARNS, "nova.cell1", 1)
    assert "old (MyISAM)" in finding.says


def test_text_that_is_not_utf8(server: DatabaseServer, address: Server, make_schema: MakeSchema) -> None:
    """Nova itself declares resource_providers latin1; numbers have no charset."""
    declared = "CREATE TABLE resource_providers (name VARCHAR(9)) CHARSET latin1"
    bad = make_schema(declared, "CREATE TABLE t (name VARCHAR(9)) CHARSET latin1", "CREATE TABLE n (a INT) CHARSET latin1")
    good = make_schema(declared, "CREATE TABLE t (name VARCHAR(9)) CHARSET utf8mb4")
    (finding,) = charset.ask(ask_about(server, address, cell(bad), cell(good, "cell2")))
    assert finding.where == "nova.cell1"
    assert finding.says.endswith(": t (latin1)")


def test_a_database_whose_default_is_not_utf8(server: DatabaseServer, address: Server, make_schema: MakeSchema) -> None:
    bad, good = make_schema(options="CHARSET latin1"), make_schema(options="CHARSET utf8mb4")
    (finding,) = charset.ask(ask_about(server, address, cell(bad), cinder(good)))
    assert "default charset is latin1" in finding.says


def test_foreign_keys_whose_ends_differ(server: DatabaseServer, address: Server, make_schema: MakeSchema) -> None:
    """The table that points is made first, as a dump does it: then InnoDB does not compare."""
    down = "CREATE TABLE down (up_id VARCHAR(36), FOREIGN KEY (up_id) REFERENCES up (id)) COLLATE utf8mb3_general_ci"
    up = "CREATE TABLE up (id VARCHAR(36) PRIMARY KEY) COLLATE {}"
    blind = "BEGIN NOT ATOMIC SET foreign_key_checks = 0; {}; {}; END"
    bad = make_schema(blind.format(down, up.format("utf8mb3_unicode_ci")))
    good = make_schema(up.format("utf8mb3_general_ci"), down)
    (finding,) = foreign_key_ends.ask(ask_about(server, address, cell(bad), cinder(good)))
    assert (finding.severity, finding.where, finding.rows) == (Severity.BLOCKS, "nova.cell1", 1)
    assert "down.up_id (utf8mb3_general_ci) -> up.id (utf8mb3_unicode_ci)" in finding.says
    # What the finding says it breaks.
    rebuild = "ALTER TABLE down ADD more INT, ALGORITHM=COPY"
    with pytest.raises(QueryFailed, match="incorrectly formed"):
        server.at(bad).execute(rebuild)
    server.at(good).execute(rebuild)


SHARE_MAPPING = (
    "CREATE TABLE share_mapping (instance_uuid VARCHAR(36), FOREIGN KEY (instance_uuid) REFERENCES instances (uuid))"
    " CHARSET=utf8 ENGINE=InnoDB"
)


def test_instances_in_another_collation_than_new_tables(
    server: DatabaseServer, address: Server, make_schema: MakeSchema
) -> None:
    """What nova 13863f4e1612 creates fails where the check says so, and only there."""
    instances = "CREATE TABLE instances (uuid VARCHAR(36) NOT NULL UNIQUE) CHARSET utf8 COLLATE {}"
    bad = make_schema(instances.format("utf8mb3_unicode_ci"))
    good = make_schema(instances.format("utf8mb3_general_ci"))
    (finding,) = default_collation.ask(ask_about(server, address, cell(bad), cell(good, "cell2")))
    assert (finding.severity, finding.where) == (Severity.BLOCKS, "nova.cell1.instances")
    assert default_collation.ask(ask_about(server, address, cell(bad), hops=(Hop("2025.1", "2026.1"),))) == ()
    with pytest.raises(QueryFailed, match="incorrectly formed"):
        server.at(bad).execute(SHARE_MAPPING)
    server.at(good).execute(SHARE_MAPPING)


CELLS = "CREATE TABLE cell_mappings (name VARCHAR(255), database_connection TEXT, transport_url TEXT)"


def map_cells(server: DatabaseServer, address: Server, api: str, **urls: str) -> list[Finding]:
    """Ask about a nova whose cell1 is schema `test_cell`, with these URLs in its cell_mappings."""
    for name, url in urls.items():
        server.at(api).execute("INSERT INTO cell_mappings VALUES (:name, :url, 'rabbit://u:p@mq:5672/')", name=name, url=url)
    question = ask_about(server, address, Database("nova", "api", "api", api), cell("test_cell"))
    return list(stored_urls.ask(question))


def test_cells_that_lead_where_cloud_yaml_does(server: DatabaseServer, address: Server, make_schema: MakeSchema) -> None:
    here = Server(host="DB.example", port=3307, user="u", password_file="x", from_steps=FromSteps(host="relay", port=3306))
    urls = {"cell1": "mysql+pymysql://nova:p@db.example:3307/test_cell?charset=utf8", "cell2": "mysql://n:p@relay/test_cell"}
    assert map_cells(server, here, make_schema(CELLS), **urls) == []
    address = here.model_copy(update={"host": "10.0.0.9"})
    assert map_cells(server, address, make_schema(CELLS), cell1="mysql://n:p@10.0.0.9:3307/test_cell") == []
    template = {"cell1": "{scheme}://{username}:{password}@{hostname}:{port}/test_cell?{query}", "none": "none:///"}
    assert map_cells(server, here, make_schema(CELLS), **template) == []


@pytest.mark.parametrize(
    ("url", "severity", "says"),
    [
        ("mysql://n:secret@db/nova_old", Severity.BLOCKS, "schema 'nova_old'"),
        ("mysql://n:secret@other/test_cell", Severity.WARNS, "other:3306"),
        ("mysql://n:secret@db:3399/test_cell", Severity.WARNS, "db:3399"),
        ("mysql://n:secret@10.0.0.9/test_cell", Severity.WARNS, "10.0.0.9:3306"),
        ("mysql://n:secret@[fd00::9]/test_cell", Severity.WARNS, "fd00::9:3306"),
        ("mysql://n:secret@db:no/port/test_cell", Severity.BLOCKS, "cannot be read"),
        ("mysql://n:secret@db:65536/test_cell", Severity.BLOCKS, "cannot be read"),
    ],
)
def test_cells_that_lead_elsewhere(
    server: DatabaseServer, make_schema: MakeSchema, url: str, severity: Severity, says: str
) -> None:
    here = Server(host="db", user="u", password_file="x")
    found = map_cells(server, here, make_schema(CELLS), cell1=url)
    assert any(finding.severity is severity and says in finding.says for finding in found)
    assert "secret" not in repr(found)


def test_a_cell_that_nobody_mapped(server: DatabaseServer, make_schema: MakeSchema) -> None:
    here = Server(host="db", user="u", password_file="x")
    api, lost = make_schema(CELLS), make_schema()
    server.at(api).execute("INSERT INTO cell_mappings VALUES ('cell0', 'mysql://n:p@db/x', 'none:///')")
    question = ask_about(server, here, Database("nova", "api", "api", api), cell("x", "cell0"), cell(lost, "cell7"))
    (finding,) = stored_urls.ask(question)
    assert (finding.severity, finding.where) == (Severity.WARNS, "nova.cell7")


def test_all_are_asked_and_all_findings_reported_at_once(
    server: DatabaseServer, address: Server, make_schema: MakeSchema
) -> None:
    told: list[Event] = []
    rows = "INSERT INTO volumes (id, use_quota, deleted) VALUES (2, NULL, 1)"
    schema = make_schema(*QUOTA, rows, "CREATE TABLE old (name VARCHAR(9)) ENGINE=MyISAM CHARSET latin1")
    answers = ask_all(ask_about(server, address, cinder(schema)), told.append)
    assert [finding.check for finding in answers.findings][:3] == ["blockers", "storage-engine", "charset"]
    assert len([event for event in told if isinstance(event, CheckAnswered)]) == len(told) == len(CHECKS)
    with pytest.raises(ChecksBlock, match="cinder-use-quota"):
        answers.demand()


def test_a_check_that_could_not_run_is_a_failure_that_says_so(
    server: DatabaseServer, address: Server, make_schema: MakeSchema
) -> None:
    """Nova's API database without cell_mappings: the others are asked all the same."""
    question = ask_about(server, address, Database("nova", "api", "api", make_schema(options="CHARSET latin1")))
    answers = ask_all(question, silent)
    assert answers.findings[0].check == "charset"
    unasked = {"blockers", "pending-online", "stored-urls", "stored-logins", "orphan-mappings"}
    assert {one.check for one in answers.unanswered} == unasked
    with pytest.raises(CheckCouldNotRun, match=r"stored-urls could not tell: .*cell_mappings"):
        answers.demand()
