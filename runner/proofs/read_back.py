"""The target's own code reads back every instance, volume, image, port and so on that was there before the chain."""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.planning.asked import ReadBack
from runner.planning.plan import PlannedDatabase
from runner.planning.reading import EntityRead, ProjectRead
from runner.planning.tally import Tally, compare
from runner.proofs.question import Evidence, Question

NAME = "read-back"
_NAMED = 10


@dataclass(frozen=True)
class _Judged:
    """What came of one entity, or of what was asked `besides`: in a few words, and in `lines` what is wrong."""

    holds: bool | None
    words: str
    lines: tuple[str, ...] = ()
    besides: bool = False


def give(question: Question) -> tuple[Evidence, ...]:
    """One piece of evidence per database of a project that moved."""
    return tuple(_answer(database, question) for database in question.plan.moving)


def _answer(database: PlannedDatabase, question: Question) -> Evidence:
    reads, read = question.recipes[database.project].read_back, question.readings.get(database.project)
    if reads is None or read is None:
        return Evidence(NAME, database.id, None, (f"the recipe of {database.project} has no script that reads it back",))
    judged = [
        _judge(entity, question.tallies.get((database.id, entity)), read.entities.get((database.id, entity)), read)
        for entity, one in reads.entities.items()
        if one.role == database.role
    ]
    judged += _judge_login(database, reads, read)
    who = f"{database.project} {question.plan.target}"
    well = [one for one in judged if one.holds]
    wrong = sorted((one for one in judged if not one.holds), key=lambda one: one.holds is None)
    if not wrong:
        return Evidence(NAME, database.id, True, (_sum_up(who, well),))
    lines = (_sum_up(who, wrong), *(line for one in wrong for line in one.lines), _sum_up("besides, it", well))
    return Evidence(NAME, database.id, wrong[0].holds, lines)


def _sum_up(who: str, judged: Sequence[_Judged]) -> str:
    # What there is none of is not worth a word.
    counts = ", ".join(one.words for one in judged if one.words and not one.besides)
    others = "; ".join(one.words for one in judged if one.besides)
    if counts and others:
        return f"{who} reads {counts}; {others}"
    return f"{who}: {others}" if others else f"{who} reads {counts or 'nothing'}"


def _judge(entity: str, before: Tally | str | None, read: EntityRead | None, said: ProjectRead) -> _Judged:
    """`before` is a tally, or the reason why there is none."""
    there = before.count if isinstance(before, Tally) else "?"
    if read is None or read.broken:
        why = _silence(said) if read is None else f"reading them came to an end: {read.broken}"
        return _Judged(None, f"?/{there} {entity}", (f"{entity}: {why}",))
    whole = read.tally.count - read.unreadable - read.rewritten
    if not isinstance(before, Tally):
        reason = before or "they were not counted before the chain"
        return _Judged(None, f"{whole}/? {entity}", (f"{entity}: nothing to compare with: {reason}",))
    gone, new, tangled = compare(before, read.tally)
    lines = [
        *_name(entity, "cannot be read", [f"{name} ({reason})" for name, reason in read.named], read.unreadable),
        *_name(entity, "gone", gone, len(gone)),
        *_name(entity, "not there before", new, len(new)),
    ]
    if tangled:
        lines.append(f"{entity}: more than {tangled} others are gone or new, and cannot be told apart")
    fails = bool(lines)
    if read.rewritten:
        lines.append(f"{entity}: {read.rewritten} would have been changed by reading them, and so were not read whole")
    words = f"{whole}/{there} {entity}" if there or lines else ""
    return _Judged(False if fails else None if read.rewritten else True, words, tuple(lines))


def _judge_login(database: PlannedDatabase, reads: ReadBack, read: ProjectRead) -> list[_Judged]:
    """Judge what else a script found out, and say where somebody could have logged in and nobody did."""
    answers = [answer for answer in read.answers if answer.database == database.id]
    judged = [_Judged(answer.holds, f"{answer.question}: {answer.words}", besides=True) for answer in answers]
    if reads.login and read.login is None:
        words = f"no token was asked for: cloud.yaml names no user under read_back.{database.project}"
        judged.append(_Judged(True, words, besides=True))
    elif reads.login and not answers:
        judged.append(_Judged(None, f"no token for {read.login}: {_silence(read)}", besides=True))
    return judged


def _name(entity: str, what: str, names: Sequence[str], count: int) -> list[str]:
    if not count:
        return []
    shown = names[:_NAMED]
    more = f" and {count - len(shown)} more" if count > len(shown) else ""
    return [f"{entity}: {count} {what}: {', '.join(shown)}{more}"]


def _silence(read: ProjectRead) -> str:
    code = "" if read.code is None else f" (exit code {read.code})"
    return f"no answer{code}: {read.words}"
