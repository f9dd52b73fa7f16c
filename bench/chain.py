"""The chain from 2023.1 to 2026.1: the plain way against ours, on two clouds of one size, one after the other."""

import tempfile
import time
from pathlib import Path

from bench import plain
from bench.commands import measure_commands
from bench.figure import Figure
from runner.demo.night import TARGET, stage
from runner.events import silent
from runner.flows.check import ask_checks
from runner.flows.images import open_workshop
from runner.flows.mend import mend
from runner.flows.migrate import carry_through
from runner.flows.prepare import prepare_plan
from runner.flows.world import open_world
from runner.journal.entry import PhaseBegan, PhaseEnded
from runner.journal.reader import read_entries
from runner.reporting.report import build_report

MENDS = "cinder-purge"


def measure() -> list[Figure]:
    """Put up two clouds, take each to 2026.1, and compare."""
    workshop = open_workshop(None, silent)
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folder = Path(scratch)
        with stage(workshop, "thing-a-me-bench-plain", folder / "plain", jobs=2) as plainly:
            plain.configure(folder / "conf", plainly.server.name, plainly.server.password)
            commands, plain_seconds = plain.run(folder / "conf", plainly.server.name)
        with stage(workshop, "thing-a-me-bench-ours", folder / "ours", jobs=2) as ours:
            return [*_ours(ours.cloud, commands, plain_seconds), *measure_commands(ours.cloud)]


def _ours(cloud: Path, commands: int, plain_seconds: float) -> list[Figure]:
    with open_world(cloud) as world:
        survey, plan = prepare_plan(world, TARGET, tell=silent)
        began = time.monotonic()
        answers = ask_checks(world, plan, survey, tell=silent)
        check_seconds = time.monotonic() - began
        began = time.monotonic()
        mend(world, survey, answers, MENDS, tell=silent)
        mend_seconds = time.monotonic() - began
        began = time.monotonic()
        folder = carry_through(world, plan, jobs=world.cloud.jobs, tell=silent)
        ours_seconds = time.monotonic() - began + mend_seconds
    # Made once for each image, to compare with: after images were built anew they are part of what the first chain proves.
    fresh_seconds = seconds_of(folder, "fresh schemas")
    proof_seconds = seconds_of(folder, "proof") + fresh_seconds
    report = build_report(folder)
    return [
        Figure("chain 2023.1 to 2026.1, plain commands", commands, "commands"),
        Figure("chain 2023.1 to 2026.1, plain", plain_seconds, "s"),
        Figure("chain 2023.1 to 2026.1, ours", ours_seconds - proof_seconds, "s"),
        Figure("its proofs, read back and fresh schemas included", proof_seconds, "s"),
        Figure("of them fresh schemas, where none are kept yet", fresh_seconds, "s"),
        Figure("chain 2023.1 to 2026.1, ours, steps run", report.totals.proved, "steps"),
        Figure("chain 2023.1 to 2026.1, ours to plain", (ours_seconds - proof_seconds) / plain_seconds, "ratio", bound=0.5),
        Figure("chain 2023.1 to 2026.1, ours with every proof to plain without any", ours_seconds / plain_seconds, "ratio"),
        Figure("check of that chain", check_seconds, "s"),
    ]


def seconds_of(folder: Path, phase: str) -> float:
    """Say how long a phase took, from the journal."""
    told = [one for one in read_entries(folder) if isinstance(one.entry, PhaseBegan | PhaseEnded) and one.entry.phase == phase]
    return (told[-1].at - told[0].at).total_seconds()
