"""`thing-a-me images`: build, pull, verify, list, save, load, describe, lock, prune."""

import json
import os

import click

from runner.cli import image_transfer
from runner.cli.context import Context
from runner.cli.workshop import RELEASES, open_workshop, say_ids
from runner.containers.shelf import Shelved
from runner.errors import ImageNotAsDefined
from runner.events import silent
from runner.flows import images as flow

JOBS = os.cpu_count() or 1


@click.group("images")
def command() -> None:
    """Build, fetch, check and list the images: one per release."""


for transfer in image_transfer.COMMANDS:
    command.add_command(transfer)


@command.command()
@RELEASES
@click.option("--jobs", type=click.IntRange(1, 16), default=JOBS, show_default=True, help="Releases built at once.")
@click.pass_obj
def build(context: Context, releases: tuple[str, ...], jobs: int) -> None:
    """Build the named RELEASES, or all; what has not changed is not built again."""
    with context.listening() as tell:
        built = flow.build(open_workshop(context, tell), releases, jobs)
    say_ids(context, built)


@command.command()
@RELEASES
@click.pass_obj
def verify(context: Context, releases: tuple[str, ...]) -> None:
    """Compare images with their definitions: content, versions, user, no compiler."""
    answers = flow.verify(open_workshop(context, silent), releases)
    if context.json:
        click.echo(json.dumps(answers, indent=1))
    else:
        for series, faults in answers.items():
            click.echo(f"{series}  {'; '.join(faults) or 'as defined'}")
    if wrong := [series for series, faults in answers.items() if faults]:
        raise ImageNotAsDefined(f"not as defined: {', '.join(wrong)}")


@command.command("list")
@click.pass_obj
def list_(context: Context) -> None:
    """List the defined releases, their projects, and the images that are here."""
    with context.listening() as tell:
        shelf = flow.shelf(open_workshop(context, tell))
    click.echo(_as_json(shelf) if context.json else _as_table(shelf))


@command.command()
@click.argument("reference", metavar="REF")
@click.option("--release", default="", help="The series that the image is, where you know it.")
@click.pass_obj
def describe(context: Context, reference: str, release: str) -> None:
    """Ask an image that somebody else built what it is, and remember the answer."""
    manifest = flow.describe(open_workshop(context, silent), reference, release)
    if context.json:
        click.echo(manifest.model_dump_json(indent=1))
        return
    for name, project in manifest.projects.items():
        heads = "; ".join(f"{chain}: {' '.join(sorted(found.position))}" for chain, found in project.chains.items())
        click.echo(f"{name:<10} {project.version:<10} {heads}")


@command.command()
@click.argument("release")
@click.option("--constraints", metavar="URL|FILE", help="Official constraints, instead of what release.yaml names.")
@click.pass_obj
def lock(context: Context, release: str, constraints: str | None) -> None:
    """Write RELEASE's hash-locked requirements; nothing changes when the constraints did not."""
    with context.listening() as tell:
        changed = flow.lock(open_workshop(context, tell), release, constraints)
    click.echo(json.dumps({"changed": changed}) if context.json else f"{release}: {'written' if changed else 'unchanged'}")


@command.command()
@click.pass_obj
def prune(context: Context) -> None:
    """Remove images of ours that no definition asks for any more."""
    gone = flow.prune(open_workshop(context, silent))
    click.echo(json.dumps(gone) if context.json else "\n".join(gone) or "nothing to remove")


def _as_json(shelf: tuple[Shelved, ...]) -> str:
    return json.dumps([vars(one) for one in shelf], indent=1)


def _as_table(shelf: tuple[Shelved, ...]) -> str:
    lines = []
    for one in shelf:
        held = f"{one.image[7:19]}  {one.size / 1e6:.0f} MB" if one.image and one.size else "-"
        lines.append(f"{one.series}  {one.name:<10} {one.state:<9} {held}")
        lines.append("        " + ", ".join(f"{project} {version}" for project, version in one.projects.items()))
    return "\n".join(lines)
