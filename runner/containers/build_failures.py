"""What went wrong in a build, told from its output."""

from collections.abc import Sequence
from pathlib import Path

from runner.errors import BuildFailed, DiskFull, HashMismatch, IndexUnreachable, ThingAMeError

LAST_LINES = 15

# In the order of certainty: a full disk makes downloads fail too, and a refused hash is printed below "failed to download".
_SIGNS: tuple[tuple[type[ThingAMeError], str, tuple[str, ...]], ...] = (
    (DiskFull, "the disk is full", ("no space left on device", "don't have enough free space", "disk quota exceeded")),
    (HashMismatch, "a package is not the one that the lock names", ("hash mismatch for", "do not match the hashes")),
    (
        IndexUnreachable,
        "a package index or Debian mirror does not answer",
        (
            "error sending request",
            "failed to fetch",
            "failed to establish a new connection",
            "temporary failure resolving",
            "could not resolve",
            "could not connect",
            "unable to connect",
            "connection refused",
            "connection timed out",
            "name or service not known",
            "max retries exceeded",
            "certificate verify failed",
            "invalid peer certificate",
        ),
    ),
)


def classify(what: str, output: Sequence[str], log: Path | None) -> ThingAMeError:
    """Tell which failure of `errors` a build's output shows; the message ends with its last lines."""
    text = "\n".join(output).lower()
    last = "\n".join(f"  | {line}" for line in output[-LAST_LINES:])
    where = f"; the whole log is {log}" if log else ""
    for kind, sentence, signs in _SIGNS:
        if any(sign in text for sign in signs):
            return kind(f"{what} could not be built: {sentence}{where}\n{last}")
    return BuildFailed(f"{what} could not be built{where}\n{last}")
