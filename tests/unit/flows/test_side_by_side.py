"""What a failure means where steps changed a copy, and its phases."""

import pytest

from runner.errors import Aftermath, CloneFailed, ProductionWritten, ProofFailed, StepFailed, ThingAMeError
from runner.flows import run as on_production
from runner.flows.passage import PHASES
from runner.flows.side_by_side import _untouched


def after(error: ThingAMeError) -> ThingAMeError:
    with pytest.raises(type(error)) as caught, _untouched():
        raise error
    return caught.value


@pytest.mark.parametrize("kind", [StepFailed, ProofFailed])
def test_a_failure_changed_no_production_and_there_is_nothing_to_resume(kind: type[ThingAMeError]) -> None:
    error = after(kind("m"))
    assert error.left_behind is Aftermath.UNTOUCHED
    assert "resume" not in error.advice
    assert "begins anew" in error.advice


def test_a_hint_that_fits_stays() -> None:
    error = after(CloneFailed("m", aftermath=Aftermath.CHANGED))
    assert (error.left_behind, error.advice) == (Aftermath.UNTOUCHED, CloneFailed.hint)


def test_production_that_was_written_to_is_not_called_untouched() -> None:
    assert after(ProductionWritten("m")).left_behind is Aftermath.UNKNOWN


def test_it_goes_through_the_phases_of_a_migration() -> None:
    names = [name for name, _ in on_production.PHASES]
    assert list(PHASES)[PHASES.index(names[0]) :][: len(names)] == names
    assert len(set(PHASES)) == len(PHASES)
