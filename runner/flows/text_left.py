"""A text mend that production was begun with, and that was left: what its journal says of how far it is."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runner.errors import JournalBroken, RunMissing, RunUnfinished
from runner.journal.reader import read_entries
from runner.journal.replay import replay
from runner.journal.runs import list_runs
from runner.journal.text_entry import TextMendTried, TextStatementBegan, TextStatementDone

FLOW = "text"
GO_ON = (
    "`thing-a-me check --fix text --yes` goes on with it; or `thing-a-me snapshot restore`, after which"
    " `thing-a-me check --fix text` sees that it is over"
)


@dataclass(frozen=True)
class Left:
    """A mend that production was begun with, and that has no end: `done` statements are behind it."""

    folder: Path
    tried: TextMendTried
    done: int
    is_in_doubt: bool

    @property
    def next(self) -> str:
        """Say how far it is."""
        return f"{self.done} of {len(self.tried.steps)} statements done{', one in doubt' if self.is_in_doubt else ''}"


def find_left(runs: Path) -> Left | None:
    """Find the mend that was begun on production and left; the newest, and there is never more than one."""
    for folder in reversed(list_runs(runs)):
        with suppress(JournalBroken, RunMissing):
            entries = read_entries(folder)
            position, said = replay(entries), [one.entry for one in entries]
            began = sum(isinstance(one, TextStatementBegan) for one in said)
            if position.began.flow != FLOW or position.is_over or not began:
                continue
            numbers = {one.number for one in said if isinstance(one, TextStatementDone)}
            tried = next(one for one in said if isinstance(one, TextMendTried))
            last = max(one.number for one in said if isinstance(one, TextStatementBegan))
            if position.outcome == "failed" and len(numbers) == len(tried.steps):
                continue  # nothing is half way: its proof said what there was to say
            return Left(folder, tried, len(numbers), last not in numbers)
    return None


def demand_none_left(runs: Path) -> None:
    """Demand that no table is half way between two charsets.

    Raises:
        RunUnfinished: a mend was left; the message says how far it is.
    """
    if left := find_left(runs):
        raise RunUnfinished(f"the mend of text of run {left.folder.name} was left half way: {left.next}", hint=GO_ON)
