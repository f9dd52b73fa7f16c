"""Events as statements that make them again: mydumper 0.10 loses in which time zone an event is planned."""

from collections.abc import Sequence

from runner.mariadb.connection import quote
from runner.mariadb.session import Session


def write_events(session: Session, schemas: Sequence[str]) -> str:
    """Write what the `mariadb` client reads to make every event of these schemas, as and when it was made."""
    return "".join(
        _write(session, schema, name)
        for schema in schemas
        for (name,) in session.rows(
            "SELECT event_name FROM information_schema.events WHERE event_schema = :schema ORDER BY event_name", schema=schema
        )
    )


def _write(session: Session, schema: str, name: str) -> str:
    """The columns of SHOW CREATE EVENT: https://mariadb.com/kb/en/show-create-event/."""
    ((_, sql_mode, time_zone, definition, charset, collation, _),) = session.rows(
        f"SHOW CREATE EVENT {quote(schema)}.{quote(name)}"
    )
    return (
        f"USE {quote(schema)};\n"
        f"SET sql_mode = '{sql_mode}', time_zone = '{time_zone}';\n"
        f"SET character_set_client = {charset}, collation_connection = {collation};\n"
        f"DELIMITER ;;\n{definition};;\nDELIMITER ;\n"
    )
