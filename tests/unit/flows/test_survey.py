import re
from collections.abc import Sequence

import pytest

from runner.errors import BeyondTarget, CellsDisagree, ThingAMeError, UnknownRevision
from runner.flows.survey import Survey
from runner.planning.cloud import Database
from runner.planning.detection import detect
from runner.planning.facts import DatabaseFacts
from tests.support.planning import CLOUD, IMAGES, KNOWLEDGE, database, found, standings

FORKS: list[tuple[Database, ThingAMeError]] = [
    (database(name), UnknownRevision(f"{name}: no release we know has revision fork")) for name in ("heat", "keystone")
]


def surveyed(*facts: DatabaseFacts, troubles: Sequence[tuple[Database, ThingAMeError]] = ()) -> Survey:
    return Survey(facts, tuple(detect(one, KNOWLEDGE) for one in facts), tuple(troubles))


def test_the_first_trouble_is_raised_and_names_the_others_however_often_it_is_asked() -> None:
    survey = surveyed(*CLOUD[1:4], troubles=FORKS)
    message = "heat: no release we know has revision fork\n(and 1 more: keystone; `thing-a-me inspect` shows each)"
    for _ in range(2):
        with pytest.raises(UnknownRevision, match=f"^{re.escape(message)}$"):
            survey.place(KNOWLEDGE)


def test_another_projects_trouble_stops_nobody_who_was_not_asked_for_it() -> None:
    survey = surveyed(*CLOUD[1:4], found("heat", legacy=["heat:86"]), troubles=FORKS[1:])
    with pytest.raises(UnknownRevision):
        survey.place(KNOWLEDGE)
    (heat,) = survey.narrowed(["heat"]).place(KNOWLEDGE)
    assert (heat.project, heat.release) == ("heat", "2023.1")
    with pytest.raises(UnknownRevision):
        survey.narrowed(["heat", "keystone"]).place(KNOWLEDGE)


def test_another_projects_cells_that_disagree_stop_nobody_either() -> None:
    survey = surveyed(found("nova.cell0", "m2"), found("nova.cell1", "m1"), found("heat", "h1"))
    with pytest.raises(CellsDisagree):
        survey.place(KNOWLEDGE)
    assert [one.project for one in survey.narrowed(["heat"]).place(KNOWLEDGE)] == ["heat"]


def test_a_survey_that_a_target_settled_places_every_project_the_same_way_ever_after() -> None:
    survey = surveyed(found("keystone", "e2", "c1"), found("nova.api", "a2"), found("nova.cell0", "m2"), CLOUD[4])
    assert [one.release for one in survey.place(KNOWLEDGE)] == ["2024.1", "2024.1", "zed"]
    bound = survey.settled("2025.1", knowledge=KNOWLEDGE, defined=("2024.1", "2025.1"))
    assert [one.release for one in bound.place(KNOWLEDGE)] == ["2024.1", "2024.1", "2023.1"]
    assert survey.settled("2025.1", knowledge=KNOWLEDGE, defined=tuple(IMAGES)).place(KNOWLEDGE) == survey.place(KNOWLEDGE)


def test_another_project_beyond_the_target_stops_nobody_who_was_not_asked_for_it() -> None:
    survey = surveyed(found("keystone", "e2", "c2"), *CLOUD[1:4])
    with pytest.raises(BeyondTarget):
        survey.settled("2024.1", knowledge=KNOWLEDGE, defined=tuple(IMAGES))
    narrow = survey.narrowed(["nova"]).settled("2024.1", knowledge=KNOWLEDGE, defined=tuple(IMAGES))
    assert narrow.place(KNOWLEDGE) == standings(*CLOUD[:4])[1:2]
