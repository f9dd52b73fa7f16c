"""Where runs lie, without a database or an engine."""

from pathlib import Path

from runner.cli.context import CLOUD, Context
from runner.flows.world import read_cloud_file


def runs_folder(context: Context) -> Path:
    """The runs of the cloud, or `runs` beside us where nobody named one and there is none here: a copied folder is enough.

    Raises:
        MissingFile, BadDocument
    """
    if context.cloud == CLOUD and not CLOUD.is_file():
        return Path("runs")
    return read_cloud_file(context.cloud)[0].runs
