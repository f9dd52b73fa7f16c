"""Where the files of a data directory are when a restore is killed at any of its renames and removals."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner.containers.tool import Ended
from runner.errors import DiskFull, RestoreFailed, SnapshotBroken, ThingAMeError
from runner.snapshots.inside import put_back
from runner.snapshots.seat import explain
from runner.snapshots.shelf import Place

OLD = {"ibdata1": "old", "keystone/big.ibd": "old", "binlog.000001": "old"}
NEW = {"ibdata1": "new", "keystone/big.ibd": "new", "mysql/user.MAI": "new", "xtrabackup_info": "new"}
KILLED = 9


def fill(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def held(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A server's data directory, and beside its own files a copy that was vouched for."""
    fill(tmp_path / "home", OLD)
    fill(tmp_path / "data", NEW)
    put_back.copy(tmp_path / "home", {"snapshot": "x"}, tmp_path / "data", (os.getuid(), os.getgid()))
    put_back.enter(tmp_path / "home", "copied")
    return tmp_path / "home"


def die_at(number: int, act: Callable[[], object]) -> bool:
    """Do something in a process that dies instead of its `number`th rename or removal; says whether it came to its end."""
    if (child := os.fork()) == 0:
        left = iter(range(number))

        def dying(changes: Callable[..., None]) -> Callable[..., None]:
            def change(*arguments: Any, **named: Any) -> None:
                if next(left, None) is None:
                    os._exit(KILLED)
                changes(*arguments, **named)

            return change

        for name in ("rename", "rmdir", "unlink"):
            setattr(os, name, dying(getattr(os, name)))
        act()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def every_death(home: Path, act: Callable[[], object]) -> list[Path]:
    """Every state that a death in the course of `act` leaves, each in a folder of its own."""
    states: list[Path] = []
    for number in range(100):
        saved = home.with_name(f"{home.name}-{number}")
        shutil.copytree(home, saved)
        ended = die_at(number, act)
        left = saved.with_suffix(".left")
        home.rename(left)
        saved.rename(home)
        if ended:
            return states
        states.append(left)
    raise AssertionError("it never ended")


def test_a_copy_leaves_what_is_there_alone(home: Path) -> None:
    assert put_back.read_phase(home) == "copied"
    assert {name: text for name, text in held(home).items() if not name.startswith(put_back.AREA)} == OLD
    put_back.back(home)
    assert held(home) == OLD


def test_wherever_it_dies_on_its_way_it_can_go_on_and_go_back(home: Path) -> None:
    states = every_death(home, lambda: put_back.forward(home))
    assert len(states) == 3 + len({name.partition("/")[0] for name in (*OLD,)}) + len({n.partition("/")[0] for n in NEW})
    for state in states:
        other = state.with_suffix(".other")
        shutil.copytree(state, other)
        put_back.forward(state)
        put_back.settle(state)
        put_back.finish(state)
        assert held(state) == NEW
        put_back.back(other)
        assert held(other) == OLD


def test_wherever_it_dies_on_its_way_back_it_can_go_back(home: Path) -> None:
    put_back.forward(home)
    states = every_death(home, lambda: put_back.back(home))
    assert len(states) > len(OLD) + len(NEW) - 1
    for state in states:
        put_back.back(state)
        assert held(state) == OLD


def test_what_was_proven_is_never_taken_back(home: Path) -> None:
    put_back.forward(home)
    put_back.settle(home)
    put_back.back(home)
    assert held(home) == NEW


def test_what_was_there_is_kept_under_a_name(home: Path) -> None:
    put_back.forward(home)
    put_back.settle(home)
    put_back.finish(home, "kept-1")
    assert held(home / ".thing-a-me-kept-1" / "old") == OLD
    assert put_back.read_phase(home) == ""
    put_back.clear(home)
    assert held(home / ".thing-a-me-kept-1" / "old") == OLD


def test_what_is_displaced_is_kept_under_a_name(home: Path) -> None:
    put_back.forward(home)
    put_back.back(home, "displaced-1")
    assert held(home / ".thing-a-me-displaced-1" / "new") == NEW
    shutil.rmtree(home / ".thing-a-me-displaced-1")
    assert held(home) == OLD


def test_a_server_that_was_started_in_between_is_told_and_nothing_is_overwritten(home: Path) -> None:
    die_at(3, lambda: put_back.forward(home))
    assert put_back.read_phase(home) == "emptying"
    fill(home, {"binlog.000001": "strange", "ibdata1": "strange"})
    with pytest.raises(FileExistsError, match="is on both sides"):
        put_back.back(home)
    with pytest.raises(FileExistsError, match="is on both sides"):
        put_back.back(home)
    assert "old" in {text for name, text in held(home).items() if "/old/" in name}


@pytest.mark.parametrize("phase", ["emptying", "filling", "filled", "unfilling"])
def test_old_files_are_never_cleared_away(home: Path, phase: str) -> None:
    put_back.enter(home, phase)
    with pytest.raises(ValueError, match="cannot be removed"):
        put_back.clear(home)


def test_an_area_whose_phase_is_gone_is_not_guessed_about(home: Path) -> None:
    put_back.forward(home)
    (home / put_back.AREA / "phase.filled").unlink()
    with pytest.raises(FileNotFoundError, match="somebody has to look"):
        put_back.read_phase(home)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    fill(tmp_path / "home", OLD)
    fill(tmp_path / "data", NEW)
    (tmp_path / "data" / "link").symlink_to("/etc/passwd")
    with pytest.raises(ValueError, match="no regular file"):
        put_back.copy(tmp_path / "home", {}, tmp_path / "data", (os.getuid(), os.getgid()))
    put_back.back(tmp_path / "home")
    assert held(tmp_path / "home") == OLD


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The memory of this very process is a file whose first page nobody can read."""
    with pytest.raises(OSError, match="Input/output error: '/proc/self/mem'"):
        put_back.copy_file(Path("/proc/self"), tmp_path, Path("/proc/self/mem"), (os.getuid(), os.getgid()))


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("OSError: [Errno 5] Input/output error: '/snapshot/data/keystone/big.ibd'", SnapshotBroken),
        ("ValueError: /snapshot/data/link is no regular file", SnapshotBroken),
        ("OSError: [Errno 5] Input/output error: '/server/.thing-a-me-aside/new/ibdata1'", RestoreFailed),
        ("OSError: [Errno 28] No space left on device: 9 bytes are needed", DiskFull),
    ],
)
def test_whose_file_it_was_that_failed_is_told(tmp_path: Path, words: str, error: type[ThingAMeError]) -> None:
    assert type(explain(Place(tmp_path), "mariadb", Ended(1, f"Traceback\n{words}"))) is error
