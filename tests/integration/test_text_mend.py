"""Text that is mended on a real server: an old keystone's tables, proven on a clone of a real snapshot, then in production."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from runner.errors import (
    MendNotProved,
    NotMendable,
    NoVersionTable,
    ProductionAhead,
    ProofFailed,
    QueryFailed,
    RunUnfinished,
    SnapshotDemanded,
    StepInDoubt,
)
from runner.journal import entry as e
from runner.journal import window_entry as w
from runner.journal.reader import read_entries
from runner.journal.replay import replay
from runner.journal.runs import list_runs, new_run
from runner.journal.text_entry import TextStatementBegan, TextStatementDone
from runner.journal.writer import open_journal
from runner.planning.comparison import compare
from runner.planning.fingerprint import ServerPrint
from tests.support.old_text import NAMES, write_old
from tests.support.prints import printed
from tests.support.production import SCHEMA, Production, open_production
from tests.support.thing import killed, started, thing, until

pytestmark = [pytest.mark.engine]

FIX = ("check", "--fix", "text")
UNTOUCHED = "databases: untouched"


@pytest.fixture
def old() -> Iterator[Production]:
    with open_production(()) as opened:
        write_old(opened)
        yield opened


@pytest.fixture
def cloud(old: Production, tmp_path: Path) -> Path:
    return old.describe(tmp_path)


def take(cloud: Path) -> None:
    taken = thing(cloud, "snapshot", "take")
    assert taken.code == 0, taken.err


def now(old: Production) -> ServerPrint:
    return printed(old.server, SCHEMA)


def assert_same(old: Production, before: ServerPrint) -> None:
    comparison = compare(before, now(old))
    assert comparison.is_equal, comparison.differences


def assert_mended(old: Production) -> None:
    """A client that says UTF-8 reads what people wrote, and nothing but charsets has changed."""
    here = old.server.at(SCHEMA)
    names = [name for (name,) in here.rows("SELECT name FROM local_user ORDER BY id")]
    assert names == [*NAMES["hidden"], *NAMES["ascii"], *NAMES["latin1"]]
    assert {extra for (extra,) in here.rows("SELECT extra FROM user WHERE extra LIKE '{%'")} == {'{"é": 1}'}
    assert here.rows("SELECT name, description FROM project ORDER BY id") == [("Größe", "東京"), ("Größe, wie sie ist", None)]
    assert here.scalar("SELECT description FROM region") == "Île-de-France"
    written = "SELECT COUNT(*) FROM {} WHERE {} <> '2016-04-07 10:00:00'"
    assert (here.scalar(written.format("project", "updated")), here.scalar(written.format("local_user", "seen"))) == (0, 0)
    left = f"SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = '{SCHEMA}' AND character_set_name = 'latin1'"
    assert here.scalar(left) == 0
    for table, definition in DEFINED.items():
        assert definition in here.rows(f"SHOW CREATE TABLE {table}")[0][1]


DEFINED = {
    "user": "`name` varchar(255) NOT NULL DEFAULT 'nobody' COMMENT 'a, CHARACTER SET x'",
    "local_user": "KEY `user_id` (`user_id`),\n"
    "  CONSTRAINT `local_user_ibfk_1` FOREIGN KEY (`user_id`) REFERENCES `user` (`id`) ON DELETE CASCADE",
    "password": "`password` varchar(128) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin NOT NULL",
}


def test_an_old_keystone_is_proven_on_a_clone_and_mended(old: Production, cloud: Path) -> None:
    before = now(old)
    read = "CONVERT(CAST(name AS BINARY) USING utf8mb4)"
    looked = old.server.rows(f"SELECT {read} FROM {SCHEMA}.user WHERE name <> CONVERT(name USING ascii) ORDER BY id")
    assert [name for (name,) in looked] == list(NAMES["hidden"]), "as the docs say how to look"
    thing(cloud, *FIX).refused(SnapshotDemanded, "snapshot take", UNTOUCHED)
    take(cloud)

    tried = thing(cloud, *FIX)

    assert tried.code == 0, tried.err
    assert "column  keystone.local_user.name: mixed, 4 rows misread; to utf8mb3" in tried.out
    assert "column  keystone.project.name: twice, 1 rows misread; to utf8mb3" in tried.out
    assert "column  keystone.user.id: latin1; to utf8mb3" in tried.out
    assert "production was not touched" in tried.out
    assert_same(old, before)

    done = thing(cloud, *FIX, "--yes")

    assert done.code == 0, done.err
    assert "16 rows misread before, 0 after; production is what the clone was" in done.out
    assert_mended(old)
    thing(cloud, *FIX, "--yes").refused(NotMendable, "there is no text to be mended", UNTOUCHED)


def test_a_column_that_is_what_it_says_is_left(old: Production, cloud: Path) -> None:
    take(cloud)
    thing(cloud, *FIX, "--leave", "keystone.user").refused(NotMendable, "nothing would be mended in keystone.user", UNTOUCHED)
    before = old.server.at(SCHEMA).rows("SELECT HEX(name) FROM user ORDER BY id")

    done = thing(cloud, *FIX, "--yes", "--leave", "keystone.user.name", "--leave", "keystone.user.id")

    assert done.code == 0, done.err
    assert "left    keystone.user.name: you said so" in done.out
    assert "left    keystone.local_user.user_id: the other end of foreign key" in done.out
    assert old.server.at(SCHEMA).rows("SELECT HEX(name) FROM user ORDER BY id") == before
    shown = old.server.at(SCHEMA).rows("SHOW CREATE TABLE user")[0][1]
    assert "DEFAULT CHARSET=latin1" in shown, "a new column is what those beside it are"
    assert "`extra` text CHARACTER SET utf8mb3" in shown


def test_killed_between_statements_and_in_them_it_goes_on(old: Production, cloud: Path) -> None:
    take(cloud)
    points = (
        "after:text-statement-began:1",  # an ALTER was announced, and not begun
        "before:text-statement-done:2",  # an ALTER was done, and nobody wrote it down
        "before:text-statement-done:3",  # an UPDATE was
        "after:text-statement-done:6",
        "before:text-statement-done:9",  # the last one was
    )
    for point in points:
        killed(cloud, point, *FIX, "--yes")
        thing(cloud, *FIX).refused(RunUnfinished, "left half way", "--fix text --yes")
    thing(cloud, "migrate", "--to", "2024.1", "--accept-no-snapshot").refused(RunUnfinished, "left half way")

    done = thing(cloud, *FIX, "--yes")

    assert done.code == 0, done.err
    assert_mended(old)
    (run,) = [folder for folder in list_runs(cloud.parent / "runs") if replay(read_entries(folder)).began.flow == "text"]
    entries = [one.entry for one in read_entries(run)]
    assert replay(read_entries(run)).outcome == "proved"
    began = [one.number for one in entries if isinstance(one, TextStatementBegan)]
    assert began == [0, 1, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9], "what was done is not done again, but for an UPDATE in doubt"
    assert [one.number for one in entries if isinstance(one, TextStatementDone) and one.found] == [2, 9]


def test_killed_while_the_server_alters_it_waits_for_that_and_goes_on(old: Production, cloud: Path) -> None:
    """A server ends what it has begun, whatever becomes of the client; its table's definition tells whether it did."""
    many = "SELECT CONCAT('m', seq), CONCAT('n', seq), REPEAT('x', 300) FROM seq_1_to_100000"
    old.server.at(SCHEMA).execute(f"INSERT INTO user (id, name, extra) {many}")
    take(cloud)

    def altering() -> list[tuple[int]]:
        found = (
            "SELECT id FROM information_schema.processlist WHERE info LIKE 'ALTER TABLE `keystone`.`user`%' AND time_ms > 100"
        )
        return old.server.rows(found)

    with started(cloud, *FIX, "--yes") as process:
        until(altering, "production's ALTER runs", 120)
        process.kill()

    done = thing(cloud, *FIX, "--yes")

    assert done.code == 0, done.err
    assert "going on with run" in done.err
    assert_mended(old)


def test_what_was_put_back_after_a_kill_is_begun_anew(old: Production, cloud: Path) -> None:
    take(cloud)
    killed(cloud, "after:text-statement-done:4", *FIX, "--yes")
    back = thing(cloud, "snapshot", "restore", "--yes", "--although-connected")
    assert back.code == 0, back.err

    migrate = ("migrate", "--to", "2024.1", "--accept-no-snapshot")
    thing(cloud, *migrate).refused(RunUnfinished)
    tried = thing(cloud, *FIX)
    assert tried.code == 0, tried.err
    assert "was put back: beginning anew" in tried.err
    thing(cloud, *migrate).refused(NoVersionTable)

    done = thing(cloud, *FIX, "--yes", "--json")

    assert done.code == 0, done.err
    said = json.loads(done.out)
    assert (said["mended"], said["done"], len(said["steps"])) == ("text", True, 10)
    assert_mended(old)


def test_a_table_that_somebody_has_changed_half_way_is_not_guessed_at(old: Production, cloud: Path) -> None:
    take(cloud)
    killed(cloud, "after:text-statement-done:4", *FIX, "--yes")
    old.server.at(SCHEMA).execute("ALTER TABLE user ADD COLUMN mine INT")

    failed = thing(cloud, *FIX, "--yes")

    failed.refused(StepInDoubt, "keystone.user should be something else than it is", "databases: changed", "half way")


def test_rows_that_were_written_half_way_are_told_of_in_the_end(old: Production, cloud: Path) -> None:
    take(cloud)
    killed(cloud, "after:text-statement-done:6", *FIX, "--yes")
    old.server.at(SCHEMA).execute("INSERT INTO password (local_user_id, password) VALUES (1, '$6$meanwhile')")

    thing(cloud, *FIX, "--yes").refused(ProofFailed, "not: keystone.password", "every statement is done", "databases: changed")

    assert_mended(old)
    thing(cloud, *FIX).refused(NotMendable, "there is no text to be mended")


def test_rows_that_were_written_since_the_snapshot_are_not_mended(old: Production, cloud: Path) -> None:
    take(cloud)
    old.server.at(SCHEMA).execute("INSERT INTO user (id, name) VALUES ('late', 'late')")
    before = now(old)

    thing(cloud, *FIX, "--yes").refused(ProductionAhead, "written to since", "keystone.user", "snapshot take", UNTOUCHED)

    assert_same(old, before)


WRONG = {
    "the server takes bytes for UTF-8 that are none": "INSERT INTO user (id, name) VALUES ('x', X'EDA080')",
    "Duplicate entry 'default-Jos": "INSERT INTO local_user (user_id, domain_id, name)"
    " VALUES ('u4', 'default', CONVERT(X'4A6F73E9204DFC6C6C6572' USING latin1))",
}


@pytest.mark.parametrize("words", WRONG)
def test_a_wrong_guess_is_refused_by_the_clone(old: Production, cloud: Path, words: str) -> None:
    """A surrogate in bytes that MariaDB takes; and one name in two encodings, which is one name once it is mended."""
    old.server.at(SCHEMA).execute(WRONG[words])
    take(cloud)
    before = now(old)

    thing(cloud, *FIX, "--yes").refused(MendNotProved, words, UNTOUCHED)

    assert_same(old, before)


def test_nothing_is_begun_beside_a_window_that_was_left(cloud: Path) -> None:
    with open_journal(new_run(cloud.parent / "runs"), create=True) as journal:
        journal.append(e.RunBegan(run="r", flow="migrate", version="1", cloud=str(cloud), pid=1, host="h"))
        journal.append(w.TwinsMaking(accounts=(("nova", "10.0.0.1"),)))

    thing(cloud, *FIX, "--yes").refused(RunUnfinished, "left a window half way", "rollback", UNTOUCHED)


@pytest.mark.soak
def test_a_transaction_that_stays_open_is_not_waited_for_for_ever(old: Production, cloud: Path) -> None:
    """It takes the minute after which our sessions give up."""
    take(cloud)
    with closing(old.server.engine.raw_connection()) as session, closing(session.cursor()) as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"SELECT COUNT(*) FROM {SCHEMA}.password")
        thing(cloud, *FIX, "--yes").refused(QueryFailed, "Lock wait timeout", UNTOUCHED)

    done = thing(cloud, *FIX, "--yes")

    assert done.code == 0, done.err
    assert_mended(old)
