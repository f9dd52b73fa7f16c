import pytest

from runner.errors import StepNotProved
from runner.steps.prove import prove
from tests.support.engines import MemoryEngine, memory_site, starting_rows
from tests.support.planning import drafted

PLAN = drafted()
ONLINE = PLAN.step("nova/2024.1/online@cell1")


def test_version_rows_that_are_as_expected_are_the_proof() -> None:
    engine = MemoryEngine(PLAN, starting_rows(PLAN) | ONLINE.expects)
    assert prove(ONLINE, memory_site(PLAN, engine)) == ("a2", "m2")


@pytest.mark.parametrize(("rows", "found"), [(("m1",), "m1"), ((), "none"), (("m1", "m2"), "m1, m2")])
def test_a_command_that_lied_is_found_out_in_every_database_it_writes(rows: tuple[str, ...], found: str) -> None:
    engine = MemoryEngine(PLAN, starting_rows(PLAN) | ONLINE.expects | {"nova.cell1": rows})
    with pytest.raises(StepNotProved) as refusal:
        prove(ONLINE, memory_site(PLAN, engine))
    assert refusal.value.message == f"nova/2024.1/online@cell1 ended well, but nova.cell1 is at {found}, not at m2"
