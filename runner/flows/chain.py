"""Run a plan's lanes side by side, in an order that keeps every `after`."""

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from typing import Literal

from runner.containers.network import MAY_STILL_RUN
from runner.errors import MigrationStuck, StepFailed, StepInDoubt, StepNotProved, ThingAMeError
from runner.events import LaneStopped, StepEnded, StepSkipped
from runner.flows.one_step import Sitting, carry_out
from runner.journal import entry as e
from runner.journal.replay import OVER
from runner.planning.plan import Plan, Step

Demand = Callable[[], bool]
"""Asked whether the chain may go on: False lets it wait, what it raises ends it."""


def demand_nothing() -> bool:
    """Let it go on."""
    return True


_WAIT = 0.5
"""Seconds between two questions whether a step may begin."""


class _LeftRunningError(Exception):
    """This sitting ends while a container still runs; `resume` adopts it."""


def run_chain(plan: Plan, sitting: Sitting, *, jobs: int, demand: Demand = demand_nothing) -> None:
    """Carry out every step of the plan, at most `jobs` at a time, those that most others wait for first.

    A step that fails stops its lane. Steps that run by then are let finish, nothing new begins. `demand` is asked before each
    and about once a second; what it raises ends the sitting at once, and leaves containers running.

    Raises:
        StepFailed, MigrationStuck, StepNotProved, StepInDoubt: the first failure; the others are in the journal.
        EngineRefused, EngineMissing, JournalBroken: before the others, because a step may still run.
        KeyboardInterrupt: containers are left running, for `resume` to adopt.
    """
    queue = _Queue(plan, sitting)
    leaving, failing = threading.Event(), threading.Event()
    running: dict[Future[None], Step] = {}
    failures: list[ThingAMeError] = []
    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="lane") as lanes:
        try:
            while True:
                while not failures and len(running) < jobs and (step := queue.take()):
                    running[lanes.submit(_carry_out, step, sitting, leaving, failing, demand)] = step
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    step = running.pop(future)
                    if error := _settle(future, step, plan, sitting):
                        failures.append(error)
                        failing.set()
                    else:
                        queue.order.done(step.id)
        except BaseException:
            leaving.set()
            raise
    if failures:
        # Where one left its container running, what that needs must not be taken from it for another's sake.
        raise next((failure for failure in failures if isinstance(failure, MAY_STILL_RUN)), failures[0])


class _Queue:
    """The steps that may begin. Skipped ones, and those that an earlier sitting finished, pass through."""

    def __init__(self, plan: Plan, sitting: Sitting) -> None:
        self.order = TopologicalSorter({step.id: step.after for step in plan.steps})
        self.order.prepare()
        self._sitting = sitting
        self._steps = {step.id: step for step in plan.steps}
        self._precedence = plan.precedence
        self._ready: list[Step] = []

    def take(self) -> Step | None:
        """Take the step that most others wait for; None while nothing may begin."""
        while fresh := self.order.get_ready():
            for name in fresh:
                if self._is_over(self._steps[name]):
                    self.order.done(name)
                else:
                    self._ready.append(self._steps[name])
        self._ready.sort(key=lambda step: self._precedence[step.id], reverse=True)
        return self._ready.pop() if self._ready else None

    def _is_over(self, step: Step) -> bool:
        position = self._sitting.positions.get(step.id)
        if position and position.state in OVER:
            return True
        if step.skip is None:
            return False
        self._sitting.journal.append(e.StepSkipped(step=step.id, reason=step.skip))
        self._sitting.tell(StepSkipped(step=step.id, lane=step.lane, reason=step.skip))
        return True


def _carry_out(step: Step, sitting: Sitting, leaving: threading.Event, failing: threading.Event, demand: Demand) -> None:
    def tick() -> None:
        if leaving.is_set():
            raise _LeftRunningError
        demand()

    def await_leave() -> bool:
        while not demand():
            if leaving.wait(_WAIT):
                raise _LeftRunningError
            if failing.is_set():
                return False
        return True

    tick()
    if await_leave():
        carry_out(step, sitting, tick=tick)


def _settle(future: Future[None], step: Step, plan: Plan, sitting: Sitting) -> ThingAMeError | None:
    """Take note of how a step ended; anything but an error of ours is raised at once.

    Where not the step failed but what it runs on (engine, server), its outcome is not known: it stays in doubt.
    """
    try:
        future.result()
    except ThingAMeError as error:
        if isinstance(error, StepFailed | MigrationStuck | StepNotProved | StepInDoubt):
            sitting.journal.append(e.StepFailed(step=step.id, error=type(error).__name__, message=error.message))
        sitting.journal.append(e.LaneStopped(lane=step.lane, step=step.id))
        outcome: Literal["stuck", "failed"] = "stuck" if isinstance(error, MigrationStuck) else "failed"
        sitting.tell(StepEnded(step=step.id, lane=step.lane, outcome=outcome, exit_code=None, seconds=0.0))
        sitting.tell(LaneStopped(lane=step.lane, step=step.id, waiting=plan.waiting_behind(step)))
        return error
    return None
