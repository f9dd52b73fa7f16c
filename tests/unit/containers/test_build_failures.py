"""A failed build says why; the words are those that uv, pip, apt and the engine really used."""

from pathlib import Path

import pytest

from runner.containers.build_failures import classify
from runner.errors import BuildFailed, DiskFull, HashMismatch, IndexUnreachable, ThingAMeError

WORDS: list[tuple[type[ThingAMeError], str]] = [
    (DiskFull, "write error: No space left on device"),
    (DiskFull, "E: You don't have enough free space in /var/cache/apt/archives/."),
    (HashMismatch, "  x Failed to download `six==1.16.0`\n  |-> Hash mismatch for `six==1.16.0`"),
    (HashMismatch, "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."),
    (IndexUnreachable, "error: Failed to fetch: `https://index.example/simple/six/`"),
    (IndexUnreachable, "E: Failed to fetch http://mirror.example/debian/dists/bookworm/InRelease  Could not connect"),
    (IndexUnreachable, "Temporary failure resolving 'mirror.example'"),
    (BuildFailed, "error: command '/usr/bin/gcc' failed with exit code 1"),
]


@pytest.mark.parametrize(("kind", "words"), WORDS)
def test_the_output_decides_the_failure(kind: type[ThingAMeError], words: str) -> None:
    assert type(classify("2024.1", words.splitlines(), None)) is kind


def test_a_full_disk_counts_more_than_the_downloads_it_breaks() -> None:
    assert isinstance(classify("x", ["Failed to fetch: six", "No space left on device"], None), DiskFull)


def test_the_message_shows_the_last_lines_and_the_log() -> None:
    failure = classify("2024.1", [f"line {number}" for number in range(100)], Path("/logs/build.log"))
    assert "line 99" in failure.message
    assert "line 80" not in failure.message
    assert "/logs/build.log" in failure.message
