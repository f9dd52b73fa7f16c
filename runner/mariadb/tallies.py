"""Tally ids on the server, by a recipe's own SQL: no id is sent."""

from runner.errors import QueryFailed
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.refusals import means_no_such_table
from runner.planning.tally import BUCKETS, NAMED_BYTES, Tally, of_numbers

_PIECE = 8
"""Bytes that the server's exclusive or takes at once."""
_PIECES = NAMED_BYTES // _PIECE


def tally_ids(server: DatabaseServer, schema: str, sql: str) -> Tally:
    """Tally what a SELECT of one column called `id` gives, in UTF-8; nothing where its table is not there yet.

    Raises:
        QueryFailed: the statement does not fit this schema.
        ServerUnreachable
    """
    try:
        rows = server.at(schema).rows(_statement(sql))
    except QueryFailed as failure:
        if means_no_such_table(failure):
            return Tally()
        raise
    return Tally(
        buckets=tuple(
            of_numbers(int(number), int(count), int(checksum), int(lengths), _join([int(piece) for piece in pieces]))
            for number, count, checksum, lengths, *pieces in rows
        )
    )


def _statement(sql: str) -> str:
    """Build the statement; `runner/planning/tally.py` says what it computes."""
    digits = f"RPAD(HEX(LEFT(id, {NAMED_BYTES})), {2 * NAMED_BYTES}, '0')"
    pieces = (
        f"BIT_XOR(CAST(CONV(SUBSTRING({digits}, {2 * _PIECE * number + 1}, {2 * _PIECE}), 16, 10) AS UNSIGNED))"
        for number in range(_PIECES)
    )
    # As bytes, because LEFT and LENGTH would count characters, and a column's own character set may be any.
    ids = f"SELECT CAST(CONVERT(id USING utf8mb4) AS BINARY) AS id FROM ({sql}) AS entities"  # noqa: S608
    return (
        f"SELECT CRC32(id) % {BUCKETS} AS bucket, COUNT(*), SUM(CRC32(CRC32(id))), BIT_XOR(LENGTH(id)), "  # noqa: S608
        f"{', '.join(pieces)} FROM ({ids}) AS ids GROUP BY bucket ORDER BY bucket"
    )


def _join(pieces: list[int]) -> int:
    joined = 0
    for piece in pieces:
        joined = (joined << (8 * _PIECE)) | piece
    return joined
