"""What a host does with what it is sent, and how it tells who is at work there."""

import ast
import fcntl
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from runner.snapshots.host_shell import HostShell, program
from runner.snapshots.inside import at_host, put_back

HERE = HostShell(("sh", "-c"))
FILES = {"./ibdata1": b"new" * 1000, "./keystone/big.ibd": b"big" * 700_000}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (home / "ibdata1").write_bytes(b"old")
    return home


def packed(files: dict[str, bytes] = FILES) -> bytes:
    """An archive as it is sent: folders too, one of them empty."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name in (".", "./keystone", "./void"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o750
            archive.addfile(folder)
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o640
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def sent(home: Path, archive: bytes, size: int = 1) -> tuple[list[Any], int, str]:
    """Send it to a shell; what the host answered, and how that ended."""
    with (home.parent / "sent").open("w+b") as source:
        source.write(program() + archive)
        source.seek(0)
        with HERE.feed(source, "receive", str(home), '{"snapshot": "x"}', str(size)) as work:
            answers, ended = list(work.answers()), work.end()
    return answers, ended.exit_code, ended.words


def test_what_arrives_lies_beside_the_old_data_and_is_told(home: Path) -> None:
    answers, code, words = sent(home, packed())
    assert code == 0, words
    told = {answer["name"]: (answer["size"], answer["sha256"]) for answer in answers if "name" in answer}
    assert {name: size for name, (size, _) in told.items()} == {"ibdata1": 3000, "keystone/big.ibd": 2_100_000, "void": 0}
    assert told["void"][1] == "no regular file"
    assert answers[-1] == {"snapshot": "x", "phase": "copying"}
    new = home / put_back.AREA / "new"
    assert (new / "keystone/big.ibd").read_bytes() == FILES["./keystone/big.ibd"]
    assert [(new / name).stat().st_mode & 0o777 for name in ("keystone", "ibdata1")] == [0o750, 0o640]
    assert (home / "ibdata1").read_bytes() == b"old"


@pytest.mark.parametrize("length", [3000, 1_000_000])
def test_what_is_cut_off_within_a_file_fails(home: Path, length: int) -> None:
    _, code, words = sent(home, packed()[:length])
    assert (code, "unexpected end of data" in words) == (1, True), words
    assert put_back.read_phase(home) == "copying"


@pytest.mark.parametrize("more", [0, 88])
def test_what_is_cut_off_between_two_files_is_told_by_the_files_that_are_missing(home: Path, more: int) -> None:
    answers, code, _ = sent(home, packed()[: 3 * tarfile.BLOCKSIZE + more])
    assert code == 0
    assert [answer["name"] for answer in answers[:-1]] == ["keystone", "void"]


@pytest.mark.parametrize("name", ["../out", "/out", "keystone/../../out"])
def test_nothing_is_written_outside(home: Path, name: str) -> None:
    _, code, words = sent(home, packed({name: b"x"}))
    assert code == 1
    assert "is no regular file" in words
    assert not (home.parent / "out").exists()


def test_room_is_asked_before_anything_is_received(home: Path) -> None:
    answers, code, words = sent(home, packed(), size=1 << 60)
    assert (answers, code) == ([], 1)
    assert "No space left on device" in words


# -- who is at work ----------------------------------------------------------------------------------------------------

HOLDING = """
import fcntl, sys
file = open(sys.argv[1], "r+b")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_server_that_holds_its_files_is_named_and_nothing_is_renamed(home: Path) -> None:
    put_back.begin(home, {})
    put_back.enter(home, "copied")
    command = [sys.executable, "-c", HOLDING, str(home / "ibdata1")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout and server.stdin
        server.stdout.readline()
        assert put_back.holder(home) == f"process {server.pid} ({put_back.name_of(server.pid)})"
        _, ended = HERE.act("forward", str(home))
        assert f"process {server.pid} " in ended.words
        assert put_back.read_phase(home) == "copied"
        server.stdin.close()
    assert put_back.holder(home) == ""
    answers, _ = HERE.act("forward", str(home))
    assert answers[-1]["phase"] == "filled"


def test_only_one_is_at_work_at_a_time(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_host, "PATIENCE", 0)
    handle = os.open(home, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(TimeoutError, match="another restore is still at work"), at_host.alone(home):
        pass
    os.close(handle)
    with at_host.alone(home):
        pass


def test_who_tells_of_the_host(home: Path) -> None:
    answers, ended = HERE.act("who", str(home))
    assert ended.exit_code == 0, ended.words
    assert answers == [{"host": os.uname().nodename, "holder": ""}]


def test_it_runs_on_the_oldest_python_that_is_promised() -> None:
    tree = ast.parse(program(), feature_version=(3, 9))
    put_back_too = ast.parse(Path(put_back.__file__).read_text(encoding="utf-8"), feature_version=(3, 9))
    arguments = [one for text in (tree, put_back_too) for one in ast.walk(text) if isinstance(one, ast.arg)]
    # Evaluated when a function is defined; `X | None` is 3.10's.
    assert [one.arg for one in arguments if isinstance(one.annotation, ast.BinOp)] == []
