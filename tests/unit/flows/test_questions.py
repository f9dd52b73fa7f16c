import time
from collections.abc import Callable

import pytest

from runner.errors import LeaseLost
from runner.events import Event, ProjectAnswered, silent
from runner.flows.questions import ask_each


def test_every_project_is_asked_and_each_answer_is_told() -> None:
    told = list[Event]()
    answers = ask_each("read-back", lambda project, _: project.upper(), ("nova", "heat"), jobs=2, tell=told.append)
    assert answers == {"nova": "NOVA", "heat": "HEAT"}
    assert {one.project for one in told if isinstance(one, ProjectAnswered)} == {"nova", "heat"}


def test_what_ends_the_run_ends_every_question() -> None:
    left, until = list[str](), time.monotonic() + 0.2

    def ask(project: str, go_on: Callable[[], None]) -> None:
        try:
            while time.monotonic() < until + 20:
                go_on()
                time.sleep(0.01)
        finally:
            left.append(project)

    def demand() -> bool:
        if time.monotonic() > until:
            raise LeaseLost("another has it")
        return True

    with pytest.raises(LeaseLost):
        ask_each("read-back", ask, ("nova", "heat"), jobs=2, tell=silent, demand=demand)
    assert sorted(left) == ["heat", "nova"]
    assert time.monotonic() < until + 10
