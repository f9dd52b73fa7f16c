"""What every kind of probe has."""

from typing import Protocol

from runner.window_settings import Watched, WatchSettings


class CannotTell(Exception):
    """A beat could not be made, for a reason that is not its target's."""


class Probe(Protocol):
    """One target, asked again and again; several beats of it may be under way at once."""

    async def beat(self) -> str | None:
        """Ask once: None where it answers, otherwise why not, in a few words that hold nothing secret.

        It may be cancelled at any moment, which is how it runs out of time.

        Raises:
            OSError: it cannot be reached.
            CannotTell: it could not be asked.
        """
        ...


class Kind(Protocol):
    """A module of this package."""

    def prepare(self, watched: Watched, settings: WatchSettings) -> Probe:
        """Make ready to probe one target; nothing is sent.

        Raises:
            WatchFailed: what cloud.yaml says of it makes no sense, or this machine cannot probe so.
        """
        ...
