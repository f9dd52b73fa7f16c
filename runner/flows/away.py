"""What fails away from production leaves production as it was, whatever the error would say of a run in place."""

from collections.abc import Iterator
from contextlib import contextmanager

from runner.errors import Aftermath, ThingAMeError


@contextmanager
def away_from_production(advice: str) -> Iterator[None]:
    """Say so of an error that leaves the block; `advice` stands for what it would advise to do with changed databases."""
    try:
        yield
    except ThingAMeError as error:
        if error.left_behind is not Aftermath.UNTOUCHED:
            error.left_behind = Aftermath.UNTOUCHED
            error.advice = advice
        raise
