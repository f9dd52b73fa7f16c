"""Evidence demanded after the chain: one module per proof, all asked, none skipped silently."""

from runner.proofs import baseline, heads, online, read_back, rehearsed, rows, schema, upgrade_check
from runner.proofs.question import Evidence, Proof, Question

PROOFS: tuple[Proof, ...] = (heads, online, rows, schema, rehearsed, upgrade_check, read_back, baseline)
"""In the order in which they are reported."""

__all__ = ["PROOFS", "Evidence", "Proof", "Question"]
