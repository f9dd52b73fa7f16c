"""A keystone check where keystone is not as one wishes; with a real one: tests/integration/test_validation_keystone.py."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.errors import BadDocument, MissingFile
from runner.validation import open_validators
from runner.validation.answer import Answer
from tests.support.validating import PASSWORD, ask, read
from tests.support.web import Act, Handler, Web, answer, serve

LOGIN = {"user": "ada", "project": "engines"}
TOKEN = "canary-of-the-token"
CATALOG = [{"type": "identity", "endpoints": [{}, {}, {}]}, {"type": "image", "endpoints": [{}]}]


def tokens(made: Act, revoked: Act) -> Act:
    return lambda handler: made(handler) if handler.command == "POST" else revoked(handler)


def fault(status: int, message: str) -> Act:
    return answer(status, json.dumps({"error": {"code": status, "message": message}}))


MADE = answer(201, json.dumps({"token": {"catalog": CATALOG}}), X_Subject_Token=TOKEN)
REVOKED = answer(204)


@pytest.fixture
def web() -> Iterator[Web]:
    """As keystone answers; a test changes what it is about."""
    with serve() as serving:
        serving.acts["/v3/auth/tokens"] = tokens(MADE, REVOKED)
        serving.acts["/v3/services"] = answer(200, json.dumps({"services": [{}, {}]}))
        serving.acts["/v3/endpoints"] = answer(200, json.dumps({"endpoints": [{}, {}, {}, {}, {}]}))
        yield serving


def ask_it(folder: Path, web: Web, **more: object) -> Answer:
    said = ask(folder, {"keystone": f"{web.url}/v3", **more}, login=LOGIN)
    assert PASSWORD not in repr(said) + said.in_words + said.output
    assert TOKEN not in repr(said) + said.in_words + said.output
    return said


def test_who_logs_in_sees_services_and_endpoints_and_gives_his_token_back(tmp_path: Path, web: Web) -> None:
    said = ask_it(tmp_path, web)
    assert said.holds is True
    assert said.detail == ("ada has a token for engines", "2 services, 5 endpoints", "the token was taken back")
    assert [(method, path) for method, path, _ in web.asked] == [
        ("POST", "/v3/auth/tokens"),
        ("GET", "/v3/services"),
        ("GET", "/v3/endpoints"),
        ("DELETE", "/v3/auth/tokens"),
    ]
    assert [headers.get("x-auth-token") for headers in web.headers] == [None, TOKEN, TOKEN, TOKEN]
    assert web.headers[3]["x-subject-token"] == TOKEN


def test_a_slash_at_the_end_of_the_url_is_no_other_url(tmp_path: Path, web: Web) -> None:
    assert ask(tmp_path, {"keystone": f"{web.url}/v3/"}, login=LOGIN).holds is True


def test_who_may_not_list_counts_what_his_tokens_catalog_has(tmp_path: Path, web: Web) -> None:
    web.acts["/v3/services"] = web.acts["/v3/endpoints"] = fault(403, "not you")
    said = ask_it(tmp_path, web)
    assert said.holds is True
    assert said.detail[1] == "2 services, 4 endpoints in the token's catalog, because the user may not list them"


def test_a_password_that_is_refused_is_told_and_not_tried_again(tmp_path: Path, web: Web) -> None:
    web.acts["/v3/auth/tokens"] = fault(401, f"no: {PASSWORD}")
    said = ask_it(tmp_path, web)
    assert (said.holds, said.settled) == (False, True)
    assert said.detail == ("ada gets no token for engines: status 401: no: ***",)


@pytest.mark.parametrize(
    ("path", "act", "says"),
    [
        (
            "/v3/auth/tokens",
            fault(500, "an unexpected error"),
            "ada gets no token for engines: status 500: an unexpected error",
        ),
        ("/v3/auth/tokens", answer(503, "<html>"), "ada gets no token for engines: status 503"),
        ("/v3/auth/tokens", answer(201, "{}"), "keystone made a token and did not give it: no X-Subject-Token"),
        (
            "/v3/auth/tokens",
            answer(302, Location="https://x/v3"),
            "ada gets no token for engines: status 302, leads to https://x/v3, and is not followed",
        ),
        ("/v3/services", fault(500, f"no table for {TOKEN}"), "services cannot be listed: status 500: no table for ***"),
        ("/v3/services", answer(200, "<html>"), "status 200, and the answer is no JSON"),
        ("/v3/services", answer(200, "[]"), "status 200, and the answer is no mapping"),
        ("/v3/endpoints", answer(200, "{}"), "endpoints: the answer has no list of them"),
        ("/v3/endpoints", answer(200, '{"endpoints": []}'), "2 services, 0 endpoints"),
    ],
)
def test_what_keystone_does_wrong_is_told(tmp_path: Path, web: Web, path: str, act: Act, says: str) -> None:
    web.acts[path] = act
    said = ask_it(tmp_path, web)
    assert (said.holds, said.settled, said.detail) == (False, False, (says,))


def test_a_token_is_given_back_also_where_something_went_wrong(tmp_path: Path, web: Web) -> None:
    web.acts["/v3/services"] = fault(500, "x")
    ask_it(tmp_path, web)
    assert web.asked[-1][:2] == ("DELETE", "/v3/auth/tokens")


def test_a_token_that_cannot_be_given_back_does_not_hold_because_keystone_cannot_write(tmp_path: Path, web: Web) -> None:
    web.acts["/v3/auth/tokens"] = tokens(MADE, fault(500, f"read-only: {TOKEN}"))
    said = ask_it(tmp_path, web)
    assert (said.holds, said.detail) == (False, ("the token could not be taken back: status 500: read-only: ***",))


def test_members_whose_token_has_no_catalog_are_told_so(tmp_path: Path, web: Web) -> None:
    web.acts["/v3/auth/tokens"] = tokens(answer(201, "{}", X_Subject_Token=TOKEN), REVOKED)
    web.acts["/v3/services"] = fault(403, "x")
    said = ask_it(tmp_path, web)
    assert (said.holds, said.detail) == (False, ("services and endpoints may not be listed, and the token has no catalog",))


def test_one_that_hangs_up_cannot_be_told(tmp_path: Path, web: Web) -> None:
    def hang_up(handler: Handler) -> None:
        handler.close_connection = True

    web.acts["/v3/endpoints"] = hang_up
    said = ask_it(tmp_path, web)
    assert (said.holds, said.detail) == (None, ("GET /endpoints: closed before the answer's end",))


def test_the_time_is_for_all_of_it_together(tmp_path: Path, web: Web) -> None:
    def slowly(act: Act) -> Act:
        def wait_first(handler: Handler) -> None:
            time.sleep(0.25)
            act(handler)

        return wait_first

    web.acts = {path: slowly(act) for path, act in web.acts.items()}
    said = ask_it(tmp_path, web, within="600ms")
    assert said.holds is False
    # Which of the four it is depends on how busy the machine is; none of them alone takes so long.
    (detail,) = said.detail
    assert detail.endswith(": keystone took longer than 0.6 s")


def test_a_check_without_a_login_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match=r"cloud\.yaml:\d+: validate: a keystone check needs read_back\.keystone"):
        open_validators(read(tmp_path, {"keystone": "http://localhost/v3"}))


def test_a_password_that_went_away_cannot_be_told(tmp_path: Path, web: Web) -> None:
    (validator,) = open_validators(read(tmp_path, {"keystone": f"{web.url}/v3"}, login=LOGIN))
    (tmp_path / "login.password").unlink()
    said = validator.ask()
    assert said.holds is None
    assert "cannot read read_back.keystone.password_file" in said.detail[0]


def test_a_password_that_is_not_there_is_missed_before_anything_is_asked(tmp_path: Path, web: Web) -> None:
    cloud = read(tmp_path, {"keystone": f"{web.url}/v3"}, login=LOGIN)
    (tmp_path / "login.password").unlink()
    with pytest.raises(MissingFile, match=r"cannot read read_back\.keystone\.password_file"):
        open_validators(cloud)
    assert web.asked == []
