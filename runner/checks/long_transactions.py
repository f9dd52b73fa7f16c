"""Does somebody hold a transaction open? Every ALTER of a table it has touched waits for it, and the window with it."""

from runner.checks.finding import Finding, Severity
from runner.checks.question import Question

NAME = "long-transactions"

OLD_SECONDS = 60
"""No OpenStack service keeps a transaction open this long on purpose."""

_OPEN = """
    SELECT open.trx_mysql_thread_id, session.user, session.host, session.db, open.trx_rows_modified,
           TIMESTAMPDIFF(SECOND, open.trx_started, NOW())
    FROM information_schema.innodb_trx AS open
    LEFT JOIN information_schema.processlist AS session ON session.id = open.trx_mysql_thread_id
    WHERE open.trx_started <= NOW() - INTERVAL :seconds SECOND ORDER BY open.trx_started"""


def ask(question: Question) -> tuple[Finding, ...]:
    """Find the transactions older than a minute, whatever schema they are in: one can touch any.

    Raises:
        RightsMissing: our account lacks PROCESS.
    """
    return tuple(
        Finding(
            check=NAME,
            severity=Severity.WARNS,
            where=f"session {thread} of {user}@{host} in {schema or 'no schema'}" if thread and user else "no session",
            rows=int(modified),
            says=f"a transaction is open for {age} s" + ("" if thread else "; it was prepared (XA) and outlived its session"),
            breaks="any hop that alters a table it has touched: the ALTER waits until it ends",
            way_out=f"let it end, or KILL {thread}" if thread else "XA RECOVER, then XA COMMIT or XA ROLLBACK",
        )
        for thread, user, host, schema, modified, age in question.server.rows(_OPEN, seconds=OLD_SECONDS)
    )
