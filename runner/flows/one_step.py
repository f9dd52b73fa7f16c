"""The life of one step: intent, container, outcome, proof - each written down before the next begins."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from runner.containers.engine import NOT_BEGUN
from runner.containers.last_words import last_words, redact
from runner.errors import MigrationStuck, StepFailed, StepInDoubt
from runner.events import StepBegan, StepEnded, Tell
from runner.journal import entry as e
from runner.journal.replay import StepPosition, StepState
from runner.journal.runs import keep_log
from runner.journal.writer import Journal
from runner.planning.asked import ExitMeaning
from runner.planning.plan import Step
from runner.steps.probe import Probe, probe
from runner.steps.prove import prove
from runner.steps.run import judge, start
from runner.steps.site import Site

_ENOUGH = 1000
"""Containers of one online migration: with batches of 50 rows this is work for days, so something turns in a circle."""


@dataclass(frozen=True)
class Sitting:
    """One process's time at a run: its site, its journal, and whom it tells. `positions` are what a journal left."""

    site: Site
    journal: Journal
    tell: Tell
    positions: dict[str, StepPosition] = field(default_factory=dict)

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(account.password for account in self.site.accounts.values())


def carry_out(step: Step, sitting: Sitting, *, tick: Callable[[], None] | None = None) -> None:
    """Take a step from wherever it is to its proof.

    Raises:
        StepFailed, MigrationStuck, StepNotProved, StepInDoubt: the step did not get there; the journal says how far.
    """
    began = time.monotonic()
    attempt, container = _take_up(step, sitting)
    sitting.tell(StepBegan(step=step.id, lane=step.lane, adopted=container is not None))
    if container is None and (_has_ended_well(step, sitting) or _is_done(step, sitting, attempt)):
        _proved(step, sitting, began, already=True)
        return
    meaning, adopted = ExitMeaning.AGAIN, container is not None
    exit_code: int | None = None
    while meaning is ExitMeaning.AGAIN:
        if container is None:
            attempt += 1
            container = _begin(step, sitting, attempt)
            adopted = False
        exit_code, words = _finish(step, sitting, attempt, container, tick)
        # The runner that made an adopted container may have died before its files were sent.
        meaning = ExitMeaning.AGAIN if adopted and exit_code == NOT_BEGUN else judge(step, exit_code)
        container = None
        if meaning in (ExitMeaning.STUCK, ExitMeaning.FAILED) or (meaning is ExitMeaning.AGAIN and attempt >= _ENOUGH):
            raise _failed(step, meaning, exit_code, words)
        if meaning is ExitMeaning.AGAIN:
            seconds = round(time.monotonic() - began, 3)
            sitting.tell(StepEnded(step=step.id, lane=step.lane, outcome="again", exit_code=exit_code, seconds=seconds))
    _proved(step, sitting, began, exit_code=exit_code)


def _take_up(step: Step, sitting: Sitting) -> tuple[int, str | None]:
    """Find what an earlier sitting left: the number of its last attempt, and its container where it is to be awaited."""
    position = sitting.positions.get(step.id)
    if position is None or position.state in (StepState.WAITING, StepState.FAILED):
        return (position.attempt if position else 0), None
    container = sitting.site.engine.find(sitting.site.labels(step, position.attempt))
    if container and position.state is StepState.ENDED:
        # Its outcome is in the journal; only its removal was missed.
        sitting.site.engine.remove(container)
        return position.attempt, None
    if container:
        entry = e.StepStarted(step=step.id, attempt=position.attempt, container=container, adopted=True)
        sitting.journal.append(entry)
    return position.attempt, container


def _has_ended_well(step: Step, sitting: Sitting) -> bool:
    """Say whether an earlier sitting saw the command succeed, and died before the proof."""
    position = sitting.positions.get(step.id)
    if position is None or position.state is not StepState.ENDED or position.exit_code is None:
        return False
    return judge(step, position.exit_code) is ExitMeaning.DONE


def _is_done(step: Step, sitting: Sitting, attempt: int) -> bool:
    """Ask the databases; before a step was ever tried they must stand exactly where the plan found them."""
    answer, rows = probe(step, sitting.site)
    if answer is Probe.ELSEWHERE and attempt == 0:
        found = "; ".join(f"{database} at {', '.join(heads) or 'nothing'}" for database, heads in rows.items())
        wanted = "; ".join(f"{database} at {', '.join(heads)}" for database, heads in step.finds.items())
        raise StepInDoubt(
            f"{step.id}: somebody else moved its databases: found {found}; the plan has {wanted}",
            hint="find out who wrote to them; put the rows back and `thing-a-me resume`, or plan again from where they stand",
        )
    return answer is Probe.DONE


def _begin(step: Step, sitting: Sitting, attempt: int) -> str:
    labels = sitting.site.labels(step, attempt)
    sitting.journal.append(e.StepIntended(step=step.id, attempt=attempt, labels=labels))
    container = start(step, sitting.site, attempt)
    sitting.journal.append(e.StepStarted(step=step.id, attempt=attempt, container=container))
    return container


def _finish(step: Step, sitting: Sitting, attempt: int, container: str, tick: Callable[[], None] | None) -> tuple[int, str]:
    """Wait for a container to its end, keep its log, and return its exit code and last words."""
    ended = sitting.site.engine.wait(container, tick=tick)
    log = keep_log(sitting.journal.folder, step.id, attempt, redact(ended.log, sitting.secrets))
    sitting.journal.append(
        e.StepEnded(step=step.id, attempt=attempt, exit_code=ended.exit_code, seconds=ended.seconds, log=log, oom=ended.oom)
    )
    sitting.site.engine.remove(container)
    words = (
        "the engine killed it: it used more memory than a step may"
        if ended.oom
        else last_words(ended.log, secrets=sitting.secrets)
    )
    return ended.exit_code, f"{words} (log: {sitting.journal.folder / log})"


def _failed(step: Step, meaning: ExitMeaning, exit_code: int, words: str) -> StepFailed | MigrationStuck:
    where = f"{step.id} ended with exit code {exit_code}"
    if meaning is ExitMeaning.STUCK:
        return MigrationStuck(f"{where}: rows are left that it cannot move: {words}")
    if meaning is ExitMeaning.AGAIN:
        return MigrationStuck(f"{step.id} asked to be run again {_ENOUGH} times: {words}")
    return StepFailed(f"{where}: {words}")


def _proved(step: Step, sitting: Sitting, began: float, *, exit_code: int | None = None, already: bool = False) -> None:
    heads = prove(step, sitting.site)
    sitting.journal.append(e.StepProved(step=step.id, heads=heads, already=already))
    outcome: Literal["already-done", "proved"] = "already-done" if already else "proved"
    seconds = round(time.monotonic() - began, 3)
    sitting.tell(StepEnded(step=step.id, lane=step.lane, outcome=outcome, exit_code=exit_code, seconds=seconds))
