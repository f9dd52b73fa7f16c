"""`thing-a-me images pull|save|load`: images on their way from and to other places."""

import json
from pathlib import Path

import click

from runner.cli.context import Context
from runner.cli.workshop import FILE, RELEASES, open_workshop, say_ids
from runner.flows import images as flow


@click.command()
@click.argument("what", nargs=-1, required=True, metavar="REF@sha256:...|RELEASE...")
@click.option("--from", "prefix", metavar="PREFIX", help="Registry prefix that RELEASEs lie below.")
@click.option("--digests", type=FILE, help="File that names the trusted digest of each RELEASE.")
@click.pass_obj
def pull(context: Context, what: tuple[str, ...], prefix: str | None, digests: Path | None) -> None:
    """Pull images by digest, and refuse any other."""
    if (prefix is None) != (digests is None):
        raise click.UsageError("--from and --digests belong together")
    with context.listening() as tell:
        workshop = open_workshop(context, tell)
        if prefix and digests:
            pulled = flow.pull_releases(workshop, what, prefix, digests)
        else:
            pulled = {reference: flow.pull(workshop, reference) for reference in what}
    say_ids(context, pulled)


@click.command()
@click.argument("file", type=FILE)
@RELEASES
@click.pass_obj
def save(context: Context, file: Path, releases: tuple[str, ...]) -> None:
    """Write images into FILE, for a site without a network."""
    with context.listening() as tell:
        digest = flow.save(open_workshop(context, tell), file, releases)
    click.echo(json.dumps({"file": str(file), "sha256": digest}) if context.json else f"sha256:{digest}  {file}")


@click.command()
@click.argument("file", type=FILE)
@click.pass_obj
def load(context: Context, file: Path) -> None:
    """Load the images of FILE; refuse it when anything in it was changed."""
    with context.listening() as tell:
        loaded = flow.load(open_workshop(context, tell), file)
    say_ids(context, loaded)


COMMANDS = (pull, save, load)
