"""Several sessions that share many jobs, one thread each."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from runner.mariadb.session import Session

T = TypeVar("T")
Job = Callable[[Session], T]


def share(sessions: Sequence[Session], jobs: Iterable[Job[T]], take: Callable[[T], Iterable[Job[T]]]) -> None:
    """Do all jobs, in their order, as many at once as there are sessions; return when none is left.

    `take` gets every result, in the calling thread, and returns the jobs that follow from it. What it or a job raises ends
    the whole: statements that still run are interrupted, nothing new begins.
    """
    idle: SimpleQueue[Session] = SimpleQueue()
    for session in sessions:
        idle.put(session)
    ended: SimpleQueue[Future[T]] = SimpleQueue()

    def do(job: Job[T]) -> T:
        session = idle.get()
        try:
            return job(session)
        finally:
            idle.put(session)

    with ThreadPoolExecutor(len(sessions)) as pool:

        def begin(begun: Iterable[Job[T]]) -> int:
            futures = [pool.submit(do, job) for job in begun]
            for future in futures:
                future.add_done_callback(ended.put)
            return len(futures)

        try:
            waiting = begin(jobs)
            while waiting:
                waiting += begin(take(ended.get().result())) - 1
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for session in sessions:
                session.interrupt()
            raise
