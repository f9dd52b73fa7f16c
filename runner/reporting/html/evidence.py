"""The evidence: every proof with its details, grouped by what it proves."""

from collections.abc import Iterator

from runner.journal.entry import ProofGiven
from runner.reporting.html.blocks import Mark, Section, lines, mark, section, table
from runner.reporting.html.markup import Markup, join, tag
from runner.reporting.record import Report
from runner.reporting.words import say_count

_MEANINGS = {
    "heads": "every version table holds the heads of the target's own migrations, and nothing else",
    "online": "nothing is left to migrate online: the target's own command says so, and a count of the rows agrees",
    "rows": "no row is lost, except where a rule names the step that may delete it",
    "schema": "each schema equals a fresh install of the target; every difference is explained",
    "rehearsed": "each schema is, to the last definition, the one that the rehearsal ended with",
    "upgrade-check": "each project's own upgrade check finds no failure",
    "read-back": "the target's own code reads back what was there before",
    "validation": "what the operator has asked of the running services",
    "put back": "each database is, table by table, what the snapshot holds",
}
_SAID: dict[bool | None, tuple[Mark, str]] = {
    True: ("good", "holds"),
    False: ("bad", "does not hold"),
    None: ("warn", "could not be told"),
}


def evidence(report: Report) -> Section | None:
    """One fold per kind of proof; those that do not hold all are open."""
    kinds = dict.fromkeys(proof.proof for proof in report.proofs)
    return section("evidence", "Evidence", *(_group(kind, report) for kind in kinds))


def _group(kind: str, report: Report) -> Markup:
    own = [proof for proof in report.proofs if proof.proof == kind]
    held = sum(proof.holds is True for proof in own)
    rows = [(proof.subject, mark(*_SAID[proof.holds]), _detail(proof)) for proof in own]
    meaning = _MEANINGS.get(kind, "")
    summary = join(
        (tag("strong", kind), tag("span", *_said(own, held)), tag("span", meaning, class_="soft") if meaning else "")
    )
    inner = tag("div", table(f"Proofs: {kind}", ("of", "", "evidence"), rows), class_="folded")
    return tag("details", tag("summary", summary), inner, open=any(proof.holds is False for proof in own), class_="proofs")


def _said(own: list[ProofGiven], held: int) -> Iterator[str]:
    worst: Mark = "bad" if any(proof.holds is False for proof in own) else "good" if held == len(own) else "warn"
    yield mark(worst, f"{held} of {len(own)} hold" if len(own) > 1 else _SAID[own[0].holds][1])


def _detail(proof: ProofGiven) -> Markup:
    """The first line says it; what explains it is folded where there is much of it."""
    first, rest = proof.detail[:1], proof.detail[1:]
    few = 2
    if len(rest) <= few:
        return lines(proof.detail)
    more = tag("details", tag("summary", f"{say_count(len(rest), 'line')} more"), lines(rest))
    return join((*first, more))
