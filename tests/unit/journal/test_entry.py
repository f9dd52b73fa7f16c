import json
import typing

import pytest
from pydantic import TypeAdapter, ValidationError

from runner.journal.entry import Entry, RunEntry, StepEntry, StepIntended
from runner.journal.window_entry import WindowEntry

EVERY = (*typing.get_args(StepEntry), *typing.get_args(RunEntry), *typing.get_args(WindowEntry))


def test_every_kind_is_its_own() -> None:
    kinds = [kind.model_fields["kind"].default for kind in EVERY]
    assert len(kinds) == len(set(kinds))


def test_an_entry_comes_back_as_the_type_it_was() -> None:
    entry = StepIntended(step="nova/sync@2024.1", attempt=1, labels={"thing-a-me": "step"})
    again: Entry = TypeAdapter[Entry](Entry).validate_json(entry.model_dump_json())
    assert again == entry
    assert json.loads(entry.model_dump_json())["kind"] == "step-intended"


def test_an_attempt_is_counted_from_one() -> None:
    with pytest.raises(ValidationError):
        StepIntended(step="s", attempt=0, labels={})
