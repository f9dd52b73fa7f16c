"""What a failure means where steps changed a copy, and its phases."""

import pytest

from runner.errors import (
    Aftermath,
    CloneFailed,
    EngineRefused,
    JournalBroken,
    ProductionWritten,
    ProofFailed,
    StepFailed,
    ThingAMeError,
)
from runner.events import Event, Note, silent
from runner.flows import run as on_production
from runner.flows.passage import PHASES, Fate
from runner.flows.side_by_side import _saying_what_is_where
from runner.journal.entry import HandedOver

NEW = HandedOver(
    container="mariadb-new",
    folder="/srv/new",
    image="sha256:i",
    address="10.0.0.5:3306",
    network="bridge",
    version="10.11.6-MariaDB",
    uid="u",
    binary_log=True,
    gtid="",
    point="",
    urls_lead_to=(),
)


def after(error: ThingAMeError, fate: Fate | None = None) -> ThingAMeError:
    with pytest.raises(type(error)) as caught, _saying_what_is_where(fate or Fate(), silent):
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


@pytest.mark.parametrize("kind", [JournalBroken, EngineRefused])
def test_a_failure_after_it_was_given_up_says_where_the_new_server_is(kind: type[ThingAMeError]) -> None:
    error = after(kind("m"), Fate(NEW))
    assert error.message == (
        "m\nall the same the new server is there, and proven: 10.0.0.5:3306, container mariadb-new, folder /srv/new"
    )
    assert error.left_behind is Aftermath.UNTOUCHED
    assert "begins anew" not in error.advice


def test_an_interrupt_after_it_was_given_up_says_so_too() -> None:
    heard: list[Event] = []
    with pytest.raises(KeyboardInterrupt), _saying_what_is_where(Fate(NEW), heard.append):
        raise KeyboardInterrupt
    (told,) = heard
    assert isinstance(told, Note)
    assert "container mariadb-new" in told.text


def test_it_goes_through_the_phases_of_a_migration() -> None:
    names = [name for name, _ in on_production.PHASES]
    assert list(PHASES)[PHASES.index(names[0]) :][: len(names)] == names
    assert len(set(PHASES)) == len(PHASES)
