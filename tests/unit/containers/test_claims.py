"""Whether anybody still holds a claim."""

import fcntl
import os
import socket
import subprocess
from pathlib import Path

import pytest

from runner.containers.claims import _LOCK, Claim, _abandoned

HERE = socket.gethostname()


def is_abandoned(seat: Path, holder: str = f"{os.getpid()}@{HERE}") -> bool:
    with _abandoned(seat, holder) as answer:
        return answer


def test_a_claim_whose_lock_is_held_is_not_abandoned(tmp_path: Path) -> None:
    with (tmp_path / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert not is_abandoned(tmp_path)
    assert is_abandoned(tmp_path)


def test_who_removes_an_abandoned_claim_holds_it_meanwhile(tmp_path: Path) -> None:
    (tmp_path / _LOCK).touch()
    with _abandoned(tmp_path, "1@here") as first:
        assert first
        assert not is_abandoned(tmp_path)


def test_where_the_lock_is_gone_the_process_tells(tmp_path: Path) -> None:
    process = subprocess.Popen(["sleep", "60"])
    holder = f"{process.pid}@{HERE}"
    try:
        assert not is_abandoned(tmp_path, holder)
    finally:
        process.kill()
        process.wait()
    assert is_abandoned(tmp_path, holder)


def test_another_hosts_process_is_not_judged_from_here(tmp_path: Path) -> None:
    assert not is_abandoned(tmp_path / "not-here", f"999999999@not-{HERE}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_another_users_claim_is_not_judged(tmp_path: Path) -> None:
    (tmp_path / _LOCK).touch(mode=0)
    assert not is_abandoned(tmp_path)


def test_a_sockets_path_fits_in_what_the_kernel_takes(tmp_path: Path) -> None:
    seat = Path("/", *("x" * 30,) * 2, "thing-a-me-abcdefgh")
    assert len(os.fsencode(Claim("thing-a-me-clone-0123abcd", seat).socket)) < 108
