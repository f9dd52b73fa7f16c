"""A request, and what its answer has to be: its status, values in its JSON, and how soon it comes."""

import json
import math
import ssl
import time
from dataclasses import dataclass, field
from typing import Any

from runner.settings import Cloud
from runner.validation.answer import Answer, GoOn, unhindered
from runner.validation.request import KEPT, NoReplyError, Reply, request, trust
from runner.validation.secrecy import blot_out
from runner.window_settings import HttpCheck

_OUTPUT = 64 * 1024
"""Characters of an answer that are kept for the log."""


@dataclass(frozen=True)
class HttpValidator:
    """Asks one URL. `secrets` are blotted out of what it says."""

    name: str
    settings: HttpCheck
    context: ssl.SSLContext = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    def ask(self, *, at_most: float = math.inf, go_on: GoOn = unhindered) -> Answer:  # noqa: ARG002  # it is short
        began = time.monotonic()
        wanted = self.settings
        try:
            reply = request(wanted.http, within=min(wanted.within, at_most), context=self.context)
        except NoReplyError as error:
            # Who demands an answer within some seconds has his answer. Where we had less time than that, he has none.
            holds = False if error.late and at_most >= wanted.within else None
            return Answer(name=self.name, holds=holds, seconds=time.monotonic() - began, detail=(str(error),))
        faults, unclear = _compare(wanted, reply)
        body = blot_out(reply.body.decode(errors="replace"), self.secrets)
        seen = (f"status {reply.status}", *(f"{path} is {value!r}" for path, value in wanted.json_is.items()))
        return Answer(
            name=self.name,
            holds=False if faults else None if unclear else True,
            seconds=reply.seconds,
            detail=tuple(blot_out(line, self.secrets) for line in (*faults, *unclear) or (*seen, f"{reply.seconds:.3f} s")),
            output=f"status {reply.status}\n{body[:_OUTPUT]}",
        )


def open_validator(name: str, settings: HttpCheck, cloud: Cloud) -> HttpValidator:
    """Read the certificates, and what may not be shown. Raises MissingFile."""
    return HttpValidator(name, settings, trust(cloud.file.parent / settings.ca if settings.ca else None), cloud.secrets())


def _compare(wanted: HttpCheck, reply: Reply) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find what is wrong with an answer, and what cannot be told of it."""
    if reply.status != wanted.status:
        leads = f"; it leads to {reply.headers['location']}, and is not followed" if "location" in reply.headers else ""
        return (f"status {reply.status}, not {wanted.status}{leads}",), ()
    if not wanted.json_is:
        return (), ()
    if reply.cut:
        return (), (f"the answer is longer than {KEPT} bytes, and its JSON was not read",)
    try:
        document = json.loads(reply.body)
    except (ValueError, RecursionError):
        return ("the answer is no JSON",), ()
    found = (_compare_value(document, path, value) for path, value in wanted.json_is.items())
    return tuple(fault for fault in found if fault), ()


def _compare_value(document: Any, path: str, wanted: str | float | bool | None) -> str:
    """Say how the value at a path (`a.b.0.c`) differs; an empty string where it does not."""
    for part in path.split("."):
        if isinstance(document, dict) and part in document:
            document = document[part]
        elif isinstance(document, list) and part.isdecimal() and int(part) < len(document):
            document = document[int(part)]
        else:
            return f"{path} is not there (at {part!r}); it should be {wanted!r}"
    # In Python true is 1; in JSON it is not.
    if document == wanted and isinstance(document, bool) == isinstance(wanted, bool):
        return ""
    shown = "a mapping" if isinstance(document, dict) else "a list" if isinstance(document, list) else repr(document)[:200]
    return f"{path} is {shown}, not {wanted!r}"
