"""A keystone check on a real keystone at 2023.1: who logs in, what he sees, and that his token is worth nothing afterwards."""

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from runner.settings import Login
from runner.validation.answer import Answer
from tests.support.clouds import Nursery
from tests.support.keystone import LiveKeystone, live_keystone
from tests.support.validating import ask
from tests.support.web import Handler, Web, serve

pytestmark = [pytest.mark.engine, pytest.mark.images]
__all__ = ["live_keystone"]


def send(url: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    link = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)
    try:
        link.request(method, path, body, headers)
        reply = link.getresponse()
        return reply.status, dict(reply.getheaders()), reply.read()
    finally:
        link.close()


class Between:
    """Passes requests on to keystone, and keeps the tokens that it made."""

    def __init__(self, web: Web, keystone: LiveKeystone) -> None:
        self.url = f"{web.url}/v3"
        self.tokens: list[str] = []
        self._web, self._keystone = web, keystone
        for path in ("/v3/auth/tokens", "/v3/services", "/v3/endpoints"):
            web.acts[path] = self._pass_on

    def _pass_on(self, handler: Handler) -> None:
        method, path, body = self._web.asked[-1]
        sent = {name: value for name, value in handler.headers.items() if name.lower() not in {"host", "content-length"}}
        status, headers, said = send(self._keystone.url, method, path, body, sent)
        self.tokens += [value for name, value in headers.items() if name.lower() == "x-subject-token" and method == "POST"]
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(said)


@pytest.fixture
def between(live_keystone: LiveKeystone) -> Iterator[Between]:
    with serve() as web:
        yield Between(web, live_keystone)


def log_in(folder: Path, url: str, login: Login, password: str) -> Answer:
    who = {"user": login.user, "domain": login.domain, "project": login.project}
    return ask(folder, {"keystone": url}, login=who, password=password)


def test_an_admin_counts_what_keystone_lists(tmp_path: Path, live_keystone: LiveKeystone, nursery: Nursery) -> None:
    said = log_in(tmp_path, live_keystone.url, live_keystone.admin, live_keystone.password)
    assert said.holds is True, said
    services, endpoints = (nursery.server.scalar(f"SELECT COUNT(*) FROM keystone.{table}") for table in ("service", "endpoint"))
    assert said.detail == (
        "admin has a token for admin",
        f"{services} services, {endpoints} endpoints",
        "the token was taken back",
    )


def test_a_member_counts_what_his_catalog_has(tmp_path: Path, live_keystone: LiveKeystone) -> None:
    said = log_in(tmp_path, live_keystone.url, live_keystone.member, live_keystone.password)
    assert said.holds is True, said
    assert said.detail[1].endswith(" in the token's catalog, because the user may not list them")


def test_a_token_is_worth_nothing_afterwards_and_is_in_no_answer(
    tmp_path: Path, live_keystone: LiveKeystone, between: Between
) -> None:
    said = log_in(tmp_path, between.url, live_keystone.admin, live_keystone.password)
    assert said.holds is True, said
    (token,) = between.tokens
    assert send(live_keystone.url, "GET", "/v3/services", b"", {"X-Auth-Token": token})[0] == 401
    shown = repr(said) + said.in_words + said.output
    assert token not in shown
    assert live_keystone.password not in shown


def test_another_password_is_refused_and_not_tried_again(tmp_path: Path, live_keystone: LiveKeystone) -> None:
    said = log_in(tmp_path, live_keystone.url, live_keystone.admin, "not-the-password")
    assert (said.holds, said.settled) == (False, True)
    assert said.detail[0].startswith("admin gets no token for admin: status 401: ")
    assert "not-the-password" not in repr(said) + said.in_words + said.output
