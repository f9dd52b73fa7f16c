"""The proof of a text mend on real servers: plans that are wrong on purpose, and the tables that old releases make."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from runner.errors import MendNotProved, ProductionAhead
from runner.events import silent
from runner.flows.text_clone import Trial, prove_on
from runner.journal.text_entry import TextMendTried
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.point import SETTINGS
from runner.mariadb.session import open_session
from runner.mariadb.text_proof import print_tables
from runner.mariadb.text_tables import find_text
from runner.planning.text_mend import Case, TableMend, TextPlan, plan_text
from tests.conftest import MakeSchema
from tests.support.trapped import TrapServer, open_trap_server

pytestmark = pytest.mark.engine

UTF8, LATIN1, GRIN = "C3A9", "E9", "F09F9880"
PARENT = "CREATE TABLE parent (id CHAR(8) NOT NULL PRIMARY KEY, name VARCHAR(20)) DEFAULT CHARSET latin1"
CHILD = (
    "CREATE TABLE child (id INT AUTO_INCREMENT PRIMARY KEY, parent CHAR(8), name VARCHAR(20), at TIMESTAMP NOT NULL"
    " DEFAULT '2016-04-07 10:00:00' ON UPDATE CURRENT_TIMESTAMP, FOREIGN KEY (parent) REFERENCES parent (id))"
    " DEFAULT CHARSET latin1"
)
TWICE = (
    "CREATE TABLE twice (id INT PRIMARY KEY, name VARCHAR(20), at TIMESTAMP NOT NULL DEFAULT '2016-04-07 10:00:00'"
    " ON UPDATE CURRENT_TIMESTAMP) DEFAULT CHARSET utf8mb3"
)
ROWS = (
    f"INSERT INTO parent VALUES ('one', X'{UTF8}'), ('two', 'plain')",
    f"INSERT INTO child (parent, name) VALUES ('one', X'{UTF8}'), ('two', X'{LATIN1}')",
    "INSERT INTO twice (id, name) VALUES (1, 'Ã©'), (2, 'é')",
)


@pytest.fixture
def schema(make_schema: MakeSchema) -> str:
    return make_schema(PARENT, CHILD, TWICE, *ROWS)


def planned(server: DatabaseServer, schema: str) -> TextPlan:
    with open_session(server, *SETTINGS) as session:
        return plan_text(find_text(session, schema, ()))


def proved(server: DatabaseServer, schema: str, plan: TextPlan) -> TextMendTried:
    with open_session(server, *SETTINGS) as session:
        now = print_tables(session, plan.locked)
    return prove_on(Trial(server, "a snapshot", plan, now, silent), (schema,))


def of_tables(plan: TextPlan, change: Callable[[TableMend], TableMend]) -> TextPlan:
    return replace(plan, tables=tuple(map(change, plan.tables)))


def as_case(plan: TextPlan, was: Case, case: Case) -> TextPlan:
    """Take columns of one case for another."""

    def change(table: TableMend) -> TableMend:
        columns = (replace(one, case=case) if one.case is was else one for one in table.columns)
        return replace(table, columns=tuple(columns))

    return of_tables(plan, change)


def without(plan: TextPlan, **changes: Any) -> TextPlan:
    return of_tables(plan, lambda table: replace(table, **changes))


def test_what_is_planned_is_proven(server: DatabaseServer, schema: str) -> None:
    tried = proved(server, schema, planned(server, schema))
    assert {(one.table, one.name): one.case for one in tried.columns if one.rows} == {
        ("parent", "name"): "hidden",
        ("child", "name"): "mixed",
        ("twice", "name"): "twice",
    }
    names = "SELECT name FROM parent UNION ALL SELECT name FROM child UNION ALL SELECT name FROM twice"
    assert server.at(schema).rows(names) == [("é",), ("plain",), ("é",), ("é",), ("é",), ("é",)]


WRONG: dict[str, tuple[Callable[[TextPlan], TextPlan], str]] = {
    "UTF-8 is converted as if it were latin1": (
        lambda plan: as_case(plan, Case.HIDDEN, Case.LATIN1),
        "otherwise than they should",
    ),
    "a mixed column is taken for latin1": (lambda plan: as_case(plan, Case.MIXED, Case.LATIN1), "otherwise than they should"),
    "a mixed column is taken for UTF-8": (lambda plan: as_case(plan, Case.MIXED, Case.HIDDEN), "Incorrect string value"),
    "rows get the time of the mend": (lambda plan: without(plan, kept=()), "otherwise than they should"),
    "keys of foreign keys are made anew": (lambda plan: without(plan, keys=()), "more differs"),
    "foreign keys stay where they are": (lambda plan: without(plan, foreign=()), "used in a foreign key constraint"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_planned_wrongly_is_not_proven(server: DatabaseServer, schema: str, what: str) -> None:
    change, words = WRONG[what]
    with pytest.raises(MendNotProved, match=words):
        proved(server, schema, change(planned(server, schema)))


def test_nothing_is_proven_of_tables_that_are_not_productions(server: DatabaseServer, schema: str) -> None:
    plan = planned(server, schema)
    with open_session(server, *SETTINGS) as session:
        now = print_tables(session, plan.locked)
    server.at(schema).execute("UPDATE parent SET name = 'other' WHERE id = 'two'")
    with pytest.raises(ProductionAhead, match="parent"):
        prove_on(Trial(server, "a snapshot", plan, now, silent), (schema,))


def test_what_utf8mb3_cannot_say_or_was_encoded_three_times_is_left(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema(
        "CREATE TABLE t (id INT PRIMARY KEY, a TEXT CHARSET latin1, b TEXT CHARSET latin1, name TEXT CHARSET utf8mb3)",
        f"INSERT INTO t VALUES (1, X'{GRIN}', X'C383C2A9', CONVERT(X'{GRIN}' USING latin1)), (2, X'{UTF8}', X'{UTF8}', 'x')",
    )
    why = {refused.where.rpartition(".")[2]: refused.why for refused in planned(server, schema).refused}
    assert why == {
        "a": "1 rows hold characters that utf8mb3 does not have (such as emoji): take them out first",
        "b": "1 rows were encoded more than twice: correct those by hand first",
        "name": "1 rows hold characters that utf8mb3 does not have (such as emoji): take them out first",
    }


@pytest.fixture(scope="module")
def traps() -> Iterator[TrapServer]:
    with open_trap_server() as opened:
        yield opened


TO_LATIN1 = "sed -E 's/utf8mb3_(general|unicode)_ci/latin1_swedish_ci/g;s/utf8mb3/latin1/g'"


@pytest.mark.images
@pytest.mark.soak
@pytest.mark.parametrize(("project", "release"), [("keystone", "train"), ("neutron", "train")])
def test_tables_that_an_old_release_makes(traps: TrapServer, project: str, release: str) -> None:
    """Each with a name that was written as UTF-8, where a table takes a row of nothing else."""
    old = traps.at(project, release, through=TO_LATIN1)
    (schema,) = old.schemas.values()
    found = "SELECT table_name FROM information_schema.columns WHERE table_schema = :schema AND column_name = 'name'"
    for (table,) in traps.server.rows(found, schema=schema):
        traps.server.at(schema).execute(f"INSERT IGNORE INTO `{table}` (name) VALUES (X'{UTF8}')")

    plan = planned(traps.server, schema)
    tried = proved(traps.server, schema, plan)

    assert plan.refused == ()
    assert sum(one.rows for one in tried.columns) >= 5
    left = f"SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = '{schema}' AND character_set_name = 'latin1'"
    assert traps.server.scalar(left) == 0
