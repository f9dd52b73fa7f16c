"""A rehearsal that is killed while it keeps a checkpoint, or after: what is half of one is never taken for one, nor left."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.errors import CheckpointMissing
from runner.snapshots.checkpoints import list_checkpoints
from runner.snapshots.shelf import Place
from tests.support.rehearsals import BETWEEN, LAST, PATIENCE, REHEARSE, Case, open_case
from tests.support.thing import accounts, killed, started, thing, until

pytestmark = [pytest.mark.engine, pytest.mark.images, pytest.mark.soak]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with open_case(tmp_path_factory.mktemp("killed-checkpoint")) as opened:
        yield opened


def is_copying(case: Case) -> bool:
    return any((case.snapshot / "checkpoints").glob(f"*/{BETWEEN}/data"))


def test_what_was_killed_while_it_was_copied_is_gone_when_the_next_begins(case: Case) -> None:
    with started(case.cloud, *REHEARSE) as process:
        until(lambda: is_copying(case), "the copy begins", PATIENCE)
        process.kill()
    assert list_checkpoints(Place(case.snapshot)) == ()
    thing(case.cloud, *REHEARSE, "--from-checkpoint").refused(CheckpointMissing, f"on the way to {REHEARSE[-1]}; it has none")
    # Whoever clones on this engine removes what is left, and may just be at it.
    until(lambda: case.left == [], "all is removed")
    assert case.checkpoints == []


def test_a_copy_that_nobody_signed_is_no_checkpoint_and_removed_by_the_next(case: Case) -> None:
    killed(case.cloud, "called:runner.flows.checkpoint:sign", *REHEARSE)
    (left,) = case.checkpoints
    assert left.endswith(f"/{BETWEEN}")
    assert list_checkpoints(Place(case.snapshot)) == ()
    thing(case.cloud, *REHEARSE, "--from-checkpoint").refused(CheckpointMissing, "it has none")
    killed(case.cloud, f"after:step-intended:{LAST}", *REHEARSE, "--no-checkpoints")
    assert case.checkpoints == []


def test_after_a_kill_in_the_next_leg_it_goes_on_from_the_last_one(case: Case) -> None:
    killed(case.cloud, f"after:step-intended:{LAST}", *REHEARSE)
    (kept,) = case.checkpoints
    rehearsed = case.rehearse("--from-checkpoint")
    assert rehearsed.done.code == 0, rehearsed.done.err
    assert rehearsed.seal.from_checkpoint
    assert rehearsed.seal.from_checkpoint.run == Path(kept).parent.name
    assert case.checkpoints == case.left == []


def test_what_a_killed_check_left_in_production_is_not_taken_for_the_clones(case: Case) -> None:
    killed(case.cloud, "called:runner.flows.check:ask_upgrade_checks", "check", "--to", BETWEEN)
    left = accounts(case.cloud)
    assert left
    assert case.rehearse().done.code == 0
    assert accounts(case.cloud) == left
    thing(case.cloud, "check", "--to", BETWEEN)
    assert accounts(case.cloud) == []
