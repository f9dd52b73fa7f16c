"""`thing-a-me demo`: all of it on a throw-away cloud."""

import click

from runner.cli.context import Context


@click.command("demo")
@click.option("--clean", is_flag=True, help="Remove everything that a demo left behind.")
@click.option("--keep", is_flag=True, help="Leave the cloud there, to play with.")
@click.pass_obj
def command(context: Context, *, clean: bool, keep: bool) -> None:
    """All of it on a throw-away cloud: inspect, check, mend, plan, migrate, prove, report."""
