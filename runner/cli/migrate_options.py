"""What the options of `migrate` take, parsed."""

import re
from pathlib import Path

import click
from pydantic import ValidationError

from runner.window_settings import WindowSettings

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
"""What the engine takes for a container's name."""
_ADDRESS = re.compile(r"\[?(?P<host>[0-9a-fA-F.:]+?)\]?:(?P<port>\d{1,5})")


def parse_address(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, int] | None:
    """Parse `ADDRESS:PORT`, IPv6 in brackets."""
    if value is None:
        return None
    found = _ADDRESS.fullmatch(value)
    if not found or not 0 < int(found["port"]) < 1 << 16:
        raise click.BadParameter("give an address of this host and a port, such as 10.0.0.5:3306")
    return found["host"], int(found["port"])


def parse_container(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Parse a container's name."""
    if value is not None and not _NAME.fullmatch(value):
        raise click.BadParameter("the engine takes letters, digits and _.- in a container's name")
    return value


def parse_duration(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """Parse a duration into seconds."""
    try:
        return None if value is None else WindowSettings.model_validate({"length": value}).length
    except ValidationError as error:
        raise click.BadParameter("give a duration such as 90m or 4h") from error


def container_of(folder: Path) -> str:
    """Call the new server's container as its folder is called."""
    if not _NAME.fullmatch(folder.name):
        raise click.UsageError(f"{folder.name!r} cannot be a container's name: give --name CONTAINER")
    return folder.name
