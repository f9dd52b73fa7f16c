"""What entries say together that none of them says alone: the last word on a subject, two counts compared."""

from collections.abc import Iterable
from typing import TypeVar

from runner.frozen import Frozen
from runner.journal.entry import ProofGiven, RowsCounted, Stamped
from runner.reporting.record import RowChange

F = TypeVar("F", bound=Frozen)


def entries_of(entries: Iterable[Stamped], kind: type[F]) -> tuple[F, ...]:
    """Pick the entries of one kind, oldest first."""
    return tuple(stamped.entry for stamped in entries if isinstance(stamped.entry, kind))


def latest_proofs(entries: Iterable[Stamped]) -> tuple[ProofGiven, ...]:
    """Take the last word on each subject: a resumed run proves again."""
    return tuple({(proof.proof, proof.subject): proof for proof in entries_of(entries, ProofGiven)}.values())


def counts_of(entries: Iterable[Stamped]) -> tuple[RowsCounted | None, RowsCounted | None]:
    """Take the first count before the chain and the last one after it, however often the run was taken up."""
    counts = entries_of(entries, RowsCounted)
    before = [count for count in counts if count.moment == "before"]
    after = [count for count in counts if count.moment == "after"]
    return before[0] if before else None, after[-1] if after else None


def row_changes(before: RowsCounted | None, after: RowsCounted | None) -> tuple[RowChange, ...]:
    """Name the tables whose rows differ between two counts; none where one of the counts is missing."""
    if before is None or after is None:
        return ()
    then = {(table.schema_name, table.table): table.rows for table in before.tables}
    now = {(table.schema_name, table.table): table.rows for table in after.tables}
    return tuple(
        RowChange(schema_name=schema, table=table, before=then.get((schema, table)), after=now.get((schema, table)))
        for schema, table in sorted({**then, **now})
        if then.get((schema, table)) != now.get((schema, table))
    )
