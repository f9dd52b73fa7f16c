"""`thing-a-me status [RUN]`: where a run is."""

import json
import time

import click

from runner.cli.context import Context
from runner.cli.runs_folder import runs_folder
from runner.journal.runs import find_run, list_runs
from runner.reporting.status import read_status, say_status, say_status_line


@click.command("status")
@click.argument("run", required=False)
@click.option("--all", "every", is_flag=True, help="One line per run.")
@click.option("--watch", is_flag=True, help="Say it again every second until the run ends.")
@click.pass_obj
def command(context: Context, run: str | None, *, every: bool, watch: bool) -> None:
    """Where a run is (the newest by default, or a run's folder). Needs nothing but that folder."""
    runs = runs_folder(context)
    if every:
        found = [read_status(folder) for folder in list_runs(runs)]
        if context.json:
            click.echo(json.dumps([one.report.model_dump(mode="json") for one in found], indent=2))
        for one in () if context.json else found:
            click.echo(say_status_line(one))
        return
    folder = find_run(runs, run)
    status = read_status(folder)
    while watch and status.word in {"running", "elsewhere"}:
        click.clear()
        click.echo(say_status(status))
        time.sleep(1)
        status = read_status(folder)
    click.echo(status.report.model_dump_json(indent=2) if context.json else say_status(status))
