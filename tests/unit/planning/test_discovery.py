"""Schemas of a server that nobody has named in a cloud.yaml."""

from dataclasses import replace

import pytest

from runner.errors import BadDocument, NoVersionTable, UnknownRevision
from runner.planning.cloud import Database
from runner.planning.detection import Knowledge
from runner.planning.discovery import candidates, describe_databases, identify
from runner.planning.facts import DatabaseFacts
from runner.recipes import load_calendar, load_recipes
from tests.support.planning import KNOWLEDGE, RECIPES

SCHEMAS = {
    "ks": ("keystone", ["e1", "c1"]),
    "nova_api": ("nova", ["a1"]),
    "nova_cell0": ("nova", ["m1"]),
    "nova": ("nova", ["m1"]),
    "wiki": (None, []),
}


def read(schemas: dict[str, tuple[str | None, list[str]]]) -> list[DatabaseFacts]:
    """What is read of each schema, whatever database it is asked for as."""
    found = []
    for one in candidates(schemas, KNOWLEDGE):
        project, heads = schemas[one.schema]
        own = RECIPES[project].signature if project else ("page",)
        found.append(DatabaseFacts(one, True, frozenset(own), frozenset(heads), legacy=frozenset(), service_versions=()))
    return found


def test_a_schema_is_what_its_version_rows_say_and_what_has_none_is_left_out() -> None:
    found = identify(read(SCHEMAS), KNOWLEDGE)
    assert {schema: (one.project, one.role) for schema, one in found.items()} == {
        "ks": ("keystone", "keystone"),
        "nova_api": ("nova", "api"),
        "nova_cell0": ("nova", "cell"),
        "nova": ("nova", "cell"),
    }
    assert describe_databases(found, {"nova_cell0": "cell0", "nova": "cell1"}, KNOWLEDGE) == {
        "keystone": {"keystone": "ks"},
        "nova": {"api": "nova_api", "cell": {"cell0": "nova_cell0", "cell1": "nova"}},
    }


def test_a_member_that_its_project_has_no_name_for_is_called_as_its_schema() -> None:
    found = {"x": Database("nova", "cell", "x", "x")}
    assert describe_databases(found, {}, KNOWLEDGE) == {"nova": {"cell": {"x": "x"}}}


def test_of_two_cells_of_one_name_none_is_lost() -> None:
    found = {schema: Database("nova", "cell", schema, schema) for schema in ("nova", "nova_c2")}
    described = describe_databases(found, {"nova": "cell1", "nova_c2": "cell1"}, KNOWLEDGE)
    assert described == {"nova": {"cell": {"cell1": "nova", "nova_c2": "nova_c2"}}}


def test_a_projects_schema_that_stands_nowhere_is_refused_with_its_own_words() -> None:
    with pytest.raises(UnknownRevision, match="no release we know has revision f0rk"):
        identify(read({**SCHEMAS, "heat": ("heat", ["f0rk"])}), KNOWLEDGE)


def test_a_server_with_nothing_of_ours_is_refused() -> None:
    with pytest.raises(NoVersionTable, match="no schema has the version rows"):
        identify(read({"wiki": (None, [])}), KNOWLEDGE)


def test_two_schemas_that_are_the_same_database_are_refused() -> None:
    found = identify(read({**SCHEMAS, "old_ks": ("keystone", ["e0", "c0"])}), KNOWLEDGE)
    with pytest.raises(BadDocument, match="ks and old_ks are both the database of keystone"):
        describe_databases(found, {}, KNOWLEDGE)


FLOWS = ("logbooks", "flowdetails", "atomdetails")


def read_with_flows(schemas: dict[str, str | None]) -> tuple[list[DatabaseFacts], Knowledge]:
    """What is read of schemas that TaskFlow's tables lie in: beside those of a project, or alone."""
    knowledge = replace(KNOWLEDGE, recipes=load_recipes(), calendar=load_calendar(), manifests={})
    heads = {"masakari": "8bdf5929c5a6", "octavia": "db2a73e82626"}
    found = []
    for one in candidates(schemas, knowledge):
        project = schemas[one.schema]
        own = knowledge.recipes[project].signature if project else ()
        # Octavia's rows and TaskFlow's lie in tables of one name, masakari's in another.
        rows = {heads[project]} if project == "octavia" else {"40fc8c914bd2"}
        if one.role == "masakari":
            rows = {heads["masakari"]} if project == "masakari" else set()
        flows = () if project == "octavia" else FLOWS
        found.append(
            DatabaseFacts(one, True, frozenset({*own, *flows}), frozenset(rows), legacy=frozenset(), service_versions=())
        )
    return found, knowledge


@pytest.mark.parametrize(
    ("schemas", "are"),
    [
        ({"ha": "masakari"}, {"ha": ("masakari", "masakari")}),
        ({"flows": None, "ha": "masakari"}, {"ha": ("masakari", "masakari"), "flows": ("masakari", "persistence")}),
        ({"flows": None, "lb": "octavia"}, {"lb": ("octavia", "octavia"), "flows": ("octavia", "persistence")}),
    ],
)
def test_taskflows_tables_are_those_of_a_project_that_is_there(
    schemas: dict[str, str | None], are: dict[str, tuple[str, str]]
) -> None:
    found = identify(*read_with_flows(schemas))
    assert {schema: (one.project, one.role) for schema, one in found.items()} == are
