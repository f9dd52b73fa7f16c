"""`thing-a-me abort [RUN]`: turn back now; said from any terminal to the runner at work."""

import click

from runner.cli.context import Context
from runner.cli.runs_folder import runs_folder
from runner.flows.decision import decide
from runner.flows.record import find_chain


@click.command("abort")
@click.argument("run", required=False)
@click.pass_obj
def command(context: Context, run: str | None) -> None:
    """Have the runner that works on RUN (the newest by default) turn back now, from any terminal."""
    folder = find_chain(runs_folder(context), run)
    decision = decide(folder, "abort")
    click.echo(decision.model_dump_json() if context.json else f"run {folder.name} is told to abort, by {decision.by}")
