"""Which snapshots retention leaves: an open window's, and that of the newest seal that may be run."""

from datetime import timedelta
from pathlib import Path

from runner.flows.pinned import held_by_windows, rehearsed_last
from runner.journal import entry as e
from runner.journal import window_entry as w
from runner.journal.runs import new_run
from runner.journal.writer import open_journal
from runner.recipes import load_recipes
from runner.settings import Cloud, read_cloud
from tests.support.seals import NOW, seal_rehearsal

BEGAN = e.RunBegan(run="r", flow="rehearse", version="1", cloud="cloud.yaml", pid=1, host="h")


def cloud(folder: Path) -> Cloud:
    (folder / "secret").write_text("x")
    file = folder / "cloud.yaml"
    file.write_text("server: {host: db, user: root, password_file: secret}\ndatabases: {keystone: keystone}\n")
    return read_cloud(file, load_recipes())


def rehearsed(cloud: Cloud, snapshot: str, *, hours_ago: int, verdict: str = "proved", good_for: int = 100) -> Path:
    at = NOW - timedelta(hours=hours_ago)
    return seal_rehearsal(cloud.runs, snapshot, verdict=verdict, sealed_at=at, expires_at=at + timedelta(hours=good_for))


def test_of_all_rehearsals_the_last_that_may_be_run(tmp_path: Path) -> None:
    here = cloud(tmp_path)
    assert rehearsed_last(here, NOW) == ()
    rehearsed(here, "older", hours_ago=9)
    newest = rehearsed(here, "newest", hours_ago=2)
    rehearsed(here, "failed", hours_ago=1, verdict="failed")
    rehearsed(here, "expired", hours_ago=1, good_for=1)

    assert rehearsed_last(here, NOW) == ("newest",)
    assert rehearsed_last(here, NOW + timedelta(days=9)) == ()
    newest.write_text(newest.read_text()[:-20])
    assert rehearsed_last(here, NOW) == ("older",)


def test_what_a_window_is_turned_back_with_until_it_is_over(tmp_path: Path) -> None:
    here = cloud(tmp_path)
    folder = new_run(here.runs)
    with open_journal(folder, create=True) as journal:
        journal.append(BEGAN.model_copy(update={"flow": "migrate"}))
        journal.append(w.SnapshotTaken(snapshot="tonight", seconds=1.0))
        assert held_by_windows(here) == {"tonight": folder.name}
        journal.append(e.RunEnded(outcome="rolled-back"))
    assert held_by_windows(here) == {}
