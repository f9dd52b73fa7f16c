"""What proves that the cloud that was rolled out works: one module for each kind, asked side by side, again until it holds."""

import math
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from runner.errors import ValidationFailed
from runner.frozen import Frozen
from runner.settings import Cloud
from runner.validation import command_check, http_check, keystone_check
from runner.validation.answer import Answer, GoOn, Kind, Validator, unhindered
from runner.validation.secrecy import blot_out
from runner.window_settings import CommandCheck, HttpCheck, KeystoneCheck

_LOOK = 0.2
"""Seconds between two looks whether to go on."""

KINDS: Mapping[type[Frozen], Kind] = {
    HttpCheck: http_check,
    KeystoneCheck: keystone_check,
    CommandCheck: command_check,
}


def open_validators(cloud: Cloud) -> tuple[Validator, ...]:
    """Make cloud.yaml's validators ready, in its order; nothing is asked yet.

    Raises:
        MissingFile: a certificate's or password's file cannot be read.
        BadDocument: a keystone check, and nobody who logs in.
    """
    names: list[str] = []
    validators: list[Validator] = []
    for settings in cloud.document.validation:
        name = blot_out(settings.title, cloud.secrets())
        names.append(name)
        numbered = f"{name} ({names.count(name)})" if names.count(name) > 1 else name
        validators.append(KINDS[type(settings)].open_validator(numbered, settings, cloud))
    return tuple(validators)


def ask_until(
    validators: Sequence[Validator],
    seconds: float,
    *,
    at_most: float = math.inf,
    pause: float = 1.0,
    go_on: GoOn = unhindered,
) -> tuple[Answer, ...]:
    """Ask all of them side by side; who does not say yes is asked again, until `seconds` are over. Returns the last answers.

    Everyone is asked once at least, and what was asked is waited for: `seconds` is patience with services that come up, and a
    command may take longer than that. After `at_most` seconds nothing runs any more. `go_on` is called meanwhile, a few times
    a second and from any thread; what it raises ends everything that is asked, and is raised.
    """
    if not validators:
        return ()
    began = time.monotonic()
    asking = _Asking(until=began + min(seconds, at_most), end=began + at_most, pause=pause, go_on=go_on)
    with ThreadPoolExecutor(max_workers=len(validators), thread_name_prefix="validation") as pool:
        try:
            return tuple(pool.map(asking.ask_one, validators))
        except BaseException as error:
            # Leaving the pool waits for every thread.
            asking.ended.set()
            raise asking.why or error from None


def demand(answers: Sequence[Answer]) -> None:
    """Let pass what works.

    Raises:
        ValidationFailed: something does not work, or it could not be told.
    """
    if faults := [answer.in_words for answer in answers if not answer.holds]:
        raise ValidationFailed("; ".join(faults))


class _EndedError(Exception):
    """Another thread was told why."""


@dataclass(kw_only=True)
class _Asking:
    """One round of asking, shared by its threads. `until` and `end` are times of the monotonic clock; `why` it was ended."""

    until: float
    end: float
    pause: float
    go_on: GoOn
    ended: threading.Event = field(default_factory=threading.Event)
    why: BaseException | None = None

    def ask_one(self, validator: Validator) -> Answer:
        """Ask until it holds or the time is over."""
        began, times = time.monotonic(), 0
        while True:
            answer = validator.ask(at_most=max(self.end - time.monotonic(), 0.1), go_on=self._heed)
            times += 1
            if answer.holds or answer.settled or self._is_over() or self._rest():
                break
        if times == 1:
            return answer
        return replace(answer, detail=(*answer.detail, f"asked {times} times in {time.monotonic() - began:.1f} s"))

    def _rest(self) -> bool:
        """Wait until it may be asked again; says whether the time is over by then."""
        again = time.monotonic() + self.pause
        while (left := again - time.monotonic()) > 0:
            self._heed()
            self.ended.wait(min(left, _LOOK))
        self._heed()
        return self._is_over()

    def _is_over(self) -> bool:
        return time.monotonic() >= self.until

    def _heed(self) -> None:
        if self.ended.is_set():
            raise _EndedError
        try:
            self.go_on()
        except BaseException as error:
            self.why = error
            self.ended.set()
            raise
