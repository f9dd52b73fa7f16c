"""A tally of ids: how many, a checksum that knows no order, and enough to name a few that two tallies do not share. Pure.

Ids fall into buckets by their CRC-32. Of each bucket a tally keeps how many ids it holds, the sum of a second CRC-32 over
the first, and the exclusive or of the ids themselves: where a bucket lacks one id, what is left of the two is that id. So
a million ids take as much room as ten. The server's half is `mariadb/tallies.py`, an image's `recipes/read_back/reading.py`.
"""

import zlib
from collections.abc import Iterable, Mapping

from runner.frozen import Frozen

BUCKETS = 32
NAMED_BYTES = 40
"""An id is named up to here: room for any UUID, and more than a MariaDB integer of eight bytes holds."""


class Bucket(Frozen):
    """Some ids: `lengths` and `names` are exclusive ors, of their lengths in bytes and of their first bytes (hex)."""

    number: int
    count: int
    checksum: int
    lengths: int
    names: str


_EMPTY = Bucket(number=0, count=0, checksum=0, lengths=0, names="0")


class Tally(Frozen):
    """Its buckets, those that hold anything, in order."""

    buckets: tuple[Bucket, ...] = ()

    @property
    def count(self) -> int:
        return sum(bucket.count for bucket in self.buckets)


def tally(ids: Iterable[str]) -> Tally:
    """Tally ids that are at hand."""
    found: dict[int, list[int]] = {}
    for identity in ids:
        raw = identity.encode()
        first = zlib.crc32(raw)
        bucket = found.setdefault(first % BUCKETS, [0, 0, 0, 0])
        bucket[0] += 1
        bucket[1] += zlib.crc32(str(first).encode())
        bucket[2] ^= len(raw)
        bucket[3] ^= int.from_bytes(raw[:NAMED_BYTES].ljust(NAMED_BYTES, b"\0"), "big")
    return Tally(buckets=tuple(of_numbers(number, *found[number]) for number in sorted(found)))


def add(one: Tally, other: Tally) -> Tally:
    """Tally the ids of two tallies together."""
    ours, theirs = _by_number(one), _by_number(other)
    return Tally(
        buckets=tuple(
            _add(ours.get(number, _EMPTY), theirs.get(number, _EMPTY), number) for number in sorted(ours.keys() | theirs.keys())
        )
    )


def _add(one: Bucket, other: Bucket, number: int) -> Bucket:
    return of_numbers(
        number,
        one.count + other.count,
        one.checksum + other.checksum,
        one.lengths ^ other.lengths,
        int(one.names, 16) ^ int(other.names, 16),
    )


def of_numbers(number: int, count: int, checksum: int, lengths: int, names: int) -> Bucket:
    """Make a bucket of what was counted in it."""
    return Bucket(number=number, count=count, checksum=checksum, lengths=lengths, names=f"{names:x}")


def compare(before: Tally, after: Tally) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """Name the ids that are gone and those that are new, and say how many buckets differ in more than one id.

    Promises: nothing is named, and no bucket differs, only where the tallies are of the same ids (but for two checksums
    that collide, once in four thousand million).
    """
    ours, theirs = _by_number(before), _by_number(after)
    gone: list[str] = []
    new: list[str] = []
    tangled = 0
    for number in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(number, _EMPTY), theirs.get(number, _EMPTY)
        if (one.count, one.checksum) == (other.count, other.checksum):
            continue
        name = _name(one, other) if abs(one.count - other.count) == 1 else None
        if name is None:
            tangled += 1
        else:
            (gone if one.count > other.count else new).append(name)
    return tuple(gone), tuple(new), tangled


def _by_number(some: Tally) -> Mapping[int, Bucket]:
    return {bucket.number: bucket for bucket in some.buckets}


def _name(one: Bucket, other: Bucket) -> str | None:
    """The id that one bucket has and the other has not; None where they differ in more than that."""
    length = one.lengths ^ other.lengths
    raw = (int(one.names, 16) ^ int(other.names, 16)).to_bytes(NAMED_BYTES, "big")
    kept = raw[: min(length, NAMED_BYTES)]
    if length > NAMED_BYTES:
        # Its checksum is out of reach: what is cut off is not in the names.
        return f"{kept.decode(errors='replace')}..."
    first = zlib.crc32(kept)
    if zlib.crc32(str(first).encode()) != abs(one.checksum - other.checksum) or any(raw[length:]):
        return None
    return kept.decode(errors="replace")
