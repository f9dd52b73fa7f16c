"""What mariadb-backup says, and what follows from it."""

import pytest

from runner.errors import SnapshotFailed
from runner.snapshots.physical import hear

BLOCKED = "[00] 2026-11-20 14:52:09 Acquired locks for BACKUP STAGE BLOCK_COMMIT"
POSITION = "[00] 2026-11-20 14:52:09 MySQL binlog position: filename 'binlog.000003', position '367501395', GTID '0-7-6'"
WHOLE = "[00] 2026-11-20 14:52:09 completed OK!"


def listen(*words: str) -> tuple[str, int]:
    held: list[int] = []
    return hear(words, lambda: held.append(1)), len(held)


def test_the_point_is_held_while_commits_are_blocked_and_the_position_read() -> None:
    assert listen("begins", BLOCKED, "more", POSITION, WHOLE, "") == ("binlog.000003:367501395", 1)


def test_a_server_without_a_binary_log_has_no_position() -> None:
    assert listen(BLOCKED, WHOLE) == ("", 1)


def test_whoever_hears_it_is_asked_with_each_line_and_may_leave() -> None:
    left = ["begins", "log scanned up to (1)", "log scanned up to (2)", BLOCKED]

    def leave_at_the_second() -> None:
        if len(left) == 2:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        hear(iter(lambda: left.pop(0), None), pytest.fail, leave_at_the_second)
    assert left == ["log scanned up to (2)", BLOCKED]


@pytest.mark.parametrize("words", [(), (BLOCKED,), (BLOCKED, WHOLE, "[00] error: cannot write"), ("Access denied",)])
def test_a_backup_that_does_not_end_well_is_told_in_its_last_words(words: tuple[str, ...]) -> None:
    with pytest.raises(SnapshotFailed, match=words[-1].split()[-1] if words else "it said nothing"):
        listen(*words)


def test_a_backup_that_never_blocked_commits_is_of_no_use() -> None:
    with pytest.raises(SnapshotFailed, match="a version that we do not know"):
        listen("begins", WHOLE)
