"""`thing-a-me check --to RELEASE`: everything that would hurt later."""

import json
import shlex
from dataclasses import asdict

import click
from click.core import ParameterSource

from runner.checks import Answers
from runner.checks.finding import Finding, Severity
from runner.cli.context import Context
from runner.cli.mended_text import fix_text
from runner.flows.check import ask_checks
from runner.flows.mend import mend
from runner.flows.prepare import prepare_plan
from runner.flows.sweep import sweep
from runner.flows.text_mend import NAME as TEXT
from runner.flows.text_mend import Wanted
from runner.flows.text_survey import Scope
from runner.flows.world import open_world

_COLOURS = {Severity.BLOCKS: "red", Severity.WARNS: "yellow", Severity.NOTES: "blue"}


@click.command("check")
@click.option("--to", "target", metavar="RELEASE", help="The release to go to; the newest that has an image definition.")
@click.option("--project", "projects", multiple=True, metavar="PROJECT", help="Only this project (repeatable).")
@click.option("--fix", "fix", metavar="NAME", help="Run the mending command that a finding names.")
@click.option("--leave", multiple=True, metavar="COLUMN", help="With --fix text: not this schema.table.column (repeatable).")
@click.option("--snapshot", metavar="NAME", help="With --fix text: the snapshot to clone; the newest that is proven.")
@click.option("--yes", is_flag=True, help="With --fix text: mend production too, once it is proven on a clone.")
@click.pass_context
def command(
    ctx: click.Context,
    target: str | None,
    projects: tuple[str, ...],
    fix: str | None,
    *,
    leave: tuple[str, ...],
    snapshot: str | None,
    yes: bool,
) -> None:
    """Everything that would hurt on the way to a release, all at once. Reads only, unless --fix is given."""
    context: Context = ctx.obj
    if fix == TEXT:
        fix_text(context, Wanted(Scope(projects, leave), snapshot, yes))
        return
    if leave or snapshot or yes:
        raise click.UsageError("--leave, --snapshot and --yes go with --fix text alone")
    with open_world(context.cloud) as world, context.listening() as tell:
        newest = list(world.catalog)[-1]
        survey, plan = prepare_plan(world, target or newest, projects=projects, tell=tell)
        sweep(world, tell=tell)
        answers = ask_checks(world, plan, survey, tell=tell)
        mended = mend(world, survey, answers, fix, tell=tell) if fix else None
    if mended:
        before, after = mended
        facts = {"mended": fix, "rows_before": before, "rows_after": after}
        click.echo(json.dumps(facts) if context.json else f"{fix}: {before} rows before, {after} after")
        return
    click.echo(_as_data(answers) if context.json else "\n".join(say_answers(answers, ctx)))
    answers.demand()


def _as_data(answers: Answers) -> str:
    found = [asdict(finding) for finding in answers.findings]
    return json.dumps({"findings": found, "unanswered": [asdict(one) for one in answers.unanswered]})


def say_answers(answers: Answers, ctx: click.Context) -> list[str]:
    """Say every finding, what could not be told, and how many there are."""
    lines: list[str] = []
    for finding in answers.findings:
        lines += _say(finding, ctx)
    lines += [f"{click.style('could not tell', fg='red')}  {one.check}: {one.why}" for one in answers.unanswered]
    counts = ", ".join(f"{sum(f.severity is severity for f in answers.findings)} {severity}" for severity in Severity)
    return [*lines, f"{len(answers.findings)} findings: {counts}; {len(answers.unanswered)} could not be told"]


def _say(finding: Finding, ctx: click.Context) -> list[str]:
    lines = [f"{click.style(f'{finding.severity:<7}', fg=_COLOURS[finding.severity])} {finding.where}: {finding.says}"]
    if finding.breaks:
        lines.append(f"        breaks  {finding.breaks}")
    lines.append(f"        way out {finding.way_out}")
    if finding.mend:
        lines.append(f"        mend    {_say_fix(finding.mend, ctx)}")
    return lines


def _say_fix(name: str, ctx: click.Context) -> str:
    """Say the command that mends, ready to paste: of the same cloud, release and projects as were asked about."""
    words = ["thing-a-me", "check"]
    if target := ctx.params["target"]:
        words += ["--to", target]
    for project in ctx.params["projects"]:
        words += ["--project", project]
    words += ["--fix", name]
    if ctx.get_parameter_source("cloud") is ParameterSource.COMMANDLINE:
        words += ["--cloud", str(ctx.obj.cloud)]
    return shlex.join(words)
