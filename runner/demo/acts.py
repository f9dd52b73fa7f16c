"""What the operator of the demo types, in its order."""

from typing import NamedTuple

from runner.demo.night import TARGET
from runner.errors import ChecksBlock, HalfMovedHeads, ThingAMeError, TurnedBack


class Act(NamedTuple):
    """One command; `refused` is how it has to be refused, None where it is not.

    `{sealed}` in it stands for the sealed plan that the rehearsal wrote, `{window}` for a window's length.
    """

    words: tuple[str, ...]
    refused: type[ThingAMeError] | None = None


BEFOREHAND = (
    Act(("inspect",)),
    Act(("check", "--to", TARGET), refused=ChecksBlock),
    Act(("check", "--to", TARGET, "--fix", "cinder-purge")),
    Act(("check", "--to", TARGET)),
    Act(("plan", "--to", TARGET)),
    Act(("snapshot", "take")),
    Act(("rehearse", "--to", TARGET)),
)
"""The first check finds what was planted; the second finds it mended."""

WINDOW = Act(("migrate", "--sealed", "{sealed}"))
WINDOW_THAT_FAILS = Act(WINDOW.words, refused=TurnedBack)
WINDOW_THAT_ENDS_TOO_SOON = Act((*WINDOW.words, "--window", "{window}"), refused=TurnedBack)

AFTERWARDS = (Act(("inspect",)), Act(("report",)))

WHERE_IT_WENT_WRONG = (
    Act(("inspect",), refused=HalfMovedHeads),
    Act(("snapshot", "restore", "--yes")),
    Act(("inspect",)),
)
"""On a twin of the server that was broken on purpose: its databases are neither old nor new."""
