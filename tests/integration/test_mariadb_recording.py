"""What a rehearsal's clone tells of a step: its statements from the slow log, what it builds from the tablespaces."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from runner.containers.client import connect
from runner.containers.data_files import measure_schemas
from runner.mariadb.connection import DatabaseServer, open_server
from runner.mariadb.sizes import read_temporary
from runner.mariadb.statements import Span, read_statements
from runner.settings import EngineSettings
from tests.support.mariadb import TestServer, start_server

pytestmark = pytest.mark.engine

LOGGING = ("--log-output=TABLE", "--slow-query-log", "--long-query-time=0")


@pytest.fixture(scope="module")
def logging() -> Iterator[TestServer]:
    with start_server(*LOGGING) as running:
        yield running


@pytest.fixture
def clone(logging: TestServer) -> Iterator[DatabaseServer]:
    with open_server(logging.address, logging.password) as opened:
        for schema in ("mine", "of-others"):
            opened.execute(f"CREATE OR REPLACE DATABASE `{schema}`")
            opened.at(schema).execute("CREATE TABLE t (id INT PRIMARY KEY, x TEXT)")
        opened.execute("CREATE OR REPLACE USER tam_x_nova IDENTIFIED BY 'x'")
        opened.execute("GRANT ALL ON *.* TO tam_x_nova")
        yield opened


@pytest.fixture
def step(logging: TestServer, clone: DatabaseServer) -> Iterator[DatabaseServer]:
    with open_server(logging.address.model_copy(update={"user": "tam_x_nova"}), "x") as opened:
        yield opened.at("mine")


def span(begins: float, *schemas: str) -> Span:
    return Span("tam_x_nova", begins, time.time(), schemas)


def test_a_steps_statements_are_counted_and_its_ddl_is_listed(clone: DatabaseServer, step: DatabaseServer) -> None:
    begins = time.time()
    step.execute("INSERT INTO t SELECT seq, 'a' FROM seq_1_to_500")
    step.execute("  update t SET x = 'b' WHERE id <= 20")
    step.execute("Alter Table t\n ADD COLUMN y INT")
    step.execute("DROP TABLE t")
    found = read_statements(clone, span(begins, "mine"))
    assert found.rows_changed == 520
    assert [one.text for one in found.definitions] == ["Alter Table t ADD COLUMN y INT", "DROP TABLE t"]
    assert found.longest_lock >= max(one.seconds for one in found.definitions)


def test_other_schemas_accounts_and_times_are_left_out(clone: DatabaseServer, step: DatabaseServer) -> None:
    step.execute("INSERT INTO t VALUES (1, 'before')")
    time.sleep(0.01)
    begins = time.time()
    step.at("of-others").execute("INSERT INTO t VALUES (1, 'elsewhere')")
    clone.at("mine").execute("INSERT INTO t VALUES (2, 'somebody else')")
    assert read_statements(clone, span(begins, "mine")).rows_changed == 0
    assert read_statements(clone, span(begins, "mine", "of-others")).rows_changed == 1


def test_a_wait_for_a_lock_is_seen(clone: DatabaseServer, step: DatabaseServer) -> None:
    begins = time.time()
    locked, release = threading.Event(), threading.Event()

    def hold() -> None:
        with clone.engine.connect() as connection:
            connection.exec_driver_sql("LOCK TABLES mine.t WRITE")
            locked.set()
            release.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(10)
    threading.Timer(0.5, release.set).start()
    step.execute("INSERT INTO t VALUES (1, 'waited')")
    holder.join()
    assert read_statements(clone, span(begins, "mine")).longest_lock >= 0.3


def test_sizes_are_those_of_the_files(logging: TestServer, clone: DatabaseServer) -> None:
    with closing(connect(EngineSettings())) as client:
        before = measure_schemas(client, logging.container, ["mine", "of-others"])
        clone.at("of-others").execute("INSERT INTO t SELECT seq, REPEAT('x', 2000) FROM seq_1_to_2000")
        assert measure_schemas(client, logging.container, ["of-others", "mine"]) - before > 2_000_000
        assert measure_schemas(client, logging.container, ["not there"]) == 0


def test_what_an_alter_is_building_counts_as_temporary(clone: DatabaseServer) -> None:
    clone.at("mine").execute("INSERT INTO t SELECT seq, REPEAT('x', 2000) FROM seq_1_to_20000")
    seen: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            seen.append(read_temporary(clone).get("mine", 0))

    watcher = threading.Thread(target=watch)
    watcher.start()
    clone.at("mine").execute("ALTER TABLE t ADD COLUMN z INT DEFAULT 1, ALGORITHM=COPY")
    over.set()
    watcher.join()
    assert max(seen) > 1_000_000
    assert "mine" not in read_temporary(clone)
