"""SQL of what a text's bytes say: is it UTF-8 under another name, and what does it read as then.

MariaDB's latin1 has a character for each of the 256 bytes (cp1252, its five holes filled), so that latin1 -> Unicode -> latin1
gives back what went in. Whether bytes are UTF-8 is asked by a round trip: a conversion of ill-formed bytes gives NULL, '?' or
less, depending on sql_mode and version, and never the same bytes (https://mariadb.com/kb/en/convert/).
"""

from runner.mariadb.connection import quote


def is_strange(column: str, charset: str) -> str:
    """Write the test of a value that is not ASCII alone."""
    value = quote(column)
    as_unicode = f"LENGTH(CONVERT({value} USING utf8mb4))" if charset == "latin1" else f"CHAR_LENGTH({value})"
    return f"LENGTH({value}) <> {as_unicode}"


def is_misread(column: str, charset: str) -> str:
    """Write the test of a value that is UTF-8 under another name; one that is ASCII alone may pass too."""
    value = quote(column)
    if charset == "latin1":
        return is_utf8(value)
    latin1 = _as_latin1(value)
    return f"{same(f'CONVERT({latin1} USING utf8mb4)', f'CONVERT({value} USING utf8mb4)')} AND {is_utf8(latin1)}"


def decoded(column: str, charset: str) -> str:
    """Write what a misread value says, as utf8mb4."""
    value = quote(column)
    return _from_bytes(value if charset == "latin1" else _as_latin1(value))


def reads_as(column: str, charset: str) -> str:
    """Write what a value reads as when it is not misread any more, as utf8mb4."""
    return f"IF({is_misread(column, charset)}, {decoded(column, charset)}, {as_it_reads(column)})"


def as_it_reads(column: str) -> str:
    """Write what a value reads as now, as utf8mb4."""
    return f"CONVERT({quote(column)} USING utf8mb4)"


def is_outside_utf8mb3(column: str, charset: str) -> str:
    """Write the test of a misread value that says what utf8mb3 has no characters for."""
    text = decoded(column, charset)
    return f"NOT {same(f'CONVERT({text} USING utf8mb3)', text)}"


def is_misread_again(column: str, charset: str) -> str:
    """Write the test of a misread value whose decoded text is one that was encoded twice."""
    text = decoded(column, charset)
    latin1 = _as_latin1(text)
    test = f"{same(f'CONVERT({latin1} USING utf8mb4)', text)} AND {is_utf8(latin1)}"
    return f"(LENGTH({text}) <> CHAR_LENGTH({text}) AND {test})"


def is_utf8(text: str) -> str:
    """Write the test of a text whose bytes are UTF-8."""
    return same(_from_bytes(text), text)


def same(one: str, other: str) -> str:
    """Compare bytes; NULL is not the same."""
    return f"IFNULL(CAST({one} AS BINARY) = CAST({other} AS BINARY), 0)"


def _as_latin1(text: str) -> str:
    return f"CONVERT({text} USING latin1)"


def _from_bytes(text: str) -> str:
    return f"CONVERT(CAST({text} AS BINARY) USING utf8mb4)"
