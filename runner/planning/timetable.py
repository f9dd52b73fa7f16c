"""What a window holds, part by part, and how long each takes: rehearsed, measured, or estimated. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from runner.planning.forecast import Course, forecast, spread
from runner.planning.plan import Plan
from runner.planning.seal import Seal, Spread
from runner.planning.snapshot import Rung, SnapshotManifest

CHAIN, PROOF, CLOSE = "chain", "proof", "close"
"""The phases that the arithmetic knows by name: from `chain` on turning back takes a restore, with `close` it is over."""
_UNKNOWN = 1.5
"""What a restore does besides what a proof has measured (look, swap, tidy up), as a share of it.

Our own measurements (bench/results.json): at 1 GB the estimate is 13 s, put back and proven takes 12 s; at 10 GB 95 s and
33 s, because the proof's copy was read while production was.
"""


@dataclass(frozen=True)
class Part:
    """A part of the window and how long it takes. `phase` is its name in the journal; `source` says how we know."""

    phase: str
    seconds: Spread
    source: str = ""


@dataclass(frozen=True)
class PutBack:
    """A restore that was done: its seconds, and the size of what was put back (0: not known any more)."""

    seconds: float
    data_bytes: int = 0


@dataclass(frozen=True)
class Timetable:
    """A window as it is planned; `length` and `margin` are seconds.

    `ahead` are its phases in their order, up to the last that can be turned back from; `steps` has the seconds of the
    chain's, of which `jobs` run side by side. `restore` and `start` are the way back: the snapshot is put in place, the
    services run again - `start` includes that what was rolled out is taken away first.
    """

    plan: Plan
    steps: Mapping[str, Spread]
    jobs: int
    ahead: tuple[Part, ...]
    restore: Part
    start: Part
    length: float
    margin: float

    @cached_property
    def course(self) -> Course:
        return Course.of(self.plan)

    @property
    def expected(self) -> float:
        """How many seconds all phases take if each takes its median."""
        return sum(part.seconds.median for part in self.ahead)


def lay_out(
    seal: Seal,
    *,
    jobs: int,
    before: Sequence[Part],
    after: Sequence[Part],
    restore: Part,
    start: Part,
    length: float,
    margin: float,
) -> Timetable:
    """Plan a window around what was rehearsed: phases before the chain, chain and proof, phases after them.

    `jobs` are as many as ran side by side in the rehearsal. With fewer the chain takes longer, which is reckoned with;
    but what its proofs took is the seal's total without the chain, and comes out too short then.
    """
    chain = left_of_chain(Course.of(seal.plan), seal.seconds, jobs)
    proof = Spread(median=max(0.0, seal.total.median - chain.median), p95=max(0.0, seal.total.p95 - chain.p95))
    known = f"p95 of {len(seal.rehearsals)} rehearsals" if len(seal.rehearsals) > 1 else "as in the one rehearsal"
    ahead = (*before, Part(CHAIN, chain, known), Part(PROOF, proof, known), *after)
    return Timetable(seal.plan, seal.seconds, jobs, ahead, restore, start, length, margin)


def left_of_chain(
    course: Course,
    steps: Mapping[str, Spread],
    jobs: int,
    *,
    over: Collection[str] = (),
    running: Mapping[str, float] | None = None,
) -> Spread:
    """Say how many seconds of a chain are left; see `schedule`.

    The p95 is never below the median, although lanes side by side can end earlier where each step takes longer (R. L.
    Graham, Bounds on Multiprocessing Timing Anomalies, 1969).
    """
    usual = forecast(course, {name: one.median for name, one in steps.items()}, jobs, over=over, running=running)
    slow = forecast(course, {name: one.p95 for name, one in steps.items()}, jobs, over=over, running=running)
    return Spread(median=usual, p95=max(usual, slow))


def measured_part(phase: str, measured: Sequence[float], otherwise: Spread) -> Part:
    """Take what a phase took before, in seconds; what is assumed where it was never measured."""
    return Part(phase, spread(measured), f"measured {_times(len(measured))}") if measured else Part(phase, otherwise, "assumed")


def snapshot_part(manifests: Sequence[SnapshotManifest]) -> Part:
    """Say how long a snapshot takes until it is proven, from those that are (at least one)."""
    took = [manifest.seconds or sum(climbed.seconds for climbed in manifest.rungs) for manifest in manifests]
    return Part("snapshot", spread(took), f"measured {_times(len(took))}")


def restore_part(restores: Sequence[PutBack], manifest: SnapshotManifest) -> Part:
    """Say how long it takes to put a snapshot of this size back, from restores of before, or else from its own proof.

    A restore of less data counts for as much longer as there are more data now; one of more data counts as it was.
    """
    if not restores:
        return _restore_from_proof(manifest)
    grown = [one.seconds * max(1.0, manifest.data_bytes / one.data_bytes if one.data_bytes else 1.0) for one in restores]
    return Part("restore", spread(grown), f"measured {_times(len(grown))}")


def _restore_from_proof(manifest: SnapshotManifest) -> Part:
    """The proof has copied, started and compared what a restore would put in place.

    Its copy may share blocks with the snapshot and so take no time, which a restore's on the server's own volume never
    does: that one is taken to be as slow as reading the server was. By SQL, what loaded the proof's copy loads production.
    """
    took: dict[Rung, float] = {}
    for climbed in manifest.rungs:
        took[climbed.rung] = took.get(climbed.rung, 0.0) + climbed.seconds
    if manifest.taken.method == "logical":
        filling = took.get(Rung.HASHED, 0.0) + took.get(Rung.PREPARED, 0.0)
    else:
        pace = manifest.taken.seconds / max(1, manifest.taken.raw_bytes)
        filling = max(took.get(Rung.RESTORED, 0.0), manifest.data_bytes * pace)
    seconds = filling + took.get(Rung.STARTED, 0.0) + took.get(Rung.COMPARED, 0.0)
    guess = Spread(median=round(seconds, 3), p95=round(seconds * _UNKNOWN, 3))
    return Part("restore", guess, "estimated from the snapshot's proof: put one back to measure it")


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
