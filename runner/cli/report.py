"""`thing-a-me report [RUN]`: what a run did, from its folder alone."""

from collections.abc import Callable
from typing import TextIO

import click

from runner.cli.context import Context
from runner.cli.runs_folder import runs_folder
from runner.journal.runs import find_run
from runner.reporting.html.page import write_html
from runner.reporting.junit import write_junit
from runner.reporting.markdown import write_markdown
from runner.reporting.record import Report
from runner.reporting.report import build_report

_FORMATS: dict[str, Callable[[Report], str]] = {
    "markdown": write_markdown,
    "json": lambda report: report.model_dump_json(indent=2),
    "junit": write_junit,
    "html": write_html,
}


@click.command("report")
@click.argument("run", required=False)
@click.option("--format", "form", type=click.Choice(list(_FORMATS)), help="Markdown unless --json is given.")
@click.option("--output", type=click.File("w", encoding="utf-8", atomic=True), default="-", help="Write it to this file.")
@click.pass_obj
def command(context: Context, run: str | None, form: str | None, output: TextIO) -> None:
    """What a run did (the newest by default, or a run's folder), as Markdown, JSON, JUnit or one HTML file."""
    report = build_report(find_run(runs_folder(context), run))
    click.echo(_FORMATS[form or ("json" if context.json else "markdown")](report), file=output)
