"""What a project's script said of the entities it read back: lines of JSON in a log, taken apart. Pure.

The lines are described in `runner/recipes/read_back/reading.py`, which writes them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.planning.tally import Tally, add, of_numbers

MARK = "thing-a-me-read: "


@dataclass(frozen=True)
class EntityRead:
    """One entity of one database: a tally of all ids; how many of the objects could not be read, the first of them named.

    `rewritten` counts what the project would have changed while it read it. `broken` says why reading came to an end.
    """

    tally: Tally = field(default_factory=Tally)
    unreadable: int = 0
    named: tuple[tuple[str, str], ...] = ()
    rewritten: int = 0
    broken: str = ""


@dataclass(frozen=True)
class Answered:
    """Something else that a script found out about a database."""

    database: str
    question: str
    holds: bool
    words: str


@dataclass(frozen=True)
class ProjectRead:
    """All that one script said, by database and entity. `words` are the last of its log, for what it did not say.

    `code` is its exit code; None where it had to be stopped. `login` is the user who was to log in.
    """

    code: int | None
    words: str
    login: str | None = None
    entities: Mapping[tuple[str, str], EntityRead] = field(default_factory=dict)
    answers: tuple[Answered, ...] = ()


def take_apart(code: int, log: str, words: str, *, login: str | None) -> ProjectRead:
    """Read a log. A line that was cut short says nothing; of an entity that not every share spoke of nothing is known."""
    entities: dict[tuple[str, str], EntityRead] = {}
    silent: dict[tuple[str, str], int] = {}
    answers: list[Answered] = []
    for said in _lines(log):
        if "question" in said:
            answers.append(Answered(said["database"], said["question"], said["holds"], said["words"]))
            continue
        where = (said["database"], said["entity"])
        entities[where] = _together(entities.get(where, EntityRead()), _entity(said))
        silent[where] = silent.get(where, said["shares"]) - 1
    entities |= {where: EntityRead(broken=f"no answer: {words}") for where, number in silent.items() if number}
    return ProjectRead(code, words, login, entities, tuple(answers))


def _entity(said: dict[str, Any]) -> EntityRead:
    if "broken" in said:
        return EntityRead(broken=said["broken"])
    return EntityRead(
        tally=Tally(buckets=tuple(of_numbers(*bucket) for bucket in said["buckets"])),
        unreadable=said["unreadable"],
        named=tuple((identity, reason) for identity, reason in said["named"]),
        rewritten=said["rewritten"],
    )


def _together(one: EntityRead, other: EntityRead) -> EntityRead:
    """Two shares of one entity."""
    return EntityRead(
        tally=add(one.tally, other.tally),
        unreadable=one.unreadable + other.unreadable,
        named=(*one.named, *other.named),
        rewritten=one.rewritten + other.rewritten,
        broken=one.broken or other.broken,
    )


def _lines(log: str) -> Iterator[dict[str, Any]]:
    for line in log.splitlines():
        if line.startswith(MARK):
            try:
                said = json.loads(line.removeprefix(MARK))
            except ValueError:
                continue
            yield said
