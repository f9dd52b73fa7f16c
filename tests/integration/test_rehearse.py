"""Rehearsals of a small cloud: sealed and migrated by; failed, and gone on with from a checkpoint; two at once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import pytest

from runner.errors import CheckpointMissing, CheckpointStale, CloneFailed, PlanStale, SnapshotBroken, StepFailed
from runner.frozen import Frozen
from runner.journal import entry as e
from runner.journal.reader import read_entries
from runner.journal.replay import replay
from runner.mariadb.schema import read_schema
from runner.planning.comparison import compare
from runner.planning.fingerprint import ServerPrint
from runner.planning.seal import FromCheckpoint, SealedPlan
from runner.planning.vouched import vouch
from runner.snapshots.shelf import Place, write_last
from tests.support.damage_acts import flip_bit
from tests.support.own_recipe import ask_placement_itself, break_placement_at, reconfigure_placement
from tests.support.prints import printed
from tests.support.rehearsals import BETWEEN, LAST, PATIENCE, PROJECTS, SCHEMA, SYNC, TARGET, Case, Rehearsed, open_case
from tests.support.thing import Done, ended, started, thing

E = TypeVar("E", bound=Frozen)
pytestmark = [pytest.mark.engine, pytest.mark.images]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with open_case(tmp_path_factory.mktemp("rehearse")) as opened:
        yield opened


@dataclass(frozen=True)
class Story:
    """A rehearsal that failed in its second leg, what was refused then, one that went on from its checkpoint, and its seal run.

    `snapshot` is what they worked on; the migration takes another. `production` is its print before all, and before that one.
    """

    snapshot: str
    failed: Rehearsed
    kept: list[str]
    listed: dict[str, object]
    status: str
    report: str
    refused: dict[str, Rehearsed]
    gone_on: Rehearsed
    left: list[str]
    production: tuple[ServerPrint, ServerPrint]
    migrated: Done


@pytest.fixture(scope="module")
def story(case: Case) -> Story:
    snapshot, before = case.snapshot.name, printed(case.server, *PROJECTS)
    break_placement_at(case.cloud, TARGET, "2024.2")
    failed = case.rehearse()
    ask_placement_itself(case.cloud)
    kept, (listed,) = case.checkpoints, json.loads(thing(case.cloud, "snapshot", "list", "--json").out)
    told = {word: thing(case.cloud, word, failed.run.name).out for word in ("status", "report") if failed.run}
    reconfigure_placement(case.cloud)
    refused = {"configuration": case.rehearse("--from-checkpoint")}
    ask_placement_itself(case.cloud)
    refused["release"] = case.rehearse("--from-checkpoint", TARGET)
    with damaged(case, kept[0]):
        refused["damaged"] = case.rehearse("--from-checkpoint")
    gone_on = case.rehearse("--from-checkpoint", "--snapshot", snapshot)
    left, production = case.checkpoints + case.left, (before, printed(case.server, *PROJECTS))
    assert gone_on.run, gone_on.done.err
    migrated = thing(case.cloud, "migrate", "--sealed", str(gone_on.run / "sealed.json"))
    return Story(snapshot, failed, kept, listed, told["status"], told["report"], refused, gone_on, left, production, migrated)


@contextmanager
def damaged(case: Case, checkpoint: str) -> Iterator[None]:
    """Flip a bit in a file of a checkpoint, for the length of the block."""
    file = case.snapshot / "checkpoints" / checkpoint / "data" / "ibdata1"
    flip_bit(file)
    yield
    flip_bit(file)


def of(kind: type[E], rehearsed: Rehearsed) -> list[E]:
    return [entry for entry in rehearsed.entries if isinstance(entry, kind)]


# -- from the snapshot -------------------------------------------------------------------------------------------------


def test_a_sealed_plan_is_what_migrate_runs(case: Case, story: Story) -> None:
    assert story.migrated.code == 0, story.migrated.err
    assert "nobody writes" in story.migrated.err
    assert (
        story.migrated.err.index("nobody writes")
        < story.migrated.err.index(" taken in ")
        < story.migrated.err.index(": begins")
    )
    for project in PROJECTS:
        assert read_schema(case.server, project).digest == story.gone_on.seal.schemas[project][TARGET]
    assert story.gone_on.run
    again = thing(case.cloud, "migrate", "--sealed", str(story.gone_on.run / "sealed.json"))
    again.refused(PlanStale, f"{SCHEMA} is at", "untouched")


def test_production_is_not_touched_before(story: Story) -> None:
    assert compare(*story.production).is_equal


def test_every_step_is_measured_and_every_schema_sealed(story: Story) -> None:
    seal = story.gone_on.seal
    assert set(seal.seconds) == {step.id for step in seal.plan.to_run}
    assert set(seal.schemas[SCHEMA]) == {BETWEEN, TARGET}


@pytest.mark.soak
def test_two_at_once_do_not_meet(case: Case) -> None:
    before = case.runs()
    words = ("rehearse", "--to", BETWEEN)
    with started(case.cloud, *words) as one, started(case.cloud, *words) as other:
        dones = [ended(one, PATIENCE), ended(other, PATIENCE)]
    assert [done.code for done in dones] == [0, 0], "\n".join(done.err for done in dones)
    seals = [SealedPlan.model_validate_json((run / "sealed.json").read_text()).seal for run in case.runs() - before]
    assert [seal.verdict for seal in seals] == ["proved", "proved"]
    assert seals[0].schemas == seals[1].schemas
    assert case.checkpoints == case.left == []


def test_a_server_that_does_not_start_says_why(case: Case) -> None:
    with other_options(case, "--innodb-page-size=64k"):
        rehearsed = case.rehearse()
    rehearsed.done.refused(CloneFailed, "a clone's server ended with exit code 1", "page size", "databases: untouched")
    assert rehearsed.run is None
    assert case.left == []


@contextmanager
def other_options(case: Case, *options: str) -> Iterator[None]:
    """Let the snapshot's server start with other options, and vouch for it."""
    place = Place(case.snapshot)
    kept = {path: path.read_bytes() for path in (place.taken, place.manifest)}
    manifest = place.read_manifest()
    taken = manifest.taken.model_copy(update={"origin": manifest.taken.origin.model_copy(update={"options": options})})
    write_last(place.taken, taken)
    write_last(place.manifest, manifest.model_copy(update={"taken": vouch(taken)}))
    yield
    for path, content in kept.items():
        path.write_bytes(content)


# -- from a checkpoint -------------------------------------------------------------------------------------------------


def test_one_that_fails_keeps_a_checkpoint_and_says_how_to_go_on(story: Story) -> None:
    assert story.failed.run
    story.failed.done.refused(StepFailed, LAST, f"checkpoints stay at {BETWEEN}", "databases: untouched")
    assert story.kept == [f"{story.failed.run.name}/{BETWEEN}"]
    assert story.failed.seal.verdict == "failed"
    go_on = f"thing-a-me rehearse --to {TARGET} --snapshot {story.snapshot} --from-checkpoint"
    assert go_on in story.failed.done.err
    assert f"next    {go_on}" in story.status
    assert "## Checkpoints to go on from" in story.report
    assert go_on in story.report
    (kept,) = [one.checkpoint for one in of(e.ReleaseReached, story.failed) if one.checkpoint]
    assert story.listed["checkpoint_bytes"] == kept.size > 1_000_000


def test_what_leads_to_it_has_to_be_as_it_was(story: Story) -> None:
    said = "in the recipe of placement, configuration: not what was rehearsed"
    story.refused["configuration"].done.refused(CheckpointStale, said, "databases: untouched")
    missing = f"no checkpoint at {TARGET} on the way to {TARGET}; it has {BETWEEN} on the way to {TARGET}"
    story.refused["release"].done.refused(CheckpointMissing, missing)
    story.refused["damaged"].done.refused(SnapshotBroken, "ibdata1 was changed: its SHA-256 is another")
    assert {one.run for one in story.refused.values()} == {None}


def test_one_that_goes_on_does_only_what_is_left(story: Story) -> None:
    assert story.gone_on.done.code == 0, story.gone_on.done.err
    assert {entry.step for entry in of(e.StepStarted, story.gone_on)} == {LAST}
    assert story.failed.run
    taken_over = of(e.StepTakenOver, story.gone_on)
    assert SYNC in {entry.step for entry in taken_over}
    assert {entry.run for entry in taken_over} == {story.failed.run.name}
    assert story.gone_on.run
    position = replay(read_entries(story.gone_on.run))
    assert (position.outcome, position.ahead) == ("proved", ())


def test_its_seal_says_so_and_has_the_earlier_runs_times(story: Story) -> None:
    assert story.failed.run
    seal = story.gone_on.seal
    assert seal.verdict == "proved"
    assert seal.from_checkpoint == FromCheckpoint(run=story.failed.run.name, release=BETWEEN)
    (measured,) = [entry for entry in of(e.StepMeasured, story.failed) if entry.step == SYNC]
    assert seal.seconds[SYNC].median == measured.seconds
    assert seal.schemas[SCHEMA][BETWEEN] == of(e.ReleaseReached, story.failed)[0].schemas[SCHEMA]


def test_its_report_tells_what_was_done_before(case: Case, story: Story) -> None:
    assert story.gone_on.run
    assert story.failed.run
    name = story.gone_on.run.name
    report = json.loads(thing(case.cloud, "report", name, "--json").out)
    assert report["taken_over"]["run"] == story.failed.run.name
    assert (report["totals"]["taken_over"], report["totals"]["proved"], report["totals"]["ahead"]) == (3, 1, 0)
    assert report["rows_compared"] is True
    proofs = {(one["proof"], one["subject"]): one["holds"] for one in report["proofs"]}
    assert proofs["schema", f"{SCHEMA} at {BETWEEN}"] is True
    assert proofs["read-back", SCHEMA] is True
    written = thing(case.cloud, "report", name).out
    assert f"begins at the checkpoint at {BETWEEN} of run `{story.failed.run.name}`" in written
    junit = thing(case.cloud, "report", name, "--format", "junit").out
    assert 'errors="0"' in junit
    assert "proved      " in thing(case.cloud, "status", name).out


def test_one_that_is_proved_leaves_no_checkpoint(case: Case, story: Story) -> None:
    assert story.left == []
