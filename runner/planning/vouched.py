"""What vouches for itself: a value that is written to a file with the digest of all else in it."""

from typing import TypeVar

from runner.frozen import digest_of
from runner.planning.checkpoint import Checkpoint
from runner.planning.snapshot import SnapshotManifest, Taken

Vouched = TypeVar("Vouched", Taken, SnapshotManifest, Checkpoint)


def vouch(value: Vouched) -> Vouched:
    """Give it the digest of its content. That tells damage and a careless hand, not somebody who makes the digest anew."""
    return value.model_copy(update={"digest": digest_of(value.model_dump(mode="json", exclude={"digest"}))})
