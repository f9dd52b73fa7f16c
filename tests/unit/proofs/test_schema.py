from runner.proofs import schema
from runner.proofs.question import Question
from tests.support.engines import MemoryEngine, memory_site, starting_rows
from tests.support.planning import CALENDAR, CLOUD, RECIPES, drafted, found

AHEAD = (found("keystone", "e2", "c2"), *CLOUD[1:])
"""The same cloud, of which keystone is at the target already."""


def test_only_the_databases_of_projects_that_moved_are_compared_for_only_they_are_installed_afresh() -> None:
    plan = drafted(*AHEAD)
    server = memory_site(plan, MemoryEngine(plan, starting_rows(plan))).server
    question = Question(
        plan=plan, recipes=RECIPES, calendar=CALENDAR, server=server, before={}, after={}, exit_codes={}, fresh={}
    )
    evidence = schema.give(question)
    assert [one.subject for one in evidence] == ["nova.api", "nova.cell0", "nova.cell1", "heat"]
    assert {one.detail for one in evidence} == {("there is no fresh install to compare with",)}
