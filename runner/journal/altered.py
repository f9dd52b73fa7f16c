"""How long changing each table took, as the newest rehearsal measured it."""

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from runner.errors import JournalBroken, RunMissing
from runner.journal.entry import StepMeasured
from runner.journal.reader import read_entries
from runner.journal.runs import list_runs

Altered = Mapping[tuple[str, str, str], float]
"""(project, member, table) -> seconds of all its ALTERs; the member is empty where steps are not run for each one."""

_ALTER = re.compile(
    r"\s*(?:ALTER\s+TABLE|CREATE\s+(?:UNIQUE\s+)?INDEX\s+\S+\s+ON)\s+(?:`?\w+`?\.)?`?(?P<table>\w+)`?", re.IGNORECASE
)


def read_altered(runs: Path) -> Altered:
    """Add up the statements of the newest rehearsal below `runs`; nothing where none was measured."""
    for folder in reversed(list_runs(runs)):
        try:
            measured = [one.entry for one in read_entries(folder) if isinstance(one.entry, StepMeasured)]
        except (JournalBroken, RunMissing):
            # Of a runner that died before its first entry, too.
            continue
        if measured:
            return _add_up(measured)
    return {}


def _add_up(measured: list[StepMeasured]) -> Altered:
    seconds: defaultdict[tuple[str, str, str], float] = defaultdict(float)
    for step in measured:
        path, _, member = step.step.partition("@")
        for definition in step.definitions:
            if found := _ALTER.match(definition.text):
                seconds[path.partition("/")[0], member, found["table"]] += definition.seconds
    return dict(seconds)
