"""A command of the operator's: in time, whole, and without anything that outlives it."""

import subprocess
import threading
import time
from pathlib import Path

import pytest

from runner.command import KEPT, end_left, run_command, words_of
from runner.identity import identify


def is_gone(pid: int) -> bool:
    """A killed one dies when it is next scheduled; a zombie counts: whoever inherited it may be slow to bury it."""
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def test_it_is_given_its_input_and_heard_on_both_streams() -> None:
    end = run_command(words_of("cat; echo complaint >&2; exit 3"), timeout=5, stdin=b"facts\n")
    assert (end.exit_code, end.output, end.last_words) == (3, "facts\ncomplaint\n", "complaint")


def test_input_that_it_does_not_read_is_no_fault() -> None:
    assert run_command(["true"], timeout=5, stdin=b"x" * 1_000_000).exit_code == 0


def test_input_and_output_larger_than_any_pipe_do_not_wait_for_one_another() -> None:
    end = run_command(["cat"], timeout=10, stdin=b"y" * 300_000)
    assert (end.exit_code, len(end.output)) == (0, 300_000)


def test_one_that_hangs_is_ended_with_all_that_it_began() -> None:
    end = run_command(words_of("sleep 600 & echo $!; wait"), timeout=0.5)
    assert end.exit_code is None
    assert end.seconds < 5
    assert is_gone(int(end.output))


def test_one_that_ignores_a_gentle_end_is_killed() -> None:
    end = run_command(words_of("trap '' TERM; sleep 600 & while :; do wait; done"), timeout=0.3)
    assert (end.exit_code, end.seconds < 5) == (None, True)


def test_what_it_leaves_in_the_background_neither_delays_nor_outlives_it() -> None:
    end = run_command(words_of("sleep 600 & echo $!"), timeout=30)
    assert (end.exit_code, end.seconds < 5) == (0, True)
    assert is_gone(int(end.output))


def test_of_a_flood_the_beginning_and_the_end_are_kept() -> None:
    end = run_command(words_of("echo first; yes | head -c 5000000; echo last"), timeout=20)
    assert end.output.startswith("first\n")
    assert end.output.endswith("last\n")
    assert "bytes left out" in end.output
    assert len(end.output) < 3 * KEPT


def test_it_says_how_it_ended_where_it_said_nothing() -> None:
    assert run_command(["false"], timeout=5).last_words == "exit code 1"
    assert run_command(["sleep", "60"], timeout=0.2).last_words == "ran out of time"


def test_a_command_that_is_not_there_is_told() -> None:
    with pytest.raises(FileNotFoundError):
        run_command(["no-such-command-here"], timeout=1)


def test_it_is_ended_where_it_may_not_go_on() -> None:
    class TooLate(Exception):
        """What somebody else found out."""

    def go_on() -> None:
        raise TooLate

    began = time.monotonic()
    with pytest.raises(TooLate):
        run_command(["sleep", "600"], timeout=600, go_on=go_on)
    assert time.monotonic() - began < 10


def test_one_that_outlived_who_began_it_is_ended_and_no_other_of_its_number() -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as process:
        known = identify(process.pid)
        assert not end_left(known.model_copy(update={"started": known.started + 1}))
        assert process.poll() is None
        reaper = threading.Thread(target=process.wait)
        reaper.start()
        assert end_left(known)
        reaper.join(5)
    assert process.returncode == -15
    assert not end_left(known)
