"""What was read back is compared with what was there before; what nobody said is neither yes nor no."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from runner.planning.asked import Entity, ReadBack
from runner.planning.reading import Answered, EntityRead, ProjectRead
from runner.planning.tally import Tally, tally
from runner.proofs import read_back
from runner.proofs.question import Evidence, Question
from tests.support.engines import MemoryEngine, memory_site, starting_rows
from tests.support.planning import CALENDAR, RECIPES, drafted

PLAN = drafted()
SERVER = memory_site(PLAN, MemoryEngine(PLAN, starting_rows(PLAN))).server
STACKS = {"stacks": Entity(role="heat", ids="SELECT id FROM stack")}
READS = ReadBack(script="read_back/heat.py", entities=STACKS, source="s")
IDS = [f"stack-{number}" for number in range(20)]
ALL = EntityRead(tally=tally(IDS))


def give(read: ProjectRead | None, *, before: Tally | str | None = ALL.tally, reads: ReadBack | None = READS) -> Evidence:
    """The evidence of heat, of whose stacks there was `before` the chain."""
    tallies: Mapping[tuple[str, str], Tally | str] = {("heat", "stacks"): before} if before is not None else {}
    question = Question(
        plan=PLAN,
        recipes={**RECIPES, "heat": RECIPES["heat"].model_copy(update={"read_back": reads})},
        calendar=CALENDAR,
        server=SERVER,
        before={},
        after={},
        exit_codes={},
        fresh={},
        tallies=tallies,
        readings={"heat": read} if read else {},
    )
    (evidence,) = (one for one in read_back.give(question) if one.subject == "heat")
    return evidence


def read(entity: EntityRead | None = ALL, *answers: Answered, login: str | None = None) -> ProjectRead:
    return ProjectRead(0, "the last words", login, {("heat", "stacks"): entity} if entity else {}, answers)


def test_the_same_ids_hold() -> None:
    evidence = give(read())
    assert (evidence.proof, evidence.holds, evidence.detail) == ("read-back", True, ("heat 2025.1 reads 20/20 stacks",))


def test_one_that_cannot_be_read_is_named_with_its_reason() -> None:
    evidence = give(read(replace(ALL, unreadable=1, named=(("stack-3", "ValueError: half a JSON"),))))
    assert evidence.holds is False
    assert evidence.detail == (
        "heat 2025.1 reads 19/20 stacks",
        "stacks: 1 cannot be read: stack-3 (ValueError: half a JSON)",
        "besides, it reads nothing",
    )


def test_one_that_is_gone_is_named_and_one_that_is_new() -> None:
    evidence = give(read(EntityRead(tally=tally([*IDS[1:], "another"]))))
    assert evidence.holds is False
    assert evidence.detail[1:3] == ("stacks: 1 gone: stack-0", "stacks: 1 not there before: another")


def test_no_more_than_ten_are_named() -> None:
    named = tuple((name, "no") for name in IDS[:10])
    evidence = give(read(replace(ALL, unreadable=15, named=named)))
    assert evidence.detail[1].endswith("stack-9 (no) and 5 more")


def test_what_would_have_been_changed_by_reading_it_cannot_be_told() -> None:
    evidence = give(read(replace(ALL, rewritten=2)))
    assert evidence.holds is None
    assert evidence.detail[0] == "heat 2025.1 reads 18/20 stacks"


@pytest.mark.parametrize(
    ("said", "before", "why"),
    [
        (read(None), ALL.tally, "stacks: no answer (exit code 0): the last words"),
        (read(replace(ALL, broken="KeyError: x")), ALL.tally, "stacks: reading them came to an end: KeyError: x"),
        (read(), None, "stacks: nothing to compare with: they were not counted before the chain"),
        (read(), "no such column", "stacks: nothing to compare with: no such column"),
        (ProjectRead(None, "it has not answered for 120 s"), ALL.tally, "stacks: no answer: it has not answered for 120 s"),
    ],
)
def test_what_nobody_said_neither_holds_nor_fails(said: ProjectRead, before: Tally | str | None, why: str) -> None:
    evidence = give(said, before=before)
    assert evidence.holds is None
    assert evidence.detail[1] == why


def test_a_project_without_a_script_is_not_passed_over() -> None:
    evidence = give(None, reads=None)
    assert evidence.holds is None
    assert evidence.detail == ("the recipe of heat has no script that reads it back",)


LETS_IN = READS.model_copy(update={"login": True})
TOKEN = Answered("heat", "a token for ada by password", True, "keystone gives it")


def test_a_token_that_is_given_is_part_of_what_holds() -> None:
    evidence = give(read(ALL, TOKEN, login="ada"), reads=LETS_IN)
    assert evidence.holds is True
    assert evidence.detail == ("heat 2025.1 reads 20/20 stacks; a token for ada by password: keystone gives it",)


def test_a_token_that_is_refused_fails_the_proof() -> None:
    evidence = give(read(ALL, replace(TOKEN, holds=False, words="401"), login="ada"), reads=LETS_IN)
    assert evidence.holds is False
    assert evidence.detail == (
        "heat 2025.1: a token for ada by password: 401",
        "besides, it reads 20/20 stacks",
    )


def test_that_nobody_was_to_log_in_is_said_and_does_not_fail() -> None:
    evidence = give(read(), reads=LETS_IN)
    assert evidence.holds is True
    assert "no token was asked for: cloud.yaml names no user under read_back.heat" in evidence.detail[0]


def test_a_login_that_was_not_answered_cannot_be_told() -> None:
    evidence = give(read(ALL, login="ada"), reads=LETS_IN)
    assert evidence.holds is None
    assert "no token for ada: no answer (exit code 0): the last words" in evidence.detail[0]
