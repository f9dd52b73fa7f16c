"""`thing-a-me proceed [RUN]`: go on; said from any terminal to the runner at work."""

import click

from runner.cli.context import Context
from runner.cli.runs_folder import runs_folder
from runner.flows.decision import decide
from runner.flows.record import find_chain


@click.command("proceed")
@click.argument("run", required=False)
@click.pass_obj
def command(context: Context, run: str | None) -> None:
    """Tell the runner that waits for a decision about RUN (the newest by default) to go on."""
    folder = find_chain(runs_folder(context), run)
    decision = decide(folder, "proceed")
    click.echo(decision.model_dump_json() if context.json else f"run {folder.name} is told to proceed, by {decision.by}")
