import inspect
from typing import get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from runner import events
from runner.events import Event, silent
from runner.frozen import Frozen
from tests.unit.reporting.happenings import EVENTS

ADAPTER: TypeAdapter[Event] = TypeAdapter(Event)
DECLARED = {
    value for value in vars(events).values() if inspect.isclass(value) and issubclass(value, Frozen) and value is not Frozen
}


def test_every_event_type_is_in_the_union() -> None:
    assert set(get_args(get_args(Event)[0])) == DECLARED


def test_the_tests_tell_every_event() -> None:
    assert {type(event) for event in EVENTS} == DECLARED


def test_every_event_has_a_name_of_its_own_made_of_its_types() -> None:
    names = {kind: kind.model_fields["event"].default for kind in DECLARED}
    assert len(set(names.values())) == len(DECLARED)
    for kind, name in names.items():
        assert name.replace("-", "") == kind.__name__.lower()


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_survives_its_json(event: Event) -> None:
    again = ADAPTER.validate_json(ADAPTER.dump_json(event))
    assert again == event
    assert type(again) is type(event)


def test_an_event_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError, match="union_tag_invalid"):
        ADAPTER.validate_json('{"event": "step-danced"}')


def test_an_event_cannot_be_changed_or_carry_more_than_it_declares() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        EVENTS[0].phase = "other"  # type: ignore[misc, union-attr]
    with pytest.raises(ValidationError, match="extra_forbidden"):
        ADAPTER.validate_json('{"event": "note", "about": "a", "text": "t", "more": 1}')


def test_silence_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    for event in EVENTS:
        silent(event)
    assert capfd.readouterr() == ("", "")
