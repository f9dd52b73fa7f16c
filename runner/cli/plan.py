"""`thing-a-me plan --to RELEASE`: the chain, its lanes, its barriers."""

import click

from runner.cli.context import Context
from runner.events import silent
from runner.flows.prepare import prepare_plan
from runner.flows.world import open_world
from runner.planning.plan import Plan, PlanFile

_NAMED = 6


@click.command("plan")
@click.option("--to", "target", required=True, metavar="RELEASE", help="The release to go to, such as 2026.1.")
@click.option("--project", "projects", multiple=True, metavar="PROJECT", help="Only this project (repeatable).")
@click.pass_obj
def command(context: Context, target: str, projects: tuple[str, ...]) -> None:
    """The chain to a release: its lanes, hops, steps and barriers. Reads only."""
    with open_world(context.cloud) as world:
        _, plan = prepare_plan(world, target, projects=projects, tell=silent)
    if context.json:
        click.echo(PlanFile(digest=plan.digest, plan=plan).model_dump_json(indent=2))
    else:
        click.echo("\n".join(say_plan(plan)))


def say_plan(plan: Plan) -> list[str]:
    """Say a plan in lines, lane by lane."""
    lines = [
        f"to {plan.target}: {len(plan.to_run)} steps in {len(plan.lanes)} lanes, {len(plan.steps) - len(plan.to_run)} skipped"
    ]
    for journey in plan.journeys:
        way = " -> ".join((journey.start, *journey.stops))
        lines.append(f"  {journey.project:<10} {way if journey.stops else f'is at {journey.start} already'}  ({journey.why})")
    awaited: dict[str, list[str]] = {}
    for name, other in plan.barriers:
        awaited.setdefault(name, []).append(other)
    for lane, steps in plan.lanes.items():
        lines += ["", f"lane {lane}"]
        for step in steps:
            mark = f"skip: {step.skip}" if step.skip else " ".join(step.argv)
            lines.append(f"  {step.id:<34} {mark}")
            lines += [f"  {'':<34} waits for {other}" for other in _folded(awaited.get(step.id, []))]
    if plan.images:
        lines += ["", "images", *(f"  {series:<10} {image}" for series, image in plan.images.items())]
    return [*lines, f"digest {plan.digest}"]


def _folded(awaited: list[str]) -> list[str]:
    """Name a few; with a hundred cells every step of a hop waits for a hundred others."""
    rest = len(awaited) - 1
    return awaited if len(awaited) <= _NAMED else [f"{awaited[0]} and {rest} more (all of them: --json)"]
