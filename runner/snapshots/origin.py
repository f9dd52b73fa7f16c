"""Where a snapshot comes from: the server's container is really its own, and copies get an image of the same version."""

import re
from collections.abc import Mapping

from runner.containers.build import find_image
from runner.containers.server_container import ServerContainer, find_server_container
from runner.containers.tool import Tool, at_work, run_tool, say_end
from runner.errors import ImageMissing, SnapshotForeign
from runner.mariadb.snapshot_source import SnapshotSource
from runner.planning.snapshot import Taken
from runner.snapshots.method import LABEL, Bench

_VERSION = re.compile(r"Ver (?:5\.5\.5-)?(\d+\.\d+\.\d+)")
_FOLDERS = ("datadir", "innodb_data_home_dir", "innodb_log_group_home_dir", "innodb_undo_directory")
"""Variables that name where data files lie."""


def demand_container(bench: Bench, name: str, source: SnapshotSource) -> ServerContainer:
    """Find the server's container, and demand that it is the server of cloud.yaml, with data that others can be given.

    Raises:
        SnapshotForeign: it is another's, or its data lie on no volume.
        EngineRefused, EngineMissing
    """
    container = find_server_container(bench.client, name)
    if container.hostname != source.facts.hostname:
        raise SnapshotForeign(
            f"the container {name} is {container.hostname}, but the server of cloud.yaml runs on {source.facts.hostname}"
        )
    # A relative one lies below the first.
    folders = {value for variable in _FOLDERS if (value := source.variables.get(variable, "")).startswith("/")}
    for folder in sorted(folders):
        if not container.has_volume_at(folder):
            raise SnapshotForeign(
                f"{folder} in the container {name} lies on no volume: no other container can read it",
                hint="use snapshots.command, or snapshots.method: logical (docs/snapshots.md)",
            )
    return container


def data_elsewhere(source: SnapshotSource) -> tuple[str, ...]:
    """Name the folders other than its data directory that a server keeps InnoDB's files in."""
    home = source.facts.datadir.rstrip("/")
    folders = (source.variables.get(variable, "").rstrip("/") for variable in _FOLDERS)
    # A relative one lies below the data directory.
    return tuple(dict.fromkeys(folder for folder in folders if folder not in ("", ".", "./", home)))


def owner_of(bench: Bench, container: ServerContainer, folder: str) -> str:
    """Say to whom a folder in a container belongs, as `uid:gid`."""
    tool = Tool(
        image=bench.tools,
        argv=("stat", "-c", '"%u:%g"', folder),
        labels={LABEL: ""},
        rights=("DAC_READ_SEARCH",),
        volumes_from=container.name,
    )
    return str(run_tool(bench.engine, tool, f"looking at {folder}")[0])


def mysql_of(bench: Bench, image: str) -> str:
    """Say as whom an image runs its server, as `uid:gid`."""
    tool = Tool(image=image, argv=("/bin/sh", "-c", 'echo "\\"$(id -u mysql):$(id -g mysql)\\""'), labels={LABEL: ""})
    return str(run_tool(bench.engine, tool, f"looking into {image}")[0])


def version_of(bench: Bench, image: str) -> str:
    """Say which MariaDB an image holds, as `10.11.6`.

    Raises:
        SnapshotForeign: none that we can tell.
        ImageMissing, EngineRefused, EngineMissing
    """
    script = '"$(command -v mariadbd || command -v mysqld)" --version >&2'
    tool = Tool(image=image, argv=("/bin/sh", "-c", script), labels={LABEL: ""})
    with at_work(bench.engine, tool, f"asking {image} for its version") as work:
        ended = work.end()
    if not (version := told_version(ended.words)):
        raise SnapshotForeign(f"the image {image} says of no MariaDB server which it is: {say_end(ended)}")
    return version


def told_version(words: str) -> str:
    """Read 10.11.6 from what a server says to --version; empty where it says nothing of the kind."""
    found = _VERSION.search(words)
    return found[1] if found else ""


def demand_image(bench: Bench, image: str, version: str) -> str:
    """Demand that an image holds a server of exactly this version, and return its id.

    Raises:
        SnapshotForeign: it holds another.
        ImageMissing
    """
    if not (found := find_image(bench.client, image)):
        raise ImageMissing(f"there is no image {image} here", hint=f"`docker pull {image}`, or name another: snapshots.image")
    here, there = version_of(bench, found), numbers_of(version)
    if here != there:
        raise SnapshotForeign(
            f"the image {image} holds MariaDB {here}, and {there} is needed",
            hint="name an image of the server's own version with snapshots.image in cloud.yaml",
        )
    return found


def image_for(bench: Bench, taken: Taken, named: str | None) -> str:
    """Name the image that copies of a snapshot run in: the one it was taken with, or else one of the same version.

    Raises:
        SnapshotForeign: neither is here; the server that it was taken of may be newer than all we have.
        ImageMissing, EngineRefused, EngineMissing
    """
    if found := find_image(bench.client, taken.origin.image):
        return found
    return demand_image(bench, named or bench.tools, taken.origin.version)


def demand_same_cloud(databases: Mapping[str, str], taken: Taken) -> None:
    """Demand that a snapshot is of the cloud that cloud.yaml describes.

    Raises:
        SnapshotForeign: it names other databases; the message says which.
    """
    if strange := sorted(dict(databases).items() ^ taken.databases.items()):
        names = ", ".join(dict.fromkeys(f"{name} ({schema})" for name, schema in strange))
        raise SnapshotForeign(f"{taken.snapshot} is of another cloud: cloud.yaml and it do not agree on {names}")


def numbers_of(version: str) -> str:
    """Read 10.11.18 from what a server says of itself, as `mariadb.facts` does."""
    found = re.match(r"(?:5\.5\.5-)?(\d+\.\d+\.\d+)", version)
    return found[1] if found else version
