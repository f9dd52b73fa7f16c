"""`thing-a-me report [RUN]`: what a run did, from its folder alone."""

from collections.abc import Callable

import click

from runner.cli.context import Context
from runner.cli.runs_folder import runs_folder
from runner.journal.runs import find_run
from runner.reporting.junit import write_junit
from runner.reporting.markdown import write_markdown
from runner.reporting.record import Report
from runner.reporting.report import build_report

_FORMATS: dict[str, Callable[[Report], str]] = {
    "markdown": write_markdown,
    "json": lambda report: report.model_dump_json(indent=2),
    "junit": write_junit,
}


@click.command("report")
@click.argument("run", required=False)
@click.option("--format", "form", type=click.Choice(list(_FORMATS)), help="Markdown unless --json is given.")
@click.pass_obj
def command(context: Context, run: str | None, form: str | None) -> None:
    """What a run did (the newest by default, or a run's folder), as Markdown, JSON or JUnit."""
    report = build_report(find_run(runs_folder(context), run))
    click.echo(_FORMATS[form or ("json" if context.json else "markdown")](report))
