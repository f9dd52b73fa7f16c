from runner.planning.asked import ExitMeaning
from runner.planning.errand import Errand, plan_errand
from runner.planning.recipe import CommandKind
from tests.support.planning import CLOUD, RECIPES, standings

NOVA = next(one for one in standings(*CLOUD) if one.project == "nova")
CHECK = Errand("upgrade-check", ("nova-status", "upgrade", "check"), {0: ExitMeaning.DONE, 1: ExitMeaning.WARNING})


def test_an_errand_moves_no_version_row() -> None:
    plan = plan_errand(NOVA, RECIPES["nova"], command=CHECK, release="2024.1", image="sha256:x")
    (step,) = plan.steps
    assert step.finds == step.expects == {"nova.api": ("a1",), "nova.cell0": ("m1",), "nova.cell1": ("m1",)}
    assert all(one.starts == one.ends for one in plan.databases)
    assert not plan.journeys


def test_an_errand_runs_in_the_image_it_is_given_and_is_judged_by_its_own_exit_codes() -> None:
    plan = plan_errand(NOVA, RECIPES["nova"], command=CHECK, release="2024.1", image="sha256:x")
    (step,) = plan.steps
    assert plan.images == {"2024.1": "sha256:x"}
    assert (step.id, step.start, step.end) == ("nova/2024.1/upgrade-check", "2023.1", "2024.1")
    assert (step.argv, step.exits, step.kind) == (CHECK.argv, CHECK.exits, CommandKind.ONLINE)
    assert step.configuration == {"api": "nova.api", "cell": "nova.cell0"}
    assert step.skip is None


def test_an_errand_per_cell_is_run_once_for_each_one_after_the_other() -> None:
    command = Errand("online", ("nova-manage", "online"), CHECK.exits, per="cell")
    first, second = plan_errand(NOVA, RECIPES["nova"], command=command, release="2023.1", image="i").steps
    assert (first.id, second.id) == ("nova/2023.1/online@cell0", "nova/2023.1/online@cell1")
    assert second.configuration == {"api": "nova.api", "cell": "nova.cell1"}
    assert (first.after, second.after) == ((), (first.id,))


def test_an_errand_uses_stored_urls_where_the_project_stores_some() -> None:
    url = {"role": "api", "table": "cell_mappings", "name_column": "name", "column": "database_connection", "source": "s"}
    storing = RECIPES["nova"].model_validate(RECIPES["nova"].model_dump() | {"stored_urls": (url,)})
    for recipe, uses in ((RECIPES["nova"], False), (storing, True)):
        (step,) = plan_errand(NOVA, recipe, command=CHECK, release="2024.1", image="i").steps
        assert step.uses_stored_urls is uses
