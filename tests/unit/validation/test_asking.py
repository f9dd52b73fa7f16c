"""Validators asked side by side, again and again until they hold or the time is over."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from pkgutil import iter_modules

import pytest

from runner import validation
from runner.errors import ValidationFailed
from runner.validation import ask_until, demand, open_validators
from tests.support.validating import read
from tests.support.web import Handler, Web, answer, serve

LOGIN = {"user": "ada", "project": "engines"}


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as serving:
        serving.acts["/"] = answer(200)
        yield serving


def comes_up_after(times: int) -> object:
    left = iter(range(times))

    def act(handler: Handler) -> None:
        answer(503 if next(left, None) is not None else 200)(handler)

    return act


def test_a_service_that_comes_up_is_waited_for(tmp_path: Path, web: Web) -> None:
    web.acts["/late"] = comes_up_after(3)  # type: ignore[assignment]
    validators = open_validators(read(tmp_path, {"http": f"{web.url}/"}, {"http": f"{web.url}/late"}))
    first, second = ask_until(validators, 20, pause=0.05)
    assert (first.holds, second.holds) == (True, True)
    assert second.detail[-1].startswith("asked 4 times in ")
    # Who said yes is asked no more.
    assert [path for _, path, _ in web.asked].count("/") == 1
    demand((first, second))


def test_one_that_never_holds_is_asked_until_the_time_is_over_and_told(tmp_path: Path, web: Web) -> None:
    web.acts["/never"] = answer(503)
    validators = open_validators(read(tmp_path, {"http": f"{web.url}/never"}, {"http": f"{web.url}/"}))
    began = time.monotonic()
    answers = ask_until(validators, 0.6, pause=0.05)
    assert 0.5 < time.monotonic() - began < 3
    assert [one.holds for one in answers] == [False, True]
    with pytest.raises(ValidationFailed, match=rf"^http {web.url}/never: does not work: status 503, not 200; asked \d+ times"):
        demand(answers)


def test_what_could_not_be_told_is_no_yes(tmp_path: Path) -> None:
    answers = ask_until(open_validators(read(tmp_path, {"command": ["no-such-tool"]})), 0)
    with pytest.raises(ValidationFailed, match="command no-such-tool: could not tell: cannot be begun"):
        demand(answers)


def test_everyone_is_asked_once_though_there_is_no_time_to_ask_again(tmp_path: Path, web: Web) -> None:
    web.acts["/never"] = answer(503)
    ask_until(open_validators(read(tmp_path, {"http": f"{web.url}/never"}, {"http": f"{web.url}/"})), 0)
    assert sorted(path for _, path, _ in web.asked) == ["/", "/never"]


def test_they_are_asked_side_by_side(tmp_path: Path) -> None:
    meet = "touch {0}/{1}; while ! [ -e {0}/{2} ]; do sleep 0.02; done"
    checks = [{"command": meet.format(tmp_path, *names), "timeout": 10} for names in (("a", "b"), ("b", "c"), ("c", "a"))]
    assert [one.holds for one in ask_until(open_validators(read(tmp_path, *checks)), 0)] == [True, True, True]


def test_a_long_command_may_take_its_time_but_nothing_takes_more_than_is_left(tmp_path: Path) -> None:
    validators = open_validators(read(tmp_path, {"command": "sleep 0.6"}, {"command": "sleep 60"}))
    began = time.monotonic()
    short, long = ask_until(validators, 0.1, at_most=1.5, pause=0.05)
    assert (short.holds, long.holds) == (True, None)
    assert time.monotonic() - began < 6


def test_a_refused_password_is_tried_once(tmp_path: Path, web: Web) -> None:
    web.acts["/v3/auth/tokens"] = answer(401)
    (said,) = ask_until(open_validators(read(tmp_path, {"keystone": f"{web.url}/v3"}, login=LOGIN)), 2, pause=0.05)
    assert said.holds is False
    assert len(web.asked) == 1


def test_who_may_not_go_on_is_ended_at_once_whatever_is_asked(tmp_path: Path, web: Web) -> None:
    """A command that would take a minute, a service that never works, and one who is told that it is over, once."""
    web.acts["/never"] = answer(503)
    told, lock = list[float](), threading.Lock()

    def go_on() -> None:
        with lock:
            told.append(time.monotonic())
            if len(told) == 5:
                raise RuntimeError("turn back")

    validators = open_validators(read(tmp_path, {"command": "sleep 60"}, {"http": f"{web.url}/never"}))
    began = time.monotonic()
    with pytest.raises(RuntimeError, match="turn back"):
        ask_until(validators, 60, pause=0.05, go_on=go_on)
    assert time.monotonic() - began < 10
    assert len(told) == 5, "it is asked no more once it has said no"


def test_every_kind_has_a_module_of_its_name() -> None:
    modules = {one.name for one in iter_modules(validation.__path__) if one.name.endswith("_check")}
    assert {f"{kind.__name__.removesuffix('Check').lower()}_check" for kind in validation.KINDS} == modules
    for kind, module in validation.KINDS.items():
        assert getattr(module, "__name__", "").endswith(f".{kind.__name__.removesuffix('Check').lower()}_check")


def test_nothing_to_validate_is_answered_with_nothing(tmp_path: Path) -> None:
    assert ask_until(open_validators(read(tmp_path)), 60) == ()
    demand(())


def test_validators_have_names_of_their_own_in_the_order_of_cloud_yaml(tmp_path: Path) -> None:
    checks = ({"http": "http://a/"}, {"command": ["true"]}, {"http": "http://a/", "status": 300}, {"keystone": "http://a/v3"})
    names = [one.name for one in open_validators(read(tmp_path, *checks, login=LOGIN))]
    assert names == ["http http://a/", "command true", "http http://a/ (2)", "keystone http://a/v3"]
