"""What `thing-a-me ci` leaves for a CI to read, in a folder that it has for itself."""

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from runner.containers.cache import write_whole
from runner.errors import MissingFile, RunBusy
from runner.file_lock import try_for
from runner.flows.ci import FLOW
from runner.journal.runs import list_runs
from runner.reporting.junit import write_junit
from runner.reporting.markdown import write_markdown
from runner.reporting.record import Report
from runner.reporting.report import build_report

REPORTS: dict[str, Callable[[Report], str]] = {
    "junit.xml": write_junit,
    "summary.md": write_markdown,
    "report.json": lambda report: report.model_dump_json(indent=1),
}


@contextmanager
def reporting(folder: Path) -> Iterator[None]:
    """Write the reports of the run that the block makes, however it ends; where it makes none, there are none.

    Raises:
        MissingFile: the folder cannot be made or written.
        RunBusy: another run has it.
    """
    with _alone(folder):
        runs = folder / "runs"
        before = set(list_runs(runs))
        for name in REPORTS:
            (folder / name).unlink(missing_ok=True)
        try:
            yield
        except BaseException:
            with suppress(OSError):  # that the disk is full may be what went wrong
                _write(folder, sorted(set(list_runs(runs)) - before))
            raise
        _write(folder, sorted(set(list_runs(runs)) - before))


def _write(folder: Path, runs: Sequence[Path]) -> None:
    """Write the reports of the chain, or where it never began those of the checks."""
    made = [build_report(run) for run in runs]
    for report in [*made[-1:], *(one for one in made if one.flow == FLOW)][-1:]:
        for name, write in REPORTS.items():
            write_whole(folder / name, f"{write(report)}\n".encode())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Have the folder for ourselves: what one run leaves there would be taken for another's."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w", encoding="utf-8")
    except OSError as error:
        raise MissingFile(f"--folder {folder}: {error.strerror}", hint="name a folder that may be written") from error
    with lock:
        if not try_for(lock, fcntl.LOCK_EX):
            raise RunBusy(f"another `thing-a-me ci` is at work in {folder}", hint="give each run a --folder of its own")
        yield
