"""A run: one plan, one folder, one journal - and the phases that take it from wherever it is to its end."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from runner import documents, events
from runner.errors import Aftermath, ProofFailed, SettingsChanged, ThingAMeError
from runner.events import Tell
from runner.flows import read_back, upgrade_checks
from runner.flows.chain import Demand, demand_nothing, run_chain
from runner.flows.fresh import Schemas, fresh_schemas
from runner.flows.one_step import Sitting
from runner.flows.questions import remove_left
from runner.flows.record import EXPECTED, REHEARSED
from runner.flows.surroundings import open_site
from runner.flows.world import World
from runner.journal import entry as e
from runner.journal.reader import read_entries
from runner.journal.replay import OVER, Position, replay
from runner.journal.writer import Journal
from runner.mariadb.rows import count_rows
from runner.planning.baseline import Expected
from runner.planning.plan import Plan
from runner.planning.seal import SealedPlan
from runner.proofs import PROOFS, Evidence, Question
from runner.steps.site import Site


@dataclass(frozen=True)
class Run:
    """A run that this process holds. `position` is what the journal said when it took it up.

    `around` is entered whenever the steps' site is up. `demand` is asked before a step begins and about once a second while
    some run; what it raises ends the chain there and then.
    """

    world: World
    plan: Plan
    folder: Path
    journal: Journal
    position: Position
    jobs: int
    tell: Tell
    demand: Demand = demand_nothing
    around: Callable[[Site], AbstractContextManager[None]] = lambda _: nullcontext()

    @property
    def name(self) -> str:
        return self.folder.name


def begin(
    world: World,
    plan: Plan,
    folder: Path,
    journal: Journal,
    *,
    jobs: int,
    tell: Tell,
    demand: Demand = demand_nothing,
) -> Run:
    """Take a run up whose record has just been opened, and announce it."""
    position = replay(read_entries(folder))
    left, skipped = count_left(plan, position), len(plan.steps) - len(plan.to_run)
    tell(events.RunBegan(run=folder.name, steps=sum(left.values()), skipped=skipped, lanes=left))
    return Run(world, plan, folder, journal, position, jobs, tell, demand)


def count_left(plan: Plan, position: Position) -> dict[str, int]:
    """Count the steps that each lane has still to run."""
    over = {name for name, step in position.steps.items() if step.state in OVER}
    return {
        name: len([step for step in steps if step.id not in over and step.skip is None]) for name, steps in plan.lanes.items()
    }


def read_fresh(run: Run) -> dict[str, Schemas]:
    """Make the target's fresh schemas before production is touched, so that no proof fails for want of them later."""
    return fresh_schemas(run.world, run.plan, jobs=run.jobs, tell=run.tell)


def count_before(run: Run) -> None:
    """Count every table's rows, and what is to be read back, unless an earlier sitting did."""
    if _counted(run.folder) is None:
        _write_counts(run, "before", _count(run))
    if not _tallied(run.folder) and not any(step.attempt for step in run.position.steps.values()):
        run.journal.append(e.IdsTallied(tallies=read_back.tally_before(run.world, run.plan)))


def carry(run: Run) -> None:
    """Run the lanes, each step with accounts and a network of this run's own."""
    with open_site(run.world, run.plan, run.name, journal=run.journal, left=run.position.accounts, tell=run.tell) as site:
        remove_left(site, upgrade_checks.COMMAND, read_back.COMMAND)
        with run.around(site):
            sitting = Sitting(site, run.journal, run.tell, dict(run.position.steps))
            run_chain(run.plan, sitting, jobs=run.jobs, demand=run.demand)


def prove(run: Run) -> None:
    """Demand every proof.

    Raises:
        ProofFailed: at least one does not hold; all were asked, and all answers are in the journal. One that could not
            be told is there as such.
    """
    entries = [stamped.entry for stamped in read_entries(run.folder)]
    ended = [entry for entry in entries if isinstance(entry, e.StepEnded)]
    codes = {entry.step: entry.exit_code for entry in ended}
    before, after = _counted(run.folder) or {}, _count(run)
    _write_counts(run, "after", after)
    tallies = _tallied(run.folder)
    left = run.position.accounts
    opened = open_site(run.world, run.plan, run.name, journal=run.journal, left=left, tell=run.tell)
    with opened as site, run.around(site):
        remove_left(site, upgrade_checks.COMMAND, read_back.COMMAND)
        upgrade_answers = upgrade_checks.ask_after_chain(site, jobs=run.jobs, tell=run.tell, demand=run.demand)
        readings = read_back.read_after_chain(run.world, site, tallies, jobs=run.jobs, tell=run.tell, demand=run.demand)
    question = Question(
        plan=run.plan,
        recipes=run.world.recipes,
        calendar=run.world.calendar,
        server=run.world.server,
        before=before,
        after=after,
        exit_codes=codes,
        fresh=read_fresh(run),
        upgrade_answers=upgrade_answers,
        tallies={(one.database, one.entity): one.tally or one.reason for one in tallies},
        readings=readings,
        rehearsed=_rehearsed(run),
        expected=_expected(run),
        seconds=seconds_of(ended),
    )
    evidence: list[Evidence] = []
    for proof in PROOFS:
        run.demand()
        evidence += proof.give(question)
    demand(run, evidence)


def demand(run: Run, evidence: Sequence[Evidence]) -> None:
    """Write evidence down, and raise ProofFailed where a piece of it does not hold."""
    for piece in evidence:
        note(run, piece)
    demand_holding(evidence)


def demand_holding(evidence: Sequence[Evidence | e.ProofGiven]) -> None:
    """Raise ProofFailed where a piece of evidence does not hold."""
    if failed := [piece for piece in evidence if piece.holds is False]:
        lines = [f"{piece.proof} of {piece.subject}: {'; '.join(piece.detail[:3])}" for piece in failed]
        raise ProofFailed("the result is not what it should be:\n" + "\n".join(lines))


Phases = Sequence[tuple[str, Callable[[Run], object]]]

PHASES: Phases = (
    ("fresh schemas", read_fresh),
    ("count rows", count_before),
    ("chain", carry),
    ("proof", prove),
)
"""What a run does, in this order. Each phase may be entered again after a crash."""


def finish(run: Run) -> None:
    """Take the run through its phases to its end."""
    go_through(run, PHASES)


def go_through(run: Run, phases: Phases) -> None:
    """Enter one phase after the other; how the run ends is the journal's last entry."""
    with ending(run):
        for number, (name, phase) in enumerate(phases, 1):
            with in_phase(run.journal, run.tell, name, number=number, of=len(phases)):
                phase(run)


@contextmanager
def in_phase(journal: Journal, tell: Tell, name: str, *, number: int, of: int) -> Iterator[None]:
    """Write down and tell that a phase begins, and that it is behind us."""
    journal.append(e.PhaseBegan(phase=name, number=number, of=of))
    tell(events.PhaseBegan(phase=name, number=number, of=of))
    yield
    journal.append(e.PhaseEnded(phase=name))


@contextmanager
def ending(run: Run) -> Iterator[None]:
    """Write down and tell how a run ends: as the block does."""
    try:
        yield
    except ThingAMeError as error:
        error.left_behind = _left_behind(run.folder, error.left_behind)
        run.journal.append(e.RunEnded(outcome="failed", message=error.message))
        run.tell(events.RunEnded(run=run.name, outcome="failed", seconds=_seconds(run.folder)))
        raise
    except KeyboardInterrupt:
        run.journal.append(e.RunEnded(outcome="interrupted"))
        raise
    run.journal.append(e.RunEnded(outcome="proved"))
    run.tell(events.RunEnded(run=run.name, outcome="proved", seconds=_seconds(run.folder)))


def _left_behind(folder: Path, said: Aftermath) -> Aftermath:
    """What an error says of itself holds until a step has begun."""
    steps = replay(read_entries(folder)).steps.values()
    if said is not Aftermath.UNTOUCHED or not any(step.attempt for step in steps):
        return said
    return Aftermath.UNKNOWN if any(step.is_in_doubt for step in steps) else Aftermath.CHANGED


def _count(run: Run) -> dict[tuple[str, str], int]:
    return count_rows(run.world.server, [database.schema_name for database in run.plan.databases], run.demand)


def _write_counts(run: Run, moment: Literal["before", "after"], counts: dict[tuple[str, str], int]) -> None:
    tables = tuple(e.TableRows(schema_name=s, table=t, rows=rows) for (s, t), rows in sorted(counts.items()))
    run.journal.append(e.RowsCounted(moment=moment, tables=tables))


def _counted(folder: Path) -> dict[tuple[str, str], int] | None:
    for stamped in read_entries(folder):
        if isinstance(stamped.entry, e.RowsCounted) and stamped.entry.moment == "before":
            return {(one.schema_name, one.table): one.rows for one in stamped.entry.tables}
    return None


def _tallied(folder: Path) -> tuple[e.EntityTally, ...]:
    entries = [stamped.entry for stamped in read_entries(folder)]
    return next((entry.tallies for entry in entries if isinstance(entry, e.IdsTallied)), ())


def _rehearsed(run: Run) -> dict[str, str]:
    """What the run's sealed plan says of the target's schemas; nothing where it was begun without one.

    Raises:
        SettingsChanged: it was edited since.
    """
    file = run.folder / REHEARSED
    if not file.is_file():
        return {}
    sealed = documents.read(SealedPlan, file)
    if sealed.digest != sealed.seal.digest:
        raise SettingsChanged(f"{file} was changed since the run began")
    ends = ((database, by_release.get(run.plan.target)) for database, by_release in sealed.seal.schemas.items())
    return {database: digest for database, digest in ends if digest}


def _expected(run: Run) -> Expected | None:
    file = run.folder / EXPECTED
    return documents.read(Expected, file) if file.is_file() else None


def seconds_of(ended: Sequence[e.StepEnded]) -> dict[str, float]:
    """Add up what each step's containers took."""
    found: dict[str, float] = {}
    for entry in ended:
        found[entry.step] = found.get(entry.step, 0.0) + entry.seconds
    return found


def note(run: Run, piece: Evidence) -> None:
    """Write a piece of evidence down, and tell it."""
    run.journal.append(e.ProofGiven(proof=piece.proof, subject=piece.subject, holds=piece.holds, detail=piece.detail))
    run.tell(events.ProofGiven(proof=piece.proof, subject=piece.subject, holds=piece.holds, detail=piece.detail[0]))


def _seconds(folder: Path) -> float:
    entries = read_entries(folder)
    return round((entries[-1].at - entries[0].at).total_seconds(), 3)
