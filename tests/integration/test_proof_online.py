"""Rows that an online migration should have moved are counted on a real server, whatever its exit code said."""

from runner.mariadb.connection import DatabaseServer
from runner.planning.recipe import Pending
from runner.proofs import online
from runner.proofs.question import Evidence, Question
from tests.conftest import MakeSchema
from tests.support.planning import CALENDAR, RECIPES, drafted

RULE = Pending(migration="fill", role="cell", count="SELECT COUNT(*) FROM instances WHERE uuid IS NULL", source="s")


def give(server: DatabaseServer, **schemas: str) -> dict[str, Evidence]:
    """The evidence of nova's cells, which lie in these schemas, after steps that ended with 0."""
    plan = drafted(target="2024.1")
    databases = (one.model_copy(update={"schema_name": schemas.get(one.member, one.schema_name)}) for one in plan.databases)
    question = Question(
        plan=plan.model_copy(update={"databases": tuple(databases)}),
        recipes={**RECIPES, "nova": RECIPES["nova"].model_copy(update={"pending": (RULE,)})},
        calendar=CALENDAR,
        server=server,
        before={},
        after={},
        exit_codes={step.id: 0 for step in plan.steps},
        fresh={},
    )
    return {one.subject: one for one in online.give(question)}


def test_a_row_that_is_left_in_one_cell_fails_that_cell_alone(server: DatabaseServer, make_schema: MakeSchema) -> None:
    table = "CREATE TABLE instances (id INT, uuid CHAR(36))"
    moved = make_schema(table, "INSERT INTO instances VALUES (1, UUID())")
    evidence = give(server, cell0=moved, cell1=make_schema(table, "INSERT INTO instances VALUES (1, UUID()), (2, NULL)"))
    assert evidence["nova.cell0"].holds
    assert evidence["nova.cell1"].holds is False
    assert evidence["nova.cell1"].detail[1:] == ("fill: 1 rows left in nova.cell1",)


def test_a_table_that_is_gone_cannot_be_counted(server: DatabaseServer, make_schema: MakeSchema) -> None:
    evidence = give(server, cell0=make_schema(), cell1=make_schema())
    assert {one.holds for one in evidence.values()} == {None}
    assert evidence["nova.cell1"].detail[1].startswith("fill: not counted in nova.cell1: ")
