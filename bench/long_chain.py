"""The chain from pike to 2026.2, all projects: a serial loop of every command of every hop against ours, on two empty clouds.

The loop is as a shell script would do it: it knows the order and the configuration files, and neither what may run side by
side nor what has nothing to do.
"""

import subprocess
import tempfile
import time
from pathlib import Path
from typing import cast

from bench.chain import seconds_of
from bench.figure import Figure
from runner.containers.engine import ETC, Engine
from runner.containers.network import StepNetwork
from runner.events import silent
from runner.flows.ci_start import Empty, Way
from runner.flows.images import build, open_workshop
from runner.flows.migrate import carry_through
from runner.flows.prepare import prepare_plan
from runner.flows.world import World
from runner.planning.asked import ExitMeaning
from runner.planning.graph import Graph
from runner.planning.plan import Plan, Step
from runner.recipes import load_calendar
from runner.steps.run import configuration, judge
from runner.steps.site import Account, Site

START, TARGET = "pike", "2026.2"
WAY = f"chain {START} to {TARGET}"
ROUNDS = 50
"""Of one online command, which a loop repeats while it says that there is more."""


def measure() -> list[Figure]:
    """Put up two empty clouds at pike, one after the other, and take each to 2026.2."""
    workshop, way = open_workshop(None, silent), Way(TARGET, load_calendar())
    build(workshop, (), 2)
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        with Empty(START).open(workshop, way, Path(scratch) / "plain", jobs=2) as world:
            _, plan = prepare_plan(world, TARGET, tell=silent)
            plain = _plainly(world, plan, Path(scratch) / "files")
        with Empty(START).open(workshop, way, Path(scratch) / "ours", jobs=2) as world:
            _, plan = prepare_plan(world, TARGET, tell=silent)
            began = time.monotonic()
            folder = carry_through(world, plan, jobs=2, tell=silent)
            ours = time.monotonic() - began
        proofs = sum(seconds_of(folder, phase) for phase in ("proof", "fresh schemas"))
    return [
        Figure(f"{WAY}, plain commands", len(plan.steps), "commands"),
        Figure(f"{WAY}, plain", plain, "s"),
        Figure(f"{WAY}, ours, steps run", len(plan.to_run), "steps"),
        Figure(f"{WAY}, ours", ours - proofs, "s"),
        Figure(f"{WAY}, ours to plain", (ours - proofs) / plain, "ratio", bound=0.4),
        Figure(f"{WAY}, ours with every proof to plain without any", ours / plain, "ratio"),
    ]


def _plainly(world: World, plan: Plan, folder: Path) -> float:
    """Run every command of the plan, one after the other, each as root of the server; returns seconds."""
    server = world.cloud.server
    assert server.from_steps, "a scratch server is reached through a network of its own"
    host, network = server.from_steps.host, str(server.from_steps.network)
    root = Account("root", (world.cloud.file.parent / server.password_file).read_text(encoding="utf-8").strip())
    site = Site(
        run="plain",
        plan=plan,
        recipes=world.recipes,
        engine=cast("Engine", None),  # nothing is started by it
        server=world.server,
        network=StepNetwork(network, host, 3306),
        accounts=dict.fromkeys(world.recipes, root),
    )
    steps = {step.id: step for step in plan.steps}
    began = time.monotonic()
    for name in Graph.of({step.id: step.after for step in plan.steps}).in_order:
        _run(steps[name], site, folder / name.replace("/", "-"))
    return time.monotonic() - began


def _run(step: Step, site: Site, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, content in configuration(step, site).items():
        (folder / name).write_bytes(content)
    argv = [word.replace("{etc}", ETC) for word in step.argv]
    more = [f"--env={name}={value}" for name, value in site.recipes[step.project].environment.items()]
    options = [
        "--rm",
        f"--network={site.network.name}",
        f"--volume={folder}:{ETC}:ro",
        "--tmpfs=/tmp",
        "--env=HOME=/tmp",
        *more,
    ]
    for _ in range(ROUNDS):
        done = subprocess.run(
            ["docker", "run", *options, site.plan.images[step.end], *argv], capture_output=True, text=True, check=False
        )
        match judge(step, done.returncode):
            case ExitMeaning.AGAIN:
                continue
            case ExitMeaning.FAILED:
                raise RuntimeError(f"{step.id}: exit code {done.returncode}: {done.stderr[-2000:]}")
            case _:
                return
