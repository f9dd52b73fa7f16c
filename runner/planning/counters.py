"""AUTO_INCREMENT of a copy and of what it was made from.

It is no row's value and no transaction sees it. The original tells it from memory, and it runs on while services write; a copy
that was started on the original's files tells what InnoDB stored in them (PAGE_ROOT_AUTO_INC): the greatest number that a row
had, and one. A row that was refused or rolled back is stored like any other. All measured on 10.11.
"""

from runner.planning.fingerprint import Counter


def is_same(original: Counter, found: Counter) -> bool:
    """Say whether the copy's number is one that the original had since it was first looked at."""
    low, high = _ends(original)
    return low <= found.value <= high


def is_restarts(original: Counter | None, found: Counter | None, step: int) -> bool:
    """Say whether a restart of the original itself might have given the copy's number: then it does no harm.

    Memory and file part where the last INSERT reserved numbers that it did not use: up to as many as it used, when it did not
    know how many rows come; and up to `step` (auto_increment_increment), to which memory rounds up and the file does not. An
    UPDATE of the column is stored one step too high.
    """
    if original is None or found is None:
        return False
    low, high = _ends(original)
    return low - step < found.value <= high + step or found.value < low <= 2 * found.value - 2


def _ends(counter: Counter) -> tuple[int, int]:
    # A TRUNCATE in between sets it back.
    low, high = sorted((counter.earlier, counter.value))
    return low, high
