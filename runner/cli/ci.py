"""`thing-a-me ci --from RELEASE --to RELEASE`: a chain as a test, on a cloud that is made for it and thrown away."""

import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

import click

from runner.cli.ci_reports import REPORTS, reporting
from runner.cli.context import Context
from runner.cli.workshop import open_workshop
from runner.containers.release_image import SERVERS, USUAL
from runner.flows.ci import Wanted, ci
from runner.flows.ci_start import Dump, Empty, Snapshot, Start

FOLDER = Path("thing-a-me-ci")
_PATH = click.Path(path_type=Path)
_JOBS = os.cpu_count() or 1


@click.command("ci")
@click.option(
    "--from",
    "release",
    metavar="RELEASE",
    help="Begin with an empty cloud of this release; with a dump: where its cloud stands.",
)
@click.option("--from-dump", "dump", type=_PATH, metavar="FILE", help="Begin with what a dump holds (.sql, .sql.gz, .sql.zst).")
@click.option(
    "--from-snapshot",
    "snapshot",
    is_flag=False,
    flag_value="",
    metavar="[NAME]",
    help="Begin with a proven snapshot of cloud.yaml's cloud; the newest by default.",
)
@click.option("--to", "target", required=True, metavar="RELEASE", help="The release to go to.")
@click.option("--every-release", is_flag=True, help="Leap over none; by default from SLURP to SLURP where that is permitted.")
@click.option("--project", "projects", multiple=True, metavar="PROJECT", help="Only this project (repeatable).")
@click.option(
    "--override",
    "overrides",
    multiple=True,
    metavar="PROJECT=PATH",
    help="Your source tree, in the target's image.",
)
@click.option("--baseline", type=_PATH, metavar="FILE", help="Compare schemas and times with this file.")
@click.option("--update-baseline", "update", is_flag=True, help="Write the baseline instead, where all proofs hold.")
@click.option("--at-most", type=click.FloatRange(min=1), metavar="RATIO", help="Fail a step that takes so many times as long.")
@click.option("--mariadb", type=click.Choice(tuple(SERVERS)), help=f"The server's version; {USUAL} by default.")
@click.option("--folder", type=_PATH, default=FOLDER, show_default=True, help="Where runs and reports go.")
@click.option("--jobs", type=click.IntRange(1, 64), default=_JOBS, show_default=True, help="Builds and steps side by side.")
@click.pass_obj
def command(
    context: Context,
    /,
    *,
    release: str | None,
    dump: Path | None,
    snapshot: str | None,
    folder: Path,
    overrides: tuple[str, ...],
    jobs: int,
    **wanted: Any,
) -> None:
    """Run a chain on a throw-away cloud, prove the result, compare it with a baseline, and write what CI reads."""
    start = _choose_start(context, release, dump, snapshot)
    if wanted["update"] and not wanted["baseline"]:
        raise click.UsageError("--update-baseline needs --baseline FILE: where to write it")
    if wanted["at_most"] and (wanted["update"] or not wanted["baseline"]):
        raise click.UsageError("--at-most needs a --baseline FILE that is compared with, and not written anew")
    trees = [_split(override) for override in overrides]
    if twice := [project for project, _ in trees if [name for name, _ in trees].count(project) > 1]:
        raise click.BadParameter(f"{twice[0]} is given twice", param_hint="--override")
    if threading.current_thread() is threading.main_thread():
        # How a CI ends a job: what was begun is removed as after ^C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    with context.listening() as tell, reporting(folder):
        said = Wanted(**wanted, overrides=dict(trees))
        ci(open_workshop(context, tell), start, said, folder, jobs=jobs)
    files = {name: str(folder / name) for name in REPORTS}
    click.echo(json.dumps({"outcome": "proved", **files}) if context.json else f"proved; see {', '.join(files.values())}")


def _choose_start(context: Context, release: str | None, dump: Path | None, snapshot: str | None) -> Start:
    if dump and snapshot is None:
        return Dump(dump, release)
    starts: list[Start] = [Empty(release)] if release else []
    starts += [Dump(dump)] if dump else []
    starts += [Snapshot(context.cloud, snapshot or None)] if snapshot is not None else []
    if len(starts) != 1:
        raise click.UsageError("where does it begin? give one of --from RELEASE, --from-dump FILE and --from-snapshot [NAME]")
    return starts[0]


def _split(override: str) -> tuple[str, Path]:
    project, sign, path = override.partition("=")
    if not (project and sign and path):
        raise click.BadParameter(f"{override!r} is not PROJECT=PATH", param_hint="--override")
    return project, Path(path)
