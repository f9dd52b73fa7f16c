import pytest

from runner.planning.asked import ExitMeaning, KnownFailure, NeedsService, UpgradeCheck
from runner.planning.upgrade_answer import Row, UpgradeAnswer, Verdict
from runner.proofs import upgrade_check
from runner.proofs.question import Evidence, Question
from tests.support.engines import MemoryEngine, memory_site, starting_rows
from tests.support.planning import CALENDAR, RECIPES, drafted

PLAN = drafted()
SERVER = memory_site(PLAN, MemoryEngine(PLAN, starting_rows(PLAN))).server
ASKS = UpgradeCheck(argv=("heat-status", "upgrade", "check"), exits={0: ExitMeaning.DONE}, source="s")
RULE = KnownFailure(phrase="old", why="an old cloud", source="lab notes, 3")
SERVICE = NeedsService(phrases=("no placement",), why="it does not run", source="status.py")
PARTLY = "finds no failure in what the databases answer (exit code 2); checks that need a live service"


def give(**answers: UpgradeAnswer) -> tuple[Evidence, ...]:
    recipes = {**RECIPES, "heat": RECIPES["heat"].model_copy(update={"upgrade_check": ASKS})}
    question = Question(
        plan=PLAN,
        recipes=recipes,
        calendar=CALENDAR,
        server=SERVER,
        before={},
        after={},
        exit_codes={},
        fresh={},
        upgrade_answers=answers,
    )
    return upgrade_check.give(question)


@pytest.mark.parametrize(
    ("answer", "holds", "says"),
    [
        (UpgradeAnswer(Verdict.PASSES, 0, "w"), True, "heat-status of 2025.1 finds no failure (exit code 0)"),
        (UpgradeAnswer(Verdict.WARNS, 1, "w"), True, "heat-status of 2025.1 finds no failure (exit code 1)"),
        (UpgradeAnswer(Verdict.KNOWN, 2, "w"), True, "heat-status of 2025.1 finds no failure but what is known (exit code 2)"),
        (
            UpgradeAnswer(Verdict.PARTLY, 2, "w"),
            True,
            f"heat-status of 2025.1 {PARTLY}: 0",
        ),
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


@pytest.mark.parametrize(("verdict", "holds"), [(Verdict.PARTLY, True), (Verdict.FAILS, False)])
def test_a_check_that_needs_a_service_is_told_apart_from_those_that_answered(verdict: Verdict, *, holds: bool) -> None:
    services = ((Row("Placement API", "Failure", "no placement here"), SERVICE),)
    answered, service = give(heat=UpgradeAnswer(verdict, 2, "w", services=services))
    assert (answered.subject, answered.holds) == ("heat", holds)
    assert (service.subject, service.holds) == ("heat: Placement API", None)
    assert service.detail == (
        "heat-status of 2025.1 needs a live service: no placement here",
        "it does not run (status.py)",
    )


def test_where_nothing_was_answered_there_is_one_piece_of_evidence() -> None:
    services = ((Row("Placement API", "Failure", "no placement here"), SERVICE),)
    (evidence,) = give(heat=UpgradeAnswer(Verdict.NEEDS_SERVICE, 2, "w", services=services))
    assert (evidence.subject, evidence.holds) == ("heat", None)


def test_who_was_not_asked_gives_no_evidence() -> None:
    assert give() == ()
