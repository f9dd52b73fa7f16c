"""Where runs lie, without a database or an engine."""

from pathlib import Path

from runner.cli.context import Context
from runner.flows.world import read_cloud_file


def runs_folder(context: Context) -> Path:
    """The runs of the cloud, or `runs` beside us where there is no cloud.yaml: a copied folder is enough to read."""
    if context.cloud.is_file():
        return read_cloud_file(context.cloud)[0].runs
    return Path("runs")
