"""A step fails, gets stuck, or meets what it should not: what is said, what is left, and that `resume` ends the run."""

import pytest

from runner.errors import (
    MigrationStuck,
    NothingToResume,
    RunBusy,
    RunMissing,
    RunUnfinished,
    SettingsChanged,
    StepFailed,
    StepInDoubt,
)
from runner.events import silent
from runner.flows.prepare import prepare_plan
from runner.flows.record import open_record
from runner.flows.world import open_world
from runner.journal.replay import StepState
from tests.crash.conftest import Ending, state_of
from tests.support.clouds import Nursery, SmallCloud
from tests.support.thing import (
    MIGRATE,
    ended,
    folder_of,
    held,
    killed,
    position,
    started,
    starts,
    thing,
    until,
    waiting,
)

pytestmark = [pytest.mark.engine, pytest.mark.images]

GLANCE = "glance/2024.1/sync"
PLACEMENT = "placement/2024.1/sync"
ONLINE = "placement/2024.1/online"


def test_a_migration_that_fails_half_way(cloud: SmallCloud, nursery: Nursery, ending: Ending) -> None:
    """2024.1's glance makes two tables; the second one is there already."""
    bystander = SmallCloud(cloud.file, cloud.server, {"glance": "glance"})
    before = state_of(bystander, "glance")
    cloud.of("glance").execute("CREATE TABLE cached_images (id INT)")

    done = thing(cloud, *MIGRATE)

    done.refused(StepFailed, GLANCE, "exit code 1", "cached_images", "already exists", "databases: changed")
    log = folder_of(cloud) / "logs" / "glance_2024.1_sync.1.log"
    assert str(log) in done.err
    assert "(1050" in log.read_text()
    steps = position(cloud).steps
    assert steps[GLANCE].state is StepState.FAILED
    assert steps[PLACEMENT].state is StepState.PROVED, "the other lane finishes its step"
    assert not position(cloud).in_doubt
    assert state_of(cloud, "glance").versions == before.versions
    assert state_of(bystander, "glance") == before
    ending.nothing_left(cloud)

    cloud.of("glance").execute("DROP TABLE cached_images")
    cloud.of("glance").execute("DROP TABLE node_reference")
    resumed = thing(cloud, "resume")

    assert resumed.code == 0, resumed.err
    assert len(starts(cloud, GLANCE)) == 2
    assert len(starts(cloud, PLACEMENT)) == 1
    ending.proved(cloud)


@pytest.mark.soak
def test_an_online_migration_that_cannot_move_its_rows(cloud: SmallCloud, ending: Ending) -> None:
    cloud.of("placement").execute(
        "CREATE TRIGGER stuck BEFORE INSERT ON consumers FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no more'"
    )

    done = thing(cloud, *MIGRATE)

    done.refused(MigrationStuck, ONLINE, "exit code 2", "databases: changed")
    assert "no more" in (folder_of(cloud) / "logs" / "placement_2024.1_online.1.log").read_text()
    assert position(cloud).steps[PLACEMENT].state is StepState.PROVED
    assert position(cloud).steps[ONLINE].state is StepState.FAILED

    # Every head is where it should be: the version rows alone would say that all is done.
    thing(cloud, *MIGRATE).refused(RunUnfinished, folder_of(cloud).name, "thing-a-me resume", "databases: untouched")

    cloud.of("placement").execute("DROP TRIGGER stuck")
    resumed = thing(cloud, "resume")

    assert resumed.code == 0, resumed.err
    ending.proved(cloud)


@pytest.mark.soak
def test_a_version_row_that_somebody_moved_after_the_plan(cloud: SmallCloud, ending: Ending) -> None:
    killed(cloud, "after:run-began", *MIGRATE)
    cloud.of("glance").execute("UPDATE alembic_version SET version_num = '2023_1_expand01'")

    done = thing(cloud, "resume")

    done.refused(StepInDoubt, GLANCE, "2023_1_expand01", "2023_1_contract01", "databases: unknown")
    assert starts(cloud, GLANCE) == []

    cloud.of("glance").execute("UPDATE alembic_version SET version_num = '2023_1_contract01'")
    resumed = thing(cloud, "resume")

    assert resumed.code == 0, resumed.err
    ending.proved(cloud)


@pytest.mark.soak
def test_a_container_removed_half_way_ends_in_a_failure_that_says_so(cloud: SmallCloud, nursery: Nursery) -> None:
    """Neither done nor untouched: the tables are there, the version row is not. Nothing is guessed."""
    killed(cloud, f"after:step-intended:{GLANCE}", *MIGRATE)
    cloud.of("glance").execute("CREATE TABLE node_reference (node_reference_id INT)")

    done = thing(cloud, "resume")

    done.refused(StepFailed, GLANCE, "node_reference", "already exists", "databases: changed")
    assert position(cloud).outcome == "failed"


def test_an_edited_plan_is_not_resumed(cloud: SmallCloud) -> None:
    killed(cloud, "after:run-began", *MIGRATE)
    plan = folder_of(cloud) / "plan.json"
    plan.write_text(plan.read_text().replace('"db"', '"version"'))

    done = thing(cloud, "resume")

    done.refused(SettingsChanged, "plan.json")
    assert starts(cloud, GLANCE) == []


def test_a_database_that_cloud_yaml_no_longer_names(cloud: SmallCloud) -> None:
    killed(cloud, "after:run-began", *MIGRATE)
    cloud.rewrite(databases={"placement": cloud.schemas["placement"]})

    thing(cloud, "resume").refused(SettingsChanged, "glance")


@pytest.mark.soak
def test_one_runner_per_run_and_only_to_its_end(cloud: SmallCloud, ending: Ending) -> None:
    thing(cloud, "resume").refused(RunMissing, str(cloud.runs))
    with held(cloud, "placement", "inventories") as release, started(cloud, *MIGRATE) as first:
        until(lambda: waiting(cloud, "placement"), "the migration waits")
        thing(cloud, "resume").refused(RunBusy, f"process {first.pid}")
        release()
        assert ended(first).code == 0
    ending.proved(cloud)
    thing(cloud, "resume").refused(NothingToResume, folder_of(cloud).name)
    thing(cloud, "resume", "nope").refused(RunMissing, folder_of(cloud).name)


def test_a_rehearsal_is_never_gone_on_with_in_production(cloud: SmallCloud) -> None:
    """Its plan fits production as well as the clone it was made for; only the journal's first entry tells them apart."""
    before = state_of(cloud, "glance")
    with open_world(cloud.file) as world:
        _, plan = prepare_plan(world, "2024.1", tell=silent)
        with open_record(world.cloud, flow="rehearse", target=plan.target, plan=plan) as (folder, _):
            pass
    thing(cloud, "resume", folder.name).refused(NothingToResume, "`rehearse`", "databases: untouched")
    assert state_of(cloud, "glance") == before


def test_no_second_run_on_the_same_databases(cloud: SmallCloud) -> None:
    with held(cloud, "placement", "inventories"), started(cloud, *MIGRATE) as first:
        until(lambda: waiting(cloud, "placement"), "the migration waits")
        second = thing(cloud, *MIGRATE)

    second.refused(RunBusy, f"process {first.pid}")
    # The first run's folder is the only one.
    folder_of(cloud)
