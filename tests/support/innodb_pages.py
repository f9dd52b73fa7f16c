"""InnoDB's pages, as far as a test has to know them to damage one: where they are, and how their checksum is made.

Pages of 16 KiB in the format full_crc32, a new server's default: the last four bytes are the CRC-32C of all before them.
Offsets: storage/innobase/include/fil0fil.h and page0page.h of MariaDB 10.11.
"""

from dataclasses import dataclass
from pathlib import Path

SIZE = 16384
_TYPE, _INDEX_PAGE = slice(24, 26), 17855
_LEVEL, _INDEX = slice(64, 66), slice(66, 74)
_BODY, _CHECKSUM = slice(0, SIZE - 4), slice(SIZE - 4, SIZE)


@dataclass(frozen=True)
class IndexPage:
    """A page of a B-tree: `index` is the index's number, `level` 0 for the leaves."""

    number: int
    index: int
    level: int
    content: bytes


def index_pages(path: Path) -> list[IndexPage]:
    """Every page of a B-tree in a tablespace, in its order; the lowest number of an index is the primary key's."""
    whole = path.read_bytes()
    pages = [whole[start : start + SIZE] for start in range(0, len(whole), SIZE)]
    return [
        IndexPage(number, _number(page[_INDEX]), _number(page[_LEVEL]), page)
        for number, page in enumerate(pages)
        if _number(page[_TYPE]) == _INDEX_PAGE
    ]


def write_page(path: Path, number: int, content: bytes, *, mend: bool) -> None:
    """Write a page; with `mend` its checksum is made to fit, so that InnoDB sees nothing."""
    assert len(content) == SIZE
    assert checksum(path.read_bytes()[number * SIZE :][:SIZE]) == 0, f"page {number} is not in the format full_crc32"
    if mend:
        content = content[_BODY] + crc32c(content[_BODY]).to_bytes(4)
    with path.open("r+b") as file:
        file.seek(number * SIZE)
        file.write(content)


def checksum(page: bytes) -> int:
    """How far a page's checksum is from what it should be; 0 for a sound page."""
    return crc32c(page[_BODY]) ^ _number(page[_CHECKSUM])


def crc32c(content: bytes) -> int:
    """CRC-32 by Castagnoli's polynomial, bit-reversed (RFC 3720, appendix B.4)."""
    register = 0xFFFFFFFF
    for byte in content:
        register = (register >> 8) ^ _TABLE[(register ^ byte) & 0xFF]
    return register ^ 0xFFFFFFFF


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
    return byte


_TABLE = [_entry(byte) for byte in range(256)]


def _number(field: bytes) -> int:
    return int.from_bytes(field)
