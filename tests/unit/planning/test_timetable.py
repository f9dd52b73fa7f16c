"""How long the parts of a window take: rehearsed, measured before, or estimated from a snapshot's own proof."""

import datetime
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.planning.comparison import Comparison
from runner.planning.forecast import Course, forecast
from runner.planning.seal import Seal, ServerTraits, Spread
from runner.planning.snapshot import Climbed, Origin, Rung, SnapshotManifest, StoredFile, Taken
from runner.planning.timetable import Part, PutBack, lay_out, left_of_chain, measured_part, restore_part, snapshot_part
from tests.support.planning import drafted
from tests.support.schedules import Timed, timed_plans

NOW = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
PLAN = drafted()
SEAL = Seal(
    plan=PLAN,
    snapshot="20261119-210000-abcd",
    server=ServerTraits(identity="db1/1/x", version="10.11.6-MariaDB", settings={}),
    recipes={},
    starts={},
    schemas={},
    rehearsals=("20261119-220000-efgh", "20261119-230000-ijkl"),
    seconds={step.id: Spread(median=1.0, p95=2.0) for step in PLAN.to_run},
    total=Spread(median=50.0, p95=60.0),
    verdict="proved",
    sealed_at=NOW,
    expires_at=NOW + datetime.timedelta(days=7),
)
NONE = Spread(median=0.0, p95=0.0)


def manifest(method: Literal["physical", "logical"] = "physical", *, seconds: float = 6.88, **rungs: float) -> SnapshotManifest:
    """One as a server of 1 GB has it (bench/results.json), but for what is given; two of its seconds counted twice."""
    took = {"hashed": 2.09, "prepared": 0.0, "restored": 0.82, "started": 0.81, "compared": 2.48, **rungs}
    taken = Taken(
        snapshot="20261122-000000-abcd",
        method=method,
        origin=Origin(identity="i", version="10.11.6", image="sha256:i", owner="999:999", options=()),
        databases={},
        schemas=(),
        position="",
        gtid="",
        began_at=NOW,
        taken_at=NOW,
        seconds=seconds,
        raw_bytes=1_104_000_000,
        stored=(),
        encrypted=False,
    )
    climbed = (Climbed(rung=Rung.TAKEN, seconds=seconds), *(Climbed(rung=Rung(name), seconds=s) for name, s in took.items()))
    return SnapshotManifest(
        taken=taken,
        proved_at=NOW,
        seconds=sum(one.seconds for one in climbed) - 2,
        rungs=climbed,
        comparison=Comparison(tables=1, compared=1),
        way="overlay",
        data=(StoredFile(name="ibdata1", size=1_104_000_000, sha256="0"),),
    )


def laid_out(jobs: int, seal: Seal = SEAL) -> dict[str, Part]:
    table = lay_out(
        seal,
        jobs=jobs,
        before=[Part("stop", NONE), Part("snapshot", NONE)],
        after=[Part("validate", NONE)],
        restore=Part("restore", NONE),
        start=Part("start", NONE),
        length=3600,
        margin=60,
    )
    assert [part.phase for part in table.ahead] == ["stop", "snapshot", "chain", "proof", "validate"]
    return {part.phase: part for part in table.ahead}


@pytest.mark.parametrize("jobs", [1, 2, 8])
def test_chain_and_proof_are_together_what_the_rehearsals_took(jobs: int) -> None:
    parts = laid_out(jobs)
    chain = forecast(Course.of(PLAN), {step.id: 1.0 for step in PLAN.to_run}, jobs)
    assert parts["chain"].seconds == Spread(median=chain, p95=2 * chain)
    assert parts["proof"].seconds == Spread(median=50 - chain, p95=60 - 2 * chain)
    assert parts["chain"].source == "p95 of 2 rehearsals"


def test_of_one_rehearsal_it_is_said_that_it_was_one() -> None:
    assert laid_out(2, SEAL.model_copy(update={"rehearsals": ("one",)}))["chain"].source == "as in the one rehearsal"


def test_a_chain_with_fewer_jobs_than_rehearsed_leaves_its_proofs_no_time_but_none_below_zero() -> None:
    parts = laid_out(1, SEAL.model_copy(update={"total": Spread(median=3.0, p95=3.0)}))
    assert parts["proof"].seconds == NONE


@given(timed_plans(), st.integers(1, 4), st.data())
def test_the_band_of_a_chain_is_never_upside_down(timed: Timed, jobs: int, data: st.DataObject) -> None:
    steps = {
        name: Spread(median=seconds, p95=seconds + data.draw(st.integers(0, 5))) for name, seconds in timed.seconds.items()
    }
    left = left_of_chain(Course.of(timed.plan), steps, jobs)
    assert left.median <= left.p95


def test_what_was_measured_counts_and_else_what_is_assumed() -> None:
    assert measured_part("stop", [4.0, 6.0], NONE) == Part("stop", Spread(median=5.0, p95=6.0), "measured 2 times")
    assert measured_part("stop", [], Spread(median=5.0, p95=30.0)) == Part("stop", Spread(median=5.0, p95=30.0), "assumed")


def test_a_snapshot_takes_what_it_took_as_a_whole_and_not_what_its_rungs_add_up_to() -> None:
    assert snapshot_part([manifest()]).seconds == Spread(median=11.08, p95=11.08)
    assert snapshot_part([manifest(), manifest(compared=12.48)]).seconds == Spread(median=16.08, p95=21.08)


def test_a_restore_that_was_measured_counts_for_longer_where_data_have_grown_and_never_for_less() -> None:
    of = [PutBack(10.0, 552_000_000), PutBack(10.0, 2_208_000_000), PutBack(10.0)]
    assert [restore_part([one], manifest()).seconds.p95 for one in of] == [20.0, 10.0, 10.0]
    assert restore_part(of, manifest()) == Part("restore", Spread(median=10.0, p95=20.0), "measured 3 times")


def test_without_one_it_is_estimated_and_ours_of_1_gb_lies_in_the_band() -> None:
    estimate = restore_part([], manifest())
    assert estimate.seconds.median * 0.9 < 9.754 < estimate.seconds.p95
    assert "put one back" in estimate.source


def test_a_proof_that_copied_slower_than_the_server_was_read_is_believed() -> None:
    assert restore_part([], manifest(restored=30.0)).seconds.median == pytest.approx(30.0 + 0.81 + 2.48)


def test_by_sql_what_loaded_the_proofs_copy_loads_production() -> None:
    assert restore_part([], manifest("logical", prepared=60.0)).seconds.median == pytest.approx(2.09 + 60 + 0.81 + 2.48)
