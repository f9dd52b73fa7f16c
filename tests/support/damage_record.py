"""What a run of the damage suite caught, written down where docs/damage.md is made from it (scripts/damage_page.py).

Nothing is written unless `THING_A_ME_RECORD_DAMAGE` is set: `make damage`.
"""

import os
import re
from pathlib import Path

from runner.frozen import Frozen

FILE = Path(__file__).parents[2] / "bench" / "damage.json"
BY_SQL = "restored, by SQL"
"""The moment of the damages that are not done to files."""

_OTHERWISE = (
    (re.compile(r"^\d{8}-\d{6}-[a-z]{4}:? |^[\d-]+ [\d:]+ 0 |tam_clone_\w+@\S+sock: "), ""),
    (re.compile(r" in /\S+|/\S+/(?=(snapshot|taken)\.json)"), ""),
    (re.compile(r"tam_clone_\w+"), "tam_clone_..."),
    (re.compile(r"\d{8}-\d{6}-[a-z]{4}"), "20261120-150834-zott"),
)
"""What is otherwise in each run - the snapshot's name and folder, the time, the clone's account -, and what stands for it."""
_SHOWN = 140


class Caught(Frozen):
    """One damage, and what became of it: the rung that was not reached, the error, the line that names it.

    All three are empty where it was not caught.
    """

    damage: str
    moment: str
    rung: str = ""
    error: str = ""
    words: str = ""


class Undamaged(Frozen):
    """How often the undamaged was proved or equal, of how many times."""

    what: str
    equal: int
    rounds: int


class Record(Frozen):
    """What is known of all runs so far."""

    undamaged: tuple[Undamaged, ...] = ()
    damages: tuple[Caught, ...] = ()


def read_record() -> Record:
    return Record.model_validate_json(FILE.read_bytes()) if FILE.exists() else Record()


def write_down(found: Caught | Undamaged) -> None:
    """Write an outcome down in the place of what was known of it."""
    if not os.environ.get("THING_A_ME_RECORD_DAMAGE"):
        return
    known = read_record()
    if isinstance(found, Undamaged):
        others = (one for one in known.undamaged if one.what != found.what)
        known = known.model_copy(update={"undamaged": (*others, found)})
    else:
        rest = (one for one in known.damages if (one.moment, one.damage) != (found.moment, found.damage))
        known = known.model_copy(update={"damages": (*rest, found)})
    FILE.write_text(known.model_dump_json(indent=1) + "\n", encoding="utf-8")


def shorten(line: str) -> str:
    """Take out of a line what is other in each run, and cut it."""
    for pattern, instead in _OTHERWISE:
        line = pattern.sub(instead, line)
    line = line.strip()
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN].rstrip()}..."
