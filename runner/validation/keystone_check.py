"""Keystone: a token by an old login, with it the services and the endpoints; then the token is taken back.

The requests and their answers: https://docs.openstack.org/api-ref/identity/v3/ (password authentication with scoped
authorization, revoke token, list services, list endpoints).
"""

import json
import math
import ssl
import time
from dataclasses import dataclass, field
from typing import Any

from runner import documents
from runner.errors import BadDocument, MissingFile
from runner.settings import Cloud, Login
from runner.validation.answer import Answer, GoOn, unhindered
from runner.validation.request import NoReplyError, Reply, request, trust
from runner.validation.secrecy import blot_out
from runner.window_settings import KeystoneCheck

_CREATED, _OK, _NO_CONTENT, _UNAUTHORIZED, _FORBIDDEN = 201, 200, 204, 401, 403
_TO_REVOKE = 5.0
"""Seconds to take a token back, whatever time is left: one that is forgotten is good for hours."""


class _NoError(Exception):
    """Keystone answered, and what it answered is wrong. `settled`: it is not to be asked again."""

    def __init__(self, what: str, *, settled: bool = False) -> None:
        super().__init__(what)
        self.settled = settled


@dataclass(frozen=True)
class KeystoneValidator:
    """Logs in, looks, logs out. The password is read when it is needed."""

    name: str
    settings: KeystoneCheck
    context: ssl.SSLContext = field(repr=False)
    cloud: Cloud = field(repr=False)

    def ask(self, *, at_most: float = math.inf, go_on: GoOn = unhindered) -> Answer:  # noqa: ARG002  # it is short
        began, settled = time.monotonic(), False
        holds: bool | None
        try:
            holds, detail = True, self._look(_Visit(self.settings, self.context, min(self.settings.within, at_most)))
        except _NoError as error:
            holds, detail, settled = False, (str(error),), error.settled
        except NoReplyError as error:
            holds, detail = False if error.late and at_most >= self.settings.within else None, (str(error),)
        except MissingFile as error:
            holds, detail = None, (error.message,)
        return Answer(
            name=self.name,
            holds=holds,
            seconds=time.monotonic() - began,
            detail=detail,
            output="\n".join(detail),
            settled=settled,
        )

    def _look(self, visit: "_Visit") -> tuple[str, ...]:
        login, password = _login_of(self.cloud)
        token, body = visit.log_in(login, password)
        try:
            counts = visit.count(token, body)
        except BaseException:
            # What went wrong first is what is told.
            visit.try_to_log_out(token)
            raise
        visit.log_out(token)
        return (f"{login.user} has a token for {login.project}", *counts, "the token was taken back")


def open_validator(name: str, settings: KeystoneCheck, cloud: Cloud) -> KeystoneValidator:
    """Make sure that there is a login. Raises MissingFile, BadDocument."""
    _login_of(cloud)
    return KeystoneValidator(name, settings, trust(cloud.file.parent / settings.ca if settings.ca else None), cloud)


def _login_of(cloud: Cloud) -> tuple[Login, str]:
    found = cloud.login("keystone")
    if found is None:
        where = documents.place(cloud.file, "validate")
        raise BadDocument(f"{where}: validate: a keystone check needs read_back.keystone, who is to log in")
    return found


class _Visit:
    """One exchange with keystone, all of it in time."""

    def __init__(self, settings: KeystoneCheck, context: ssl.SSLContext, within: float) -> None:
        self._url = settings.keystone.rstrip("/")
        self._context = context
        self._within = within
        self._ends = time.monotonic() + within

    def log_in(self, login: Login, password: str) -> tuple[str, Any]:
        """Return the token and what keystone says of it."""
        domain = {"name": login.domain}
        user = {"name": login.user, "domain": domain, "password": password}
        scope = {"project": {"name": login.project, "domain": domain}}
        wanted = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
        reply = self._send("POST", "/auth/tokens", body=json.dumps(wanted).encode())
        if reply.status != _CREATED:
            # A password that is refused again and again locks its user out ([security_compliance] lockout_failure_attempts).
            settled = reply.status == _UNAUTHORIZED
            raise _NoError(f"{login.user} gets no token for {login.project}: {_fault(reply, password)}", settled=settled)
        token = reply.headers.get("x-subject-token")
        if not token:
            raise _NoError("keystone made a token and did not give it: no X-Subject-Token")
        return token, _json(reply).get("token")

    def count(self, token: str, body: Any) -> tuple[str, ...]:
        """Count services and endpoints; where a member may not list them, those in the token's catalog."""
        services, endpoints = self._list(token, "services"), self._list(token, "endpoints")
        from_where = ""
        if services is None or endpoints is None:
            catalog = body.get("catalog") if isinstance(body, dict) else None
            if not isinstance(catalog, list):
                raise _NoError("services and endpoints may not be listed, and the token has no catalog")
            listed = [one for one in catalog if isinstance(one, dict)]
            services, endpoints = len(listed), sum(len(one.get("endpoints", ())) for one in listed)
            from_where = " in the token's catalog, because the user may not list them"
        if not services or not endpoints:
            raise _NoError(f"{services} services, {endpoints} endpoints{from_where}")
        return (f"{services} services, {endpoints} endpoints{from_where}",)

    def log_out(self, token: str) -> None:
        """Take the token back; that keystone can is proof that it can write."""
        reply = self._send("DELETE", "/auth/tokens", token, at_least=_TO_REVOKE)
        if reply.status != _NO_CONTENT:
            raise _NoError(f"the token could not be taken back: {_fault(reply, token)}")

    def try_to_log_out(self, token: str) -> None:
        try:
            self.log_out(token)
        except (_NoError, NoReplyError):
            return

    def _list(self, token: str, what: str) -> int | None:
        """Count what keystone lists; None where policy forbids to ask."""
        reply = self._send("GET", f"/{what}", token)
        if reply.status == _FORBIDDEN:
            return None
        if reply.status != _OK:
            raise _NoError(f"{what} cannot be listed: {_fault(reply, token)}")
        found = _json(reply).get(what)
        if not isinstance(found, list):
            raise _NoError(f"{what}: the answer has no list of them")
        return len(found)

    def _send(
        self, method: str, path: str, token: str | None = None, *, body: bytes | None = None, at_least: float = 0.0
    ) -> Reply:
        left = max(self._ends - time.monotonic(), at_least)
        headers = {"Content-Type": "application/json"} | ({"X-Auth-Token": token, "X-Subject-Token": token} if token else {})
        try:
            return request(self._url + path, within=left, context=self._context, method=method, headers=headers, body=body)
        except NoReplyError as error:
            # What is told is the time for all of it, not what was left of it.
            why = f"keystone took longer than {self._within:g} s" if error.late else str(error)
            raise NoReplyError(f"{method} {path}: {why}", late=error.late) from None


def _json(reply: Reply) -> dict[str, Any]:
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError):
        raise _NoError(f"status {reply.status}, and the answer is no JSON") from None
    if not isinstance(found, dict):
        raise _NoError(f"status {reply.status}, and the answer is no mapping")
    return found


def _fault(reply: Reply, secret: str) -> str:
    """Say what keystone refused, in its own words where it has some."""
    leads = f", leads to {reply.headers['location']}, and is not followed" if "location" in reply.headers else ""
    try:
        words = str(_json(reply)["error"]["message"])
    except (_NoError, KeyError, TypeError):
        words = ""
    said = blot_out(words, (secret,))
    return f"status {reply.status}{leads}{': ' + ' '.join(said.split())[:200] if said else ''}"
