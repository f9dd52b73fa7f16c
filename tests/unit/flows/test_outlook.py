"""What the watch sees is told while the window runs: from real records, each thing once."""

from pathlib import Path

from runner import boot_clock
from runner.flows.outlook import Outlook
from runner.planning.gaps import AnyEntry, Began, Changed
from runner.reporting.window_status import watch_lines
from runner.watch.layout import RECORD

NOW = boot_clock.now()
START = NOW.seconds - 1
TARGETS = {"vm": "tcp", "web": "http"}
BEGAN = Began(at=START, utc=1.7e9, boot=NOW.boot_id, pid=1, every=0.25, timeout=60.0, budget=1.0, targets=TARGETS)
FINE = [Changed(target=name, at=START, before=None, to="good", why=None) for name in TARGETS]
GAP = [
    Changed(target="vm", at=START + 0.5, before=START + 0.25, to="missed", why="refused"),
    Changed(target="vm", at=START + 0.75, before=START + 0.5, to="good", why=None),
]


def write(folder: Path, *entries: AnyEntry) -> None:
    with (folder / RECORD).open("a", encoding="utf-8") as record:
        record.writelines(f"{entry.model_dump_json()}\n" for entry in entries)


def test_nothing_is_told_where_nobody_watches(tmp_path: Path) -> None:
    told = list[str]()
    Outlook(tmp_path, told.append).tell_news()
    assert told == []
    assert watch_lines(tmp_path) == ()


def test_a_watch_that_died_is_told_once_of_each_target_and_a_gap_when_it_comes(tmp_path: Path) -> None:
    told = list[str]()
    outlook = Outlook(tmp_path, told.append)
    write(tmp_path, BEGAN, *FINE)
    for _ in range(2):
        outlook._looked = 0.0
        outlook.tell_news()
    assert [line.split()[0] for line in told] == ["vm", "web"]
    assert all("the watch died" in line for line in told)

    write(tmp_path, *GAP)
    outlook.tell_news()
    assert len(told) == 2, "it does not look all the time"
    outlook._looked = 0.0
    outlook.tell_news()
    assert len(told) == 3
    assert told[-1].startswith("vm (tcp): ")
    assert "1 gap of 0.50 s" in told[-1]
    assert watch_lines(tmp_path)[0] == told[-1]
