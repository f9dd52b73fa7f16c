from pathlib import Path

import pytest

from runner.errors import DiskFull
from runner.snapshots.space import demand_room


def test_there_is_room_for_little_also_where_the_folder_is_still_to_be_made(tmp_path: Path) -> None:
    demand_room(tmp_path / "not" / "yet", 1, "it")


def test_what_is_needed_and_what_is_free_are_said(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match=r"it needs up to 1000000000\.0 GB in .*, and \d+\.\d GB are free"):
        demand_room(tmp_path, 10**18, "it")
