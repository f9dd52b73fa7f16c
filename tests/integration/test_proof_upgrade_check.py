"""The proof that asks the target's own code, on real runs: what holds, what fails, and what could not be told."""

import json
from typing import Any

import pytest

from runner.errors import ProofFailed
from tests.support.clouds import TARGET, Nursery, SmallCloud
from tests.support.own_recipe import ask_placement
from tests.support.ports import PROVIDER, plant_port
from tests.support.thing import MIGRATE, accounts, containers, folder_of, killed, networks, position, thing

pytestmark = [pytest.mark.engine, pytest.mark.images]


def proofs_of(cloud: SmallCloud) -> dict[str, Any]:
    """The evidence of this proof, by project."""
    shown = json.loads(thing(cloud, "report", folder_of(cloud).name, "--json").out)
    return {proof["subject"]: proof for proof in shown["proofs"] if proof["proof"] == "upgrade-check"}


def test_a_failure_of_the_targets_own_check_ends_the_run_unproved_until_it_is_mended(
    neutron: SmallCloud, nursery: Nursery
) -> None:
    """The row comes after the checks, which would have refused to begin."""
    killed(neutron, "after:run-began", *MIGRATE)
    port = plant_port(neutron, json.dumps({"allocation": PROVIDER}), policy=False)

    done = thing(neutron, "resume")

    done.refused(
        ProofFailed, "upgrade-check of neutron", "neutron-sanitize-port-binding-profile-allocation", "databases: changed"
    )
    assert [proof["holds"] for proof in proofs_of(neutron).values()] == [False]
    assert position(neutron).outcome == "failed"

    neutron.of("neutron").execute("UPDATE ml2_port_bindings SET profile = '' WHERE port_id = :port", port=port)
    done = thing(neutron, "resume")

    assert done.code == 0, done.err
    evidence = proofs_of(neutron)["neutron"]
    assert evidence["holds"] is True
    assert any(line.startswith("warns: The default number of workers") for line in evidence["detail"])
    assert containers(nursery.client, neutron) == []
    assert networks(nursery.client, neutron) == []
    assert accounts(neutron) == []


@pytest.mark.soak
def test_what_is_known_to_say_nothing_of_a_migration_does_not_fail_one(whole_cloud: SmallCloud) -> None:
    """A cloud that was bootstrapped before train: its roles are not immutable."""
    whole_cloud.of("keystone").execute("DELETE FROM role_option")

    done = thing(whole_cloud, *MIGRATE)

    assert done.code == 0, done.err
    evidence = proofs_of(whole_cloud)
    assert [proof["holds"] for proof in evidence.values()] == [True, True, True]
    assert any(line.startswith("known: Roles are not immutable: ") for line in evidence["keystone"]["detail"])


@pytest.mark.soak
def test_a_check_that_gives_no_answer_neither_holds_nor_fails(cloud: SmallCloud) -> None:
    ask_placement(cloud, "sh", "-c", "echo no such thing; exit 255")

    done = thing(cloud, *MIGRATE)

    assert done.code == 0, done.err
    assert f"proof upgrade-check of placement could not be told: sh of {TARGET} gave no answer (exit code 255)" in done.err
    assert {project: proof["holds"] for project, proof in proofs_of(cloud).items()} == {"glance": True, "placement": None}
    assert "1 could not be told" in thing(cloud, "report", folder_of(cloud).name).out
