import pytest

from runner.planning.recipe import ExitMeaning, KnownFailure, UpgradeCheck
from runner.planning.upgrade_answer import UpgradeAnswer, Verdict
from runner.proofs import upgrade_check
from runner.proofs.question import Evidence, Question
from tests.support.engines import MemoryEngine, memory_site, starting_rows
from tests.support.planning import RECIPES, drafted

PLAN = drafted()
SERVER = memory_site(PLAN, MemoryEngine(PLAN, starting_rows(PLAN))).server
ASKS = UpgradeCheck(argv=("heat-status", "upgrade", "check"), exits={0: ExitMeaning.DONE}, source="s")
RULE = KnownFailure(phrase="old", why="an old cloud", source="lab notes, 3")


def give(**answers: UpgradeAnswer) -> tuple[Evidence, ...]:
    recipes = {**RECIPES, "heat": RECIPES["heat"].model_copy(update={"upgrade_check": ASKS})}
    question = Question(
        plan=PLAN, recipes=recipes, server=SERVER, before={}, after={}, exit_codes={}, fresh={}, upgrade_answers=answers
    )
    return upgrade_check.give(question)


@pytest.mark.parametrize(
    ("answer", "holds", "says"),
    [
        (UpgradeAnswer(Verdict.PASSES, 0, "w"), True, "heat-status of 2025.1 finds no failure (exit code 0)"),
        (UpgradeAnswer(Verdict.WARNS, 1, "w"), True, "heat-status of 2025.1 finds no failure (exit code 1)"),
        (UpgradeAnswer(Verdict.KNOWN, 2, "w"), True, "heat-status of 2025.1 finds no failure but what is known (exit code 2)"),
        (UpgradeAnswer(Verdict.FAILS, 2, "bad rows"), False, "heat-status of 2025.1 fails (exit code 2): bad rows"),
        (UpgradeAnswer(Verdict.NEEDS_SERVICE, 2, "w"), None, "heat-status of 2025.1 needs a live service (exit code 2): w"),
        (UpgradeAnswer(Verdict.CRASHES, 255, "boom"), None, "heat-status of 2025.1 gave no answer (exit code 255): boom"),
        (UpgradeAnswer(Verdict.SILENT, None, "120 s"), None, "heat-status of 2025.1 gave no answer: 120 s"),
    ],
    ids=lambda value: value.verdict if isinstance(value, UpgradeAnswer) else None,
)
def test_only_an_answer_holds_or_fails(answer: UpgradeAnswer, *, holds: bool | None, says: str) -> None:
    (evidence,) = give(heat=answer)
    assert (evidence.proof, evidence.subject, evidence.holds, evidence.detail) == ("upgrade-check", "heat", holds, (says,))


def test_what_is_known_and_what_is_warned_of_is_listed() -> None:
    answer = UpgradeAnswer(Verdict.FAILS, 2, "bad rows", ("bad rows",), (("old roles", RULE),), ("no workers",))
    (evidence,) = give(heat=answer)
    assert evidence.detail[1:] == ("known: old roles; an old cloud (lab notes, 3)", "warns: no workers")


def test_who_was_not_asked_gives_no_evidence() -> None:
    assert give() == ()
