"""`thing-a-me proceed [RUN]`: go on; said from any terminal to the runner at work."""

import click

from runner.cli.context import Context
from runner.cli.runs_folder import runs_folder
from runner.flows.decision import decide
from runner.flows.record import newest_chain
from runner.journal.runs import find_run


@click.command("proceed")
@click.argument("run", required=False)
@click.pass_obj
def command(context: Context, run: str | None) -> None:
    """Tell the runner that waits for a decision about RUN (the newest by default) to go on."""
    runs = runs_folder(context)
    folder = find_run(runs, run) if run else newest_chain(runs)
    decision = decide(folder, "proceed")
    click.echo(decision.model_dump_json() if context.json else f"run {folder.name} is told to proceed, by {decision.by}")
