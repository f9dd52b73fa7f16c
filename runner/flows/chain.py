"""Run a plan's lanes side by side, in an order that keeps every `after`."""

import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter

from runner.errors import ThingAMeError
from runner.events import LaneStopped, StepEnded, StepSkipped
from runner.flows.one_step import Sitting, carry_out
from runner.journal import entry as e
from runner.journal.replay import OVER
from runner.planning.plan import Plan, Step


class _LeftRunningError(Exception):
    """This sitting ends while a container still runs; `resume` adopts it."""


def run_chain(plan: Plan, sitting: Sitting, *, jobs: int) -> None:
    """Carry out every step of the plan, at most `jobs` at a time.

    A step that fails stops its lane. Steps that run by then are let finish, nothing new begins.

    Raises:
        StepFailed, MigrationStuck, StepNotProved, StepInDoubt: the first failure; the others are in the journal.
        KeyboardInterrupt: containers are left running, for `resume` to adopt.
    """
    steps = {step.id: step for step in plan.steps}
    order = TopologicalSorter({step.id: step.after for step in plan.steps})
    order.prepare()
    over = {name for name, position in sitting.positions.items() if position.state in OVER}
    leaving = threading.Event()
    running: dict[Future[None], Step] = {}
    failures: list[ThingAMeError] = []
    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="lane") as lanes:
        try:
            while (order.is_active() and not failures) or running:
                for name in () if failures else order.get_ready():
                    if name in over or _is_skipped(steps[name], sitting):
                        order.done(name)
                    else:
                        running[lanes.submit(_carry_out, steps[name], sitting, leaving)] = steps[name]
                for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
                    step = running.pop(future)
                    if error := _settle(future, step, plan, sitting):
                        failures.append(error)
                    else:
                        order.done(step.id)
        except BaseException:
            leaving.set()
            for future in running:
                future.cancel()
            raise
    if failures:
        raise failures[0]


def _carry_out(step: Step, sitting: Sitting, leaving: threading.Event) -> None:
    def tick() -> None:
        if leaving.is_set():
            raise _LeftRunningError

    tick()
    carry_out(step, sitting, tick=tick)


def _is_skipped(step: Step, sitting: Sitting) -> bool:
    """Write down why a step has nothing to do."""
    if step.skip is None:
        return False
    sitting.journal.append(e.StepSkipped(step=step.id, reason=step.skip))
    sitting.tell(StepSkipped(step=step.id, lane=step.lane, reason=step.skip))
    return True


def _settle(future: Future[None], step: Step, plan: Plan, sitting: Sitting) -> ThingAMeError | None:
    """Take note of how a step ended; anything but an error of ours is raised at once."""
    try:
        future.result()
    except ThingAMeError as error:
        sitting.journal.append(e.StepFailed(step=step.id, error=type(error).__name__, message=error.message))
        sitting.journal.append(e.LaneStopped(lane=step.lane, step=step.id))
        sitting.tell(StepEnded(step=step.id, lane=step.lane, outcome="failed", exit_code=None, seconds=0.0))
        sitting.tell(LaneStopped(lane=step.lane, step=step.id, waiting=_waiting_behind(step, plan)))
        return error
    return None


def _waiting_behind(step: Step, plan: Plan) -> int:
    """Count the steps that wait for this one, directly or through others."""
    behind: set[str] = {step.id}
    for other in plan.steps:
        if behind & set(other.after):
            behind.add(other.id)
    return len([name for name in behind - {step.id} if plan.step(name).skip is None])
