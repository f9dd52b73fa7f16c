import ast
import inspect
from pathlib import Path

import pytest

import runner
from runner import errors
from runner.errors import Aftermath, ThingAMeError

GROUPS = {
    10: ("BadDocument", "MissingFile"),
    20: ("EngineMissing", "EngineTooOld", "EngineRefused"),
    40: ("ServerUnreachable", "LoginRefused", "TlsRequired", "ServerReadOnly"),
    50: (
        "NoVersionTable",
        "UnknownRevision",
        "HalfMovedHeads",
        "CellsDisagree",
        "MixedSchema",
        "MoveImpossible",
        "BeyondTarget",
    ),
    70: ("StepFailed", "MigrationStuck", "StepNotProved", "StepInDoubt"),
    80: ("ProofFailed",),
    90: ("RunMissing", "RunBusy", "JournalBroken", "NothingToResume", "SettingsChanged", "RunUnfinished"),
    100: ("SnapshotMissing", "SnapshotBusy", "SnapshotBroken", "SnapshotFailed", "SnapshotNotProved"),
}


def every(kind: type[ThingAMeError] = ThingAMeError) -> list[type[ThingAMeError]]:
    return [one for child in kind.__subclasses__() for one in (child, *every(child))]


ALL = sorted(every(), key=lambda kind: kind.__name__)


def test_every_failure_lives_in_one_module() -> None:
    declared = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, ThingAMeError)]
    assert set(declared) == {ThingAMeError, *ALL}
    assert len(ALL) > 40


def test_exit_codes_are_unique_and_leave_those_that_mean_something_else() -> None:
    codes = [kind.exit_code for kind in ALL]
    assert len(set(codes)) == len(codes)
    # What a shell means by a number begins at 126.
    assert all(10 <= code < 126 for code in codes)


@pytest.mark.parametrize(("group", "names"), GROUPS.items())
def test_exit_codes_are_grouped(group: int, names: tuple[str, ...]) -> None:
    for name in names:
        assert getattr(errors, name).exit_code // 10 * 10 == group


@pytest.mark.parametrize("kind", ALL)
def test_a_failure_says_what_it_is_and_what_to_do(kind: type[ThingAMeError]) -> None:
    assert kind.__doc__
    assert kind.__doc__ != ThingAMeError.__doc__
    assert kind.__doc__.rstrip().endswith(".")
    assert kind.hint
    assert kind.hint[0].islower()
    assert not kind.hint.endswith(".")
    assert isinstance(kind.aftermath, Aftermath)


def test_what_follows_a_change_never_claims_that_nothing_was_touched() -> None:
    for kind in ALL:
        if kind.exit_code in range(70, 81):
            assert kind.aftermath is not Aftermath.UNTOUCHED


@pytest.mark.parametrize("kind", [errors.PlanStale, errors.HalfMovedHeads, errors.CellsDisagree])
def test_what_half_a_chain_of_ours_looks_like_leads_to_resume_first(kind: type[ThingAMeError]) -> None:
    mine, _, otherwise = kind.hint.partition("; otherwise ")
    assert "`thing-a-me resume`" in mine
    assert otherwise


def test_a_hint_and_an_aftermath_may_be_said_better_where_the_failure_happens() -> None:
    plain = errors.StepFailed("m")
    assert (plain.message, plain.advice, plain.left_behind) == ("m", errors.StepFailed.hint, Aftermath.CHANGED)
    told = errors.StepFailed("m", hint="look there", aftermath=Aftermath.UNTOUCHED)
    assert (str(told), told.advice, told.left_behind) == ("m", "look there", Aftermath.UNTOUCHED)


# -- messages, where they are written -----------------------------------------------------------------------------------

NAMES = {kind.__name__ for kind in ALL}


def raised() -> list[tuple[str, ast.Call]]:
    return [
        (f"{path.name}:{node.lineno}", node)
        for path in sorted(Path(runner.__file__).parent.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NAMES and node.args
    ]


def literal(node: ast.expr, end: int) -> str:
    """The text at one end of a message, as far as it is written down there."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    part = parts[end]
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else ""


def test_every_message_begins_lower_case_and_ends_without_a_full_stop() -> None:
    calls = raised()
    assert len(calls) > 60
    wrong = [
        where
        for where, call in calls
        for text in (call.args[0], *(word.value for word in call.keywords if word.arg == "hint"))
        if literal(text, 0)[:1].isupper() or literal(text, -1).endswith(".")
    ]
    assert wrong == []


def test_no_failure_is_declared_that_nobody_raises() -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for path in Path(runner.__file__).parent.rglob("*.py") if path.name != "errors.py"
    )
    assert [name for name in sorted(NAMES) if name not in source] == []
