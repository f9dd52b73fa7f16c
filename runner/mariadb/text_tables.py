"""What is there to mend: definitions, charsets, and what the bytes of each column are, counted by the server."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from runner.mariadb.connection import quote
from runner.mariadb.definitions import define_table
from runner.mariadb.outline import TableOutline, read_outline
from runner.mariadb.session import Session
from runner.mariadb.text_bytes import WORDS
from runner.mariadb.text_sql import is_misread, is_misread_again, is_outside_utf8mb3, is_strange
from runner.planning.text_mend import TableFound, TextFound

_COLUMNS = """
    SELECT table_name, column_name, data_type, character_set_name, collation_name FROM information_schema.columns
    WHERE table_schema = :schema AND character_set_name IS NOT NULL ORDER BY table_name, ordinal_position"""
_TRIGGERS = """
    SELECT event_object_table, trigger_name FROM information_schema.triggers
    WHERE trigger_schema = :schema AND event_manipulation = 'UPDATE' ORDER BY 1, 2"""
_COLLATIONS = "SELECT table_name, table_collation FROM information_schema.tables WHERE table_schema = :schema"
_COUNTED = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext")
"""Types that people's words lie in; the members of an ENUM are its definition's."""

_TESTS = 5
Text = tuple[str, str, str, str]
"""Name, bare type, charset, collation."""


def find_text(session: Session, schema: str, declared: Collection[str]) -> tuple[TableFound, ...]:
    """Read all tables of a schema with their text; `declared` are those that their project makes latin1 itself.

    Raises:
        QueryFailed, ServerUnreachable, RightsMissing
    """
    text: defaultdict[str, list[Text]] = defaultdict(list)
    for table, *column in session.rows(_COLUMNS, schema=schema):
        name, kind, charset, collation = column
        text[table].append((name, kind, charset, collation))
    triggers: defaultdict[str, list[str]] = defaultdict(list)
    for table, trigger in session.rows(_TRIGGERS, schema=schema):
        triggers[table].append(trigger)
    collations: Mapping[str, str] = {name: collation or "" for name, collation in session.rows(_COLLATIONS, schema=schema)}
    return tuple(
        TableFound(
            schema=schema,
            name=outline.name,
            definition=define_table(session, outline),
            collation=collations[outline.name],
            text=_count(session, outline, text[outline.name]),
            triggers=tuple(triggers[outline.name]),
            is_declared=outline.name in declared,
        )
        for outline in read_outline(session, schema).tables
    )


def _count(session: Session, table: TableOutline, text: Sequence[Text]) -> tuple[TextFound, ...]:
    """Count what each column holds: one statement for the table, none where no column can be misread."""
    counted = [one for one in text if _is_counted(one)]
    numbers: list[int] = []
    if counted:
        sums = ", ".join(f"COALESCE(SUM({test}), 0)" for name, _, charset, _ in counted for test in _tests(name, charset))
        ((*found,),) = session.rows(f"SELECT {sums} FROM {quote(table.schema)}.{quote(table.name)}")  # noqa: S608
        numbers = [int(number) for number in found]
    rows = {one[0]: numbers[_TESTS * place : _TESTS * (place + 1)] for place, one in enumerate(counted)}
    return tuple(_found(one, rows.get(one[0], [0] * _TESTS)) for one in text)


def _is_counted(text: Text) -> bool:
    name, kind, charset, _ = text
    return kind in _COUNTED and (charset == "latin1" or (charset.startswith("utf8") and name in WORDS))


def _tests(name: str, charset: str) -> tuple[str, ...]:
    """Five tests of a row.

    Misread; not ASCII, and not misread; misread and beyond utf8mb3; misread more than once; too long: what is converted or
    shown as digits is NULL where it is longer than max_allowed_packet.
    """
    strange, misread = is_strange(name, charset), f"({is_misread(name, charset)})"
    both = f"{strange} AND {misread}"
    return (
        both,
        f"{strange} AND NOT {misread}",
        f"{both} AND {is_outside_utf8mb3(name, charset)}",
        f"{both} AND {is_misread_again(name, charset)}",
        f"LENGTH({quote(name)}) * 4 > @@max_allowed_packet",
    )


def _found(text: Text, rows: Sequence[int]) -> TextFound:
    name, _, charset, collation = text
    misread, others, outside, again, long = rows
    if charset == "latin1":
        return TextFound(name, charset, collation, hidden=misread, beside=others, outside=outside, again=again, long=long)
    return TextFound(name, charset, collation, twice=misread, outside=outside, again=again, long=long)
