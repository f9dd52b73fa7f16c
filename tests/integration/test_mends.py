"""Mending commands, on rows that trip a project's own check: the finding, the command, and the same check after it."""

import json

import pytest

from runner.errors import ChecksBlock, StepFailed
from runner.journal.reader import read_entries
from runner.journal.replay import Position, StepState, replay
from runner.journal.runs import list_runs
from tests.support.clouds import TARGET, SmallCloud
from tests.support.ports import PROVIDER, plant_port
from tests.support.thing import thing

pytestmark = [pytest.mark.engine, pytest.mark.images]

CHECK = ("check", "--to", TARGET)
FAILS = f"neutron-status of {TARGET} fails"


def profile_of(cloud: SmallCloud, port: str) -> str:
    return str(cloud.of("neutron").scalar("SELECT profile FROM ml2_port_bindings WHERE port_id = :port", port=port))


def mends_of(cloud: SmallCloud) -> list[Position]:
    found = (replay(read_entries(folder)) for folder in list_runs(cloud.runs))
    return [position for position in found if position.began.flow == "mend"]


def test_binding_profiles_of_the_older_format_are_rewritten(neutron: SmallCloud) -> None:
    """What the finding says: a port without a policy is left alone, and a profile keeps nothing but its allocation."""
    mended = plant_port(neutron, json.dumps({"trusted": "true", "allocation": PROVIDER}), policy=True)
    left = plant_port(neutron, json.dumps({"allocation": PROVIDER}), policy=False)
    others = {profile: plant_port(neutron, profile, policy=True) for profile in ("", "{}", json.dumps({"trusted": "true"}))}

    found = thing(neutron, *CHECK)

    found.refused(ChecksBlock, "neutron-binding-profile: 2 rows")
    assert FAILS in found.out
    command = f"thing-a-me check --to {TARGET} --fix neutron-sanitize-profile --cloud {neutron.file}\n"
    assert command in found.out, "ready to paste"

    fixed = thing(neutron, *CHECK, "--fix", "neutron-sanitize-profile")

    assert fixed.code == 0, fixed.err
    assert fixed.out == "neutron-sanitize-profile: 2 rows before, 1 after\n"
    profile = json.loads(profile_of(neutron, mended))
    assert list(profile) == ["allocation"]
    assert list(profile["allocation"].values()) == [PROVIDER]
    assert json.loads(profile_of(neutron, left)) == {"allocation": PROVIDER}
    assert {profile: profile_of(neutron, port) for profile, port in others.items()} == {profile: profile for profile in others}

    neutron.of("neutron").execute("UPDATE ml2_port_bindings SET profile = '' WHERE port_id = :port", port=left)
    again = thing(neutron, *CHECK)

    assert again.code == 0, again.err
    assert "neutron-binding-profile" not in again.out
    assert FAILS not in again.out


@pytest.mark.soak
def test_a_mend_that_fails_has_an_end_and_is_run_again_not_resumed(neutron: SmallCloud) -> None:
    plant_port(neutron, json.dumps({"allocation": PROVIDER}), policy=True)
    neutron.of("neutron").execute(
        "CREATE TRIGGER full BEFORE UPDATE ON ml2_port_bindings FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'"
    )

    failed = thing(neutron, *CHECK, "--fix", "neutron-sanitize-profile")

    failed.refused(StepFailed, "run the same command again", "databases: changed")
    assert "then `thing-a-me resume`" not in failed.err
    (mend,) = mends_of(neutron)
    assert (mend.outcome, mend.accounts, mend.networks) == ("failed", frozenset(), frozenset())
    assert [step.state for step in mend.steps.values()] == [StepState.FAILED]
    assert " failed " in thing(neutron, "status").out

    neutron.of("neutron").execute("DROP TRIGGER full")
    again = thing(neutron, *CHECK, "--fix", "neutron-sanitize-profile")

    assert again.code == 0, again.err
    assert [one.outcome for one in mends_of(neutron)] == ["failed", "proved"]
