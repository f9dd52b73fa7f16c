"""What writes on a server although nobody is connected: events, replicas' threads, prepared transactions, a cluster's nodes.

Facts: https://mariadb.com/kb/en/event-scheduler/, https://mariadb.com/kb/en/show-replica-status/,
https://mariadb.com/kb/en/xa-transactions/, https://mariadb.com/kb/en/galera-cluster-status-variables/.
"""

import re
from collections.abc import Iterator, Sequence

from runner.mariadb.connection import quote
from runner.mariadb.session import Session

_EVENTS = "SELECT db, name, CONVERT(body_utf8 USING utf8mb4) FROM mysql.event WHERE status = 'ENABLED' ORDER BY db, name"
_WSREP = "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_incoming_addresses')"


def read_unattended(session: Session, schemas: Sequence[str]) -> tuple[str, ...]:
    """Say what writes by itself, each with the SQL that stops it; nothing is stopped here.

    An event counts when it is in one of the schemas, or names one; what a routine does that it calls is not followed.

    Raises:
        RightsMissing: our account may not see one of them; the server says which right it takes.
    """
    return (*_events(session, schemas), *_replicas(session), *_prepared(session))


def read_other_nodes(session: Session) -> str:
    """Name the nodes of a Galera cluster, ours among them; empty: there is no other. Their sessions are in no list of ours."""
    found = dict(session.rows(_WSREP))
    if int(found.get("wsrep_cluster_size") or 0) <= 1:
        return ""
    return str(found.get("wsrep_incoming_addresses") or f"{found['wsrep_cluster_size']} nodes")


def mentions(text: str, schemas: Sequence[str]) -> str | None:
    """Say which schema a statement names, as a word of its own."""
    return next((one for one in schemas if re.search(rf"(?<![\w$]){re.escape(one)}(?![\w$])", text, re.IGNORECASE)), None)


def _events(session: Session, schemas: Sequence[str]) -> Iterator[str]:
    if session.rows("SELECT @@event_scheduler")[0][0] != "ON":
        return
    for schema, name, body in session.rows(_EVENTS):
        if schema in schemas or mentions(body, schemas):
            event = f"{quote(schema)}.{quote(name)}"
            yield f"the event {schema}.{name}: ALTER EVENT {event} DISABLE (or SET GLOBAL event_scheduler = OFF)"


def _replicas(session: Session) -> Iterator[str]:
    columns = ("Connection_name", "Slave_SQL_Running", "Master_Host")
    for row in session.named_rows("SHOW ALL SLAVES STATUS"):
        name, running, host = (row[column] for column in columns)
        if running != "No":
            yield f"the replica of {host}: STOP SLAVE '{name}' SQL_THREAD"


def _prepared(session: Session) -> Iterator[str]:
    if found := session.rows("XA RECOVER"):
        yield f"{len(found)} prepared transactions, which anybody may commit: XA RECOVER FORMAT='SQL', then XA ROLLBACK each"
