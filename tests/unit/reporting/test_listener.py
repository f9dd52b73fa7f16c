import datetime
import io
import json
import os
import pty
import re
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

import jsonschema
import pytest
from rich.console import Console

from runner.events import Event, RunBegan, StepBegan, Tell
from runner.reporting.listener import choose_listener
from runner.reporting.progress import Progress, advance
from runner.reporting.reporter import Told
from runner.reporting.schema import event_schema
from runner.reporting.terminal import draw, show_live
from tests.unit.reporting.happenings import EVENTS

ROOT = Path(__file__).parents[3]


@contextmanager
def _terminal() -> Iterator[tuple[int, TextIO]]:
    """Lend a real terminal: what is read from the first end is what an operator's screen is sent."""
    master, slave = pty.openpty()
    stream = os.fdopen(slave, "w", encoding="utf-8", buffering=1)
    try:
        yield master, stream
    finally:
        with suppress(OSError):
            stream.close()


def told(event: Event) -> Told:
    return Told(event, datetime.datetime.now(datetime.UTC), time.monotonic())


def test_without_a_terminal_each_event_is_one_line_with_its_time() -> None:
    stream = io.StringIO()
    with choose_listener(stream) as tell:
        for event in EVENTS:
            tell(event)
    lines = stream.getvalue().splitlines()
    assert len(lines) == len(EVENTS)
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [ !] \S", line) for line in lines)
    assert lines[-1].endswith("! run 20261120-120000-qkzt failed in 1:01")


def test_json_lines_hold_to_their_schema_and_lose_nothing() -> None:
    stream = io.StringIO()
    with choose_listener(stream, as_json=True) as tell:
        for event in EVENTS:
            tell(event)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    held = jsonschema.validators.validator_for(schema := event_schema())(schema)
    for line, event in zip(lines, EVENTS, strict=True):
        held.validate(line)
        assert type(event).model_validate_json(json.dumps({key: line[key] for key in line if key != "at"})) == event
    with pytest.raises(jsonschema.ValidationError):
        held.validate(lines[0] | {"surprise": 1})


def test_quiet_is_silent() -> None:
    stream = io.StringIO()
    with choose_listener(stream, quiet=True) as tell:
        tell(EVENTS[0])
    assert not stream.getvalue()


def test_a_line_has_the_time_when_it_was_told_not_when_it_could_be_shown() -> None:
    class Slow(io.StringIO):
        held = threading.Event()

        def write(self, text: str) -> int:
            self.held.wait(10)
            return super().write(text)

    stream = Slow()
    with choose_listener(stream, as_json=True) as tell:
        tell(EVENTS[0])
        over = datetime.datetime.now(datetime.UTC)
        Slow.held.set()
    line = json.loads(stream.getvalue())
    assert datetime.datetime.fromisoformat(line["at"]) <= over


def test_a_listener_that_fails_once_is_silent_and_the_run_goes_on() -> None:
    class Full(io.StringIO):
        writes = 0

        def write(self, _: str) -> int:
            self.writes += 1
            raise OSError(28, "No space left on device")

    stream = Full()
    with choose_listener(stream) as tell:
        for event in EVENTS:
            tell(event)
    assert stream.writes == 1


def test_a_terminal_that_was_closed_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    told = 0
    with _terminal() as (master, stream), choose_listener(stream) as tell:
        tell(EVENTS[0])
        os.close(master)
        # Long enough for the display to draw itself into the void, from a thread of its own.
        time.sleep(0.6)
        for event in EVENTS[1:]:
            tell(event)
            told += 1
    assert told == len(EVENTS) - 1


@pytest.mark.parametrize("as_json", [False, True])
def test_a_terminal_that_was_stopped_holds_nobody_up(monkeypatch: pytest.MonkeyPatch, *, as_json: bool) -> None:
    """Ctrl-S, and nothing is shown; Ctrl-Q, and everything is that was told meanwhile."""
    monkeypatch.setenv("TERM", "xterm")
    shown: list[bytes] = []
    with _terminal() as (master, stream):
        with choose_listener(stream, as_json=as_json) as tell:
            termios.tcflow(stream.fileno(), termios.TCOOFF)
            assert _in_time(lambda: _tell_all(tell))
            termios.tcflow(stream.fileno(), termios.TCOON)
            reading = threading.Thread(target=_drain, args=(master, shown), daemon=True)
            reading.start()
        stream.close()
        reading.join(10)
    assert b"20261120-120000-qkzt" in b"".join(shown)


def test_a_terminal_that_stays_stopped_holds_up_neither_the_run_nor_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    with _terminal() as (master, stream):
        _fill(stream.fileno())

        def run() -> None:
            with choose_listener(stream, patience=0.1) as tell:
                _tell_all(tell)

        assert _in_time(run)
        # What is still held up may go.
        threading.Thread(target=_drain, args=(master,), daemon=True).start()


def test_a_pipe_that_nobody_reads_keeps_no_process_from_its_end() -> None:
    """Not even at the very end, where Python flushes standard error."""
    reading, writing = os.pipe()
    _fill(writing)
    script = (
        "import sys\n"
        "from runner.reporting.listener import choose_listener\n"
        "from tests.unit.reporting.happenings import EVENTS\n"
        "with choose_listener(sys.stderr, patience=0.1) as tell:\n"
        "    [tell(event) for event in EVENTS]\n"
    )
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    try:
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=buffered, stderr=writing, timeout=60, check=False)
    finally:
        os.close(reading)
        os.close(writing)
    assert done.returncode == 0


def test_an_error_of_the_run_passes_through_the_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    with _terminal() as (master, stream), pytest.raises(ValueError, match="the run's own"), choose_listener(stream) as tell:
        threading.Thread(target=_drain, args=(master,), daemon=True).start()
        tell(EVENTS[0])
        raise ValueError("the run's own")


def test_eighty_columns_hold_every_line() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None)
    with show_live(console) as show:
        for event in EVENTS:
            show(told(event))
    picture = Console(file=io.StringIO(), width=80, color_system=None)
    progress = Progress(began=0.0)
    for event in EVENTS:
        progress = advance(progress, event, 1.0)
    picture.print(draw(progress, 62.0))
    assert isinstance(picture.file, io.StringIO)
    lines = picture.file.getvalue().splitlines()
    assert [re.sub(r"\s{2,}|[^\x20-\x7e]+", " ", line).split() for line in lines] == [
        [],
        ["nova", "1/2", "stopped", "online@2024.1", "0", "behind", "it", "4.2", "s"],
        ["glance", "1/1", "done", "0.1", "s"],
        ["heat", "0/0", "done", "nothing", "to", "do"],
        ["2/3", "steps", "1", "no-op", "2", "checks,", "1", "finding", "1/3", "proofs", "hold", "1:02"],
    ]
    assert all(len(line) <= 80 for line in lines)


def test_no_colour_is_written_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = io.StringIO()
    with show_live(Console(file=stream, width=80, force_terminal=True)) as show:
        for event in EVENTS:
            show(told(event))
    # 3x and 4x are colours; bold and dim remain.
    assert not re.search(r"\x1b\[[0-9;]*\b[34][0-7]\b[0-9;]*m", stream.getvalue())


def test_lanes_may_tell_from_their_threads(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w+", encoding="utf-8") as stream:
        with choose_listener(stream) as tell:
            tell(RunBegan(run="r", steps=400, skipped=0, lanes={str(lane): 100 for lane in range(4)}))
            lanes = [threading.Thread(target=_begin_steps, args=(tell, str(lane))) for lane in range(4)]
            for thread in lanes:
                thread.start()
            for thread in lanes:
                thread.join()
        stream.seek(0)
        assert len(stream.read().splitlines()) == 401


def _begin_steps(tell: object, lane: str) -> None:
    assert callable(tell)
    for number in range(100):
        tell(StepBegan(step=f"{lane}/{number}", lane=lane))


def _tell_all(tell: Tell) -> None:
    for event in EVENTS:
        tell(event)


def _in_time(act: Callable[[], None]) -> bool:
    """Whether it comes to its end; the time is for a machine that is busy."""
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(20)
    return not thread.is_alive()


def _fill(descriptor: int) -> None:
    """Write until it takes no more."""
    os.set_blocking(descriptor, False)
    with suppress(BlockingIOError):
        while True:
            os.write(descriptor, b"." * 512)
    os.set_blocking(descriptor, True)


def _drain(master: int, shown: list[bytes] | None = None) -> None:
    """Read what the terminal is sent, until its other end is closed."""
    while True:
        try:
            if not (part := os.read(master, 4096)):
                return
        except OSError:
            return
        if shown is not None:
            shown.append(part)
