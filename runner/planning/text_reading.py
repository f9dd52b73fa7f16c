"""What bytes read as, decided once more and apart from the server: by Python's own decoders. Pure.

The server's judgement mends; this one is the second witness. Where the two differ (the server takes surrogates for UTF-8,
Python does not) the proof does not hold, and nothing is mended.
"""

import hashlib
from collections.abc import Iterable

_HOLES = {0x81: "\x81", 0x8D: "\x8d", 0x8F: "\x8f", 0x90: "\x90", 0x9D: "\x9d"}
"""The bytes that cp1252 has no character for; MariaDB's latin1 fills them (strings/ctype-latin1.c)."""
_CHARACTERS = tuple(_HOLES.get(byte) or bytes([byte]).decode("cp1252") for byte in range(256))
_BYTES = {character: byte for byte, character in enumerate(_CHARACTERS)}
_MODULUS = 2**128


def from_latin1(raw: bytes) -> str:
    """Decode as MariaDB's latin1 does."""
    return "".join(_CHARACTERS[byte] for byte in raw)


def should_read(raw: bytes, charset: str) -> str:
    """Say what the bytes of a column of this charset should read as: UTF-8 wherever they are, or were encoded from it.

    Raises:
        UnicodeDecodeError: bytes of a UTF-8 column that are none.
    """
    if charset == "latin1":
        return _as_utf8(raw) or from_latin1(raw)
    text = raw.decode("utf-8")
    if all(character in _BYTES for character in text):
        return _as_utf8(bytes(_BYTES[character] for character in text)) or text
    return text


def _as_utf8(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def fold(readings: Iterable[tuple[str, ...]]) -> tuple[int, str]:
    """Count readings, and sum up a hash of each: the same for the same readings, in whatever order they come."""
    count, total = 0, 0
    for reading in readings:
        count += 1
        # Surrogates must not stop a witness: they only have to be the same.
        digest = hashlib.sha256("\0".join(reading).encode("utf-8", "surrogatepass")).digest()
        total = (total + int.from_bytes(digest[:16])) % _MODULUS
    return count, f"{total:032x}"
