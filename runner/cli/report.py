"""`thing-a-me report [RUN]`: what a run did, from its folder alone."""

from collections.abc import Callable
from pathlib import Path

import click

from runner.cli.context import Context
from runner.cli.runs_folder import runs_folder
from runner.containers.cache import write_whole
from runner.journal.runs import find_run
from runner.reporting.html.page import write_html
from runner.reporting.junit import write_junit
from runner.reporting.markdown import write_markdown
from runner.reporting.record import Report
from runner.reporting.report import build_report

_FILE = click.Path(path_type=Path, dir_okay=False)
_FORMATS: dict[str, Callable[[Report], str]] = {
    "markdown": write_markdown,
    "json": lambda report: report.model_dump_json(indent=2),
    "junit": write_junit,
    "html": write_html,
}


@click.command("report")
@click.argument("run", required=False)
@click.option("--format", "form", type=click.Choice(list(_FORMATS)), help="Markdown unless --json is given.")
@click.option("--output", type=_FILE, metavar="FILE", help="Write it to this file instead of standard output.")
@click.pass_obj
def command(context: Context, run: str | None, form: str | None, output: Path | None) -> None:
    """What a run did (the newest by default, or a run's folder), as Markdown, JSON, JUnit or one HTML file."""
    report = build_report(find_run(runs_folder(context), run))
    text = _FORMATS[form or ("json" if context.json else "markdown")](report)
    if not output:
        click.echo(text)
        return
    try:
        write_whole(output, f"{text}\n".encode())
    except OSError as error:
        raise click.BadParameter(f"cannot write {output}: {error.strerror}", param_hint="--output") from error
