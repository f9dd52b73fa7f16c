"""The server's own SHOW CREATE of tables and programs, made comparable."""

from runner.errors import Aftermath, RightsMissing
from runner.mariadb.connection import quote
from runner.mariadb.outline import ProgramOutline, TableOutline
from runner.mariadb.session import Session
from runner.planning.fingerprint import ProgramPrint, without_counter

_FORMAT = "SELECT row_format FROM information_schema.tables WHERE table_schema = :schema AND table_name = :name"
_BODY = {"view": 1, "event": 3}
"""Where SHOW CREATE has the body; 2 for triggers and routines."""
_MADE = 6
"""Where SHOW CREATE TRIGGER says when the trigger was made, which a load changes."""


def define_table(session: Session, table: TableOutline) -> str:
    """Read a table's definition without its AUTO_INCREMENT; the row format is added, which may be a server's default."""
    return _define(session, table.schema, table.name, table.row_format)


def define_one(session: Session, schema: str, name: str) -> str | None:
    """Read the definition of a table whose outline nobody has read; None where there is no such table."""
    found = session.rows(_FORMAT, schema=schema, name=name)
    return _define(session, schema, name, found[0][0] or "") if found else None


def _define(session: Session, schema: str, name: str, row_format: str) -> str:
    ((_, definition, *_),) = session.rows(f"SHOW CREATE TABLE {quote(schema)}.{quote(name)}")
    return f"{without_counter(definition)}\nROW_FORMAT {row_format}"


def define_program(session: Session, schema: str, program: ProgramOutline) -> ProgramPrint:
    """Read a program's definition, with the sql_mode and character sets that it was made under.

    The schema's own name is left out, as in `schema.read_schema`: a copy may have another.

    Raises:
        RightsMissing: our account may see that it is there, but not what it says.
    """
    own = f"{quote(schema)}."
    ((_, *row),) = session.rows(f"SHOW CREATE {program.kind.upper()} {own}{quote(program.name)}")
    facts = [value for place, value in enumerate(row, start=1) if place != _MADE]
    body = facts.pop(_BODY.get(program.kind, 2) - 1)
    if body is None:
        message = f"{session.server.name}: the text of {program.kind} {schema}.{program.name} is not shown to our account"
        raise RightsMissing(message, aftermath=Aftermath.UNTOUCHED)
    text = "\n".join([body.replace(own, ""), *(str(fact) for fact in facts), str(program.order)])
    return ProgramPrint(kind=program.kind.replace(" ", "-"), table=program.table, name=program.name, definition=text)
