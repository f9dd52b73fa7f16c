"""The command line: one module per verb, and the boundary where a failure becomes words and an exit code."""

import os
import signal
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from runner import __version__
from runner.cli import boundary
from runner.cli.context import CLOUD, Context

VERBS = (
    "inspect",
    "plan",
    "check",
    "images",
    "snapshot",
    "rehearse",
    "migrate",
    "resume",
    "abort",
    "proceed",
    "rollback",
    "status",
    "report",
    "ci",
    "demo",
)
"""In the order in which an operator meets them. A verb is the module of that name, read when it is asked for."""


OUTLIVE_TERMINAL = {"check", "migrate", "resume", "rollback", "snapshot"}
"""Verbs that go on when the terminal is closed: a connection that is lost at 2 a.m. leaves no window half way."""


class _Verbs(click.Group):
    """Reads a verb's module when it is typed: `plan` need not wait for what only `images build` needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        if cmd_name not in self.commands:
            verb: click.Command = import_module(f"runner.cli.{cmd_name}").command
            _add_common(verb)
            self.add_command(verb)
        return self.commands[cmd_name]


def _say_json(ctx: click.Context, _: click.Parameter, value: object) -> None:
    if value:
        ctx.obj = replace(ctx.obj, json=True)


def _say_nothing(ctx: click.Context, _: click.Parameter, value: object) -> None:
    if value:
        ctx.obj = replace(ctx.obj, quiet=True)


def _take_cloud(ctx: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value:
        ctx.obj = replace(ctx.obj, cloud=value)


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="thing-a-me")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Carry an OpenStack cloud's databases through every release between the one it runs and the one it wants."""
    ctx.obj = ctx.obj or Context(Path(os.environ.get("THING_A_ME_CLOUD", CLOUD)))
    if ctx.invoked_subcommand in OUTLIVE_TERMINAL and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        # A handler, and not SIG_IGN, which every command that we begin would inherit (execve(2)).
        signal.signal(signal.SIGHUP, lambda *_: None)


def _add_common(command: click.Command) -> None:
    """Give a verb the options that every verb has."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            _add_common(each)
        return
    path = click.Path(path_type=Path, dir_okay=False)
    command.params += [
        click.Option(
            ["--cloud"], type=path, metavar="FILE", callback=_take_cloud, expose_value=False, help="cloud.yaml, unless here."
        ),
        click.Option(
            ["--json"], is_flag=True, callback=_say_json, expose_value=False, help="Data and events as JSON (docs/schemas)."
        ),
        click.Option(
            ["--quiet", "-q"], is_flag=True, callback=_say_nothing, expose_value=False, help="The answer, but no events."
        ),
    ]


def main() -> NoReturn:
    """Run the command line; the entry point."""
    boundary.run(lambda: cli(standalone_mode=False), as_json=lambda: "--json" in sys.argv)
