"""What a validator answers, and what a validator is."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from runner.settings import Cloud


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Does one thing of the cloud that was rolled out work? None: it could not be told.

    `detail` says what was seen, a line each; where it does not hold, what was wanted too. `output` is what was said, for a log
    file. No password and no token is in any of it. `settled` says that asking again would do harm.
    """

    name: str
    holds: bool | None
    seconds: float
    detail: tuple[str, ...]
    output: str = field(default="", repr=False)
    settled: bool = False

    @property
    def in_words(self) -> str:
        """One line."""
        verdict = {True: "works", False: "does not work", None: "could not tell"}[self.holds]
        return f"{self.name}: {verdict}: {'; '.join(self.detail)}"


GoOn = Callable[[], object]


def unhindered() -> None:
    """Let it go on."""


class Validator(Protocol):
    """One thing that is asked of the cloud. It may be asked again, and from any thread."""

    @property
    def name(self) -> str:
        """Its own among the validators of a cloud."""

    def ask(self, *, at_most: float = math.inf, go_on: GoOn = unhindered) -> Answer:
        """Ask once; `at_most` seconds, if that is less than its own limit. Raises nothing that is a fault of the cloud's.

        One that can take long calls `go_on` meanwhile, a few times a second; what that raises ends it.
        """


class Kind(Protocol):
    """One kind of validator, one module."""

    def open_validator(self, name: str, settings: Any, cloud: Cloud, /) -> Validator:
        """Make ready what can be made ready before the window.

        Raises:
            MissingFile: a certificate's or password's file cannot be read.
            BadDocument: cloud.yaml lacks what it needs.
        """
