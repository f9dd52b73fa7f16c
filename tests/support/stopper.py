"""`thing-a-me` that kills itself (SIGKILL) at a point: `python -m tests.support.stopper POINT ARGUMENT...`

after:KIND[:STEP]    a chain's journal has just got this entry; of a phase or a mend of text, any journal: STEP is its name
before:KIND[:STEP]   what this entry tells of has happened, the entry is not written yet
created:STEP         the engine has made the step's container, and not started it
started:STEP         the container runs, and waits for its files
called:MODULE:NAME   a function is called, as this module knows it
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, NoReturn

from docker import APIClient

from runner import cli
from runner.containers import docker_engine
from runner.flows.record import PLAN
from runner.journal.entry import Entry, PhaseBegan, PhaseEnded
from runner.journal.text_entry import TextEntry
from runner.journal.writer import Journal

# A step's container is made by the thread that has just written its intent; checks and fresh schemas use the engine too.
_armed = threading.local()


def die(*_: object, **__: object) -> NoReturn:
    """Be killed. The wait is for the signal, so that nothing of ours goes on meanwhile."""
    os.kill(os.getpid(), signal.SIGKILL)
    while True:
        time.sleep(1)


def watch_journal(when: str, kind: str, step: str, act: Callable[[], object]) -> None:
    """Act before or after an entry of this kind is written to a chain's journal."""
    append = Journal.append

    def watched(journal: Journal, entry: Entry) -> int:
        named = getattr(entry, "step", None) or getattr(entry, "phase", None) or str(getattr(entry, "number", ""))
        ours = (journal.folder / PLAN).is_file() or isinstance(entry, PhaseBegan | PhaseEnded | TextEntry)
        is_it = entry.kind == kind and step in ("", named) and ours
        if is_it and when == "before":
            act()
        number = append(journal, entry)
        if is_it and when == "after":
            act()
        return number

    Journal.append = watched  # type: ignore[method-assign,assignment]


def watch_engine(owner: Any, name: str, step: str) -> None:
    """Die where the engine is asked for `name` on behalf of this step."""
    asked = getattr(owner, name)

    def watched(*arguments: Any, **named: Any) -> Any:
        if getattr(_armed, "now", False):
            die()
        return asked(*arguments, **named)

    setattr(owner, name, watched)
    watch_journal("after", "step-intended", step, lambda: setattr(_armed, "now", True))


def main() -> None:
    point, *arguments = sys.argv[1:]
    when, _, rest = point.partition(":")
    if when == "created":
        watch_engine(APIClient, "attach_socket", rest)
    elif when == "called":
        module, _, name = rest.partition(":")
        setattr(import_module(module), name, die)
    elif when == "started":
        watch_engine(docker_engine, "send_input", rest)
    else:
        kind, _, step = rest.partition(":")
        watch_journal(when, kind, step, die)
    sys.argv = ["thing-a-me", *arguments]
    cli.main()


if __name__ == "__main__":
    main()
