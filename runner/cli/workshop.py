"""What the image verbs share: their arguments, the workshop they open, and how they name images."""

import json
from pathlib import Path

import click

from runner.cli.context import Context
from runner.events import Tell
from runner.flows import images as flow

FILE = click.Path(path_type=Path, dir_okay=False)
RELEASES = click.argument("releases", nargs=-1, metavar="[RELEASE]...")


def open_workshop(context: Context, tell: Tell) -> flow.Workshop:
    """Open the workshop; these verbs need no cloud: without the default cloud.yaml the environment says what it would."""
    absent = context.cloud == Path("cloud.yaml") and not context.cloud.exists()
    return flow.open_workshop(None if absent else context.cloud, tell)


def say_ids(context: Context, images: dict[str, str]) -> None:
    """Say which image each release or reference is."""
    click.echo(json.dumps(images, indent=1) if context.json else "\n".join(f"{name}  {one}" for name, one in images.items()))
