"""The command line: one module per verb, and the boundary where a failure becomes words and an exit code."""

import sys
from pathlib import Path
from typing import NoReturn

import click

from runner import __version__
from runner.cli import boundary, check, demo, images, inspect, migrate, plan, report, resume, status
from runner.cli.context import Context

VERBS = (inspect, plan, check, images, migrate, resume, status, report, demo)
"""In the order in which an operator meets them."""


class _InOrder(click.Group):
    """A group that lists its commands as they were added, not by the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)


@click.group(cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="thing-a-me")
@click.option(
    "--cloud",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("cloud.yaml"),
    envvar="THING_A_ME_CLOUD",
    show_default=True,
    help="The cloud's description.",
)
@click.option("--json", "as_json", is_flag=True, help="Data and events as JSON (docs/schemas).")
@click.option("-q", "--quiet", is_flag=True, help="No events, only the answer.")
@click.pass_context
def cli(ctx: click.Context, cloud: Path, *, as_json: bool, quiet: bool) -> None:
    """Carry an OpenStack cloud's databases through every release between the one it runs and the one it wants."""
    ctx.obj = Context(cloud, as_json, quiet)


for verb in VERBS:
    cli.add_command(verb.command)


def main() -> NoReturn:
    """Run the command line; the entry point."""
    boundary.run(lambda: cli(standalone_mode=False), as_json=lambda: "--json" in sys.argv)
