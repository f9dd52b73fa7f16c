import pytest

from runner.planning.asked import ExitMeaning, KnownFailure, NeedsService, UpgradeCheck
from runner.planning.upgrade_answer import Row, Verdict, read_answer, read_table

NO_PLACEMENT = "No credentials specified for placement API"
OLD_COMPUTES = "the minimum compute service level is 66"
PLACEMENT = NeedsService(phrases=("Placement API endpoint not found", NO_PLACEMENT), why="it does not run", source="s")
COMPUTES = NeedsService(phrases=(OLD_COMPUTES,), why="none has started", unless="stale-computes", source="s")
ROLES = KnownFailure(phrase="Roles are not immutable", why="an old cloud", source="lab notes, 3")
ASKS = UpgradeCheck(
    argv=("thing-status", "upgrade", "check"),
    exits={0: ExitMeaning.DONE, 1: ExitMeaning.WARNING, 2: ExitMeaning.FAILED, 3: ExitMeaning.NEEDS_SERVICE},
    needs_service=(PLACEMENT, COMPUTES),
    known=(ROLES,),
    source="s",
)


def table(*checks: tuple[str, str]) -> str:
    """What oslo.upgradecheck prints of these results and details, among a log's other lines."""
    lines = ["2026-11-20 10:00:00.000 7 WARNING thing [-] something", "+-----+", "| Upgrade Check Results |", "+-----+"]
    for number, (result, details) in enumerate(checks):
        first, *folded = details.split("\n")
        lines += [f"| Check: number {number} |", f"| Result: {result} |", f"| Details: {first} |"]
        lines += [*(f"|   {line} |" for line in folded), "+-----+"]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("code", "log", "verdict"),
    [
        (0, table(("Success", "None")), Verdict.PASSES),
        (1, table(("Success", "None"), ("Warning", "no workers")), Verdict.WARNS),
        (1, "Traceback\nOperationalError", Verdict.CRASHES),
        (1, table(("Success", "None")), Verdict.CRASHES),
        (1, f"Traceback\n{NO_PLACEMENT}", Verdict.NEEDS_SERVICE),
        (2, table(("Failure", "rows are wrong")), Verdict.FAILS),
        (2, table(("Failure", f"{NO_PLACEMENT} in nova.conf.")), Verdict.NEEDS_SERVICE),
        (2, table(("Failure", "rows are wrong"), ("Failure", NO_PLACEMENT)), Verdict.FAILS),
        (2, table(("Failure", "Roles are not immutable: admin")), Verdict.KNOWN),
        (2, table(("Failure", "Roles are not immutable: admin"), ("Failure", "rows are wrong")), Verdict.FAILS),
        (2, table(("Failure", "Roles are not immutable: admin"), ("Failure", NO_PLACEMENT)), Verdict.NEEDS_SERVICE),
        (2, table(("Success", "None"), ("Failure", NO_PLACEMENT)), Verdict.PARTLY),
        (2, table(("Warning", "no workers"), ("Failure", NO_PLACEMENT), ("Failure", OLD_COMPUTES)), Verdict.PARTLY),
        (2, table(("Success", "None"), ("Failure", NO_PLACEMENT), ("Failure", "rows are wrong")), Verdict.FAILS),
        (3, "", Verdict.NEEDS_SERVICE),
        (255, f"Traceback\n{NO_PLACEMENT}", Verdict.NEEDS_SERVICE),
        (255, "Traceback\nOperationalError", Verdict.CRASHES),
        (255, table(("Failure", "rows are wrong")), Verdict.CRASHES),
        (137, "", Verdict.CRASHES),
    ],
)
def test_each_exit_code_has_its_verdict(code: int, log: str, verdict: Verdict) -> None:
    assert read_answer(ASKS, code, log, "last words").verdict is verdict


def test_exit_code_2_without_a_failure_in_a_table_is_no_answer() -> None:
    """It is what argparse refuses a command line with."""
    answer = read_answer(ASKS, 2, "usage: thing-status\nerror: unrecognized arguments: check", "unrecognized arguments: check")
    assert (answer.verdict, answer.words) == (Verdict.CRASHES, "unrecognized arguments: check")


def test_exit_code_1_without_a_warning_in_a_table_is_no_answer() -> None:
    """It is that of every uncaught exception."""
    answer = read_answer(ASKS, 1, "Traceback\nImportError: no module named x", "ImportError: no module named x")
    assert (answer.verdict, answer.words) == (Verdict.CRASHES, "ImportError: no module named x")


def test_folded_details_are_joined_and_kept_apart_by_result() -> None:
    log = table(
        ("Failure", "rows are wrong\nin two tables"), ("Warning", "no\nworkers"), ("Failure", "Roles are not immutable: a")
    )
    answer = read_answer(ASKS, 2, log, "last words")
    assert answer.failures == ("rows are wrong in two tables",)
    assert answer.warnings == ("no workers",)
    assert answer.known == (("Roles are not immutable: a", ROLES),)
    assert answer.words == "rows are wrong in two tables"


def test_a_word_that_was_folded_at_its_hyphen_is_whole_again() -> None:
    answer = read_answer(ASKS, 2, table(("Failure", "run neutron-sanitize-\nprofile -\nat once")), "last words")
    assert answer.words == "run neutron-sanitize-profile - at once"


def test_each_check_that_needs_a_service_is_told_with_the_reason() -> None:
    log = table(("Success", "None"), ("Failure", f"{OLD_COMPUTES}\nand 68 is\nneeded"), ("Failure", NO_PLACEMENT))
    answer = read_answer(ASKS, 2, log, "last words")
    computes = Row("number 1", "Failure", f"{OLD_COMPUTES} and 68 is needed")
    assert answer.services == ((computes, COMPUTES), (Row("number 2", "Failure", NO_PLACEMENT), PLACEMENT))
    assert answer.failures == ()


def test_what_a_service_cannot_mend_is_a_failure() -> None:
    log = table(("Success", "None"), ("Failure", OLD_COMPUTES), ("Failure", NO_PLACEMENT))
    answer = read_answer(ASKS, 2, log, "last words", blocked={"stale-computes"})
    assert (answer.verdict, answer.failures) == (Verdict.FAILS, (OLD_COMPUTES,))
    assert [rule for _, rule in answer.services] == [PLACEMENT]


def test_a_table_is_read_row_by_row() -> None:
    assert read_table(table(("Success", "None"), ("Warning", "no\nworkers"))) == (
        Row("number 0", "Success", "None"),
        Row("number 1", "Warning", "no workers"),
    )
    assert read_table("Traceback\nboom") == ()


def test_where_there_is_no_table_the_last_words_are_told() -> None:
    assert read_answer(ASKS, 255, "Traceback\nboom", "boom").words == "boom"
