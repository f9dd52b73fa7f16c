import io
import json
import os
import pty
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import jsonschema
import pytest
from rich.console import Console

from runner.events import RunBegan, StepBegan
from runner.reporting.listener import choose_listener
from runner.reporting.progress import Progress, advance
from runner.reporting.schema import event_schema
from runner.reporting.terminal import draw, terminal_listener
from tests.unit.reporting.happenings import EVENTS


@contextmanager
def _terminal() -> Iterator[tuple[int, IO[str]]]:
    """Lend a real terminal: what is read from the first end is what an operator's screen is sent."""
    master, slave = pty.openpty()
    stream = os.fdopen(slave, "w", encoding="utf-8", buffering=1)
    try:
        yield master, stream
    finally:
        with suppress(OSError):
            stream.close()


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
    for line, event in zip(lines, EVENTS, strict=True):
        jsonschema.validate(line, event_schema())
        assert type(event).model_validate_json(json.dumps({key: line[key] for key in line if key != "at"})) == event
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(lines[0] | {"surprise": 1}, event_schema())


def test_quiet_is_silent() -> None:
    stream = io.StringIO()
    with choose_listener(stream, quiet=True) as tell:
        tell(EVENTS[0])
    assert not stream.getvalue()


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


def test_an_error_of_the_run_passes_through_the_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    with _terminal() as (master, stream), pytest.raises(ValueError, match="the run's own"), choose_listener(stream) as tell:
        threading.Thread(target=_drain, args=(master,), daemon=True).start()
        tell(EVENTS[0])
        raise ValueError("the run's own")


def test_eighty_columns_hold_every_line() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None)
    with terminal_listener(console) as tell:
        for event in EVENTS:
            tell(event)
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
        ["2/3", "steps", "1", "no-op", "2", "checks,", "1", "finding", "1/2", "proofs", "hold", "1:02"],
    ]
    assert all(len(line) <= 80 for line in lines)


def test_no_colour_is_written_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = io.StringIO()
    with terminal_listener(Console(file=stream, width=80, force_terminal=True)) as tell:
        for event in EVENTS:
            tell(event)
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


def _drain(master: int) -> None:
    while True:
        try:
            if not os.read(master, 4096):
                return
        except OSError:
            return
