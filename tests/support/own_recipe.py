"""A cloud with a recipe of its own, in which placement's upgrade check is another command, or another script reads it back."""

import json
from pathlib import Path

from runner import recipes
from tests.support.clouds import SmallCloud

_ASKED = 'argv: [placement-status, --config-file, "{etc}/placement.conf", upgrade, check]'
_READ = "script: read_back/placement.py"


def ask_placement(cloud: SmallCloud, *argv: str) -> None:
    """Have this command asked in place of placement's check, after the chain only."""
    _replace(cloud, _ASKED, f"argv: {json.dumps(argv)}\n  before_sync: false")


def read_placement(cloud: SmallCloud, script: str) -> None:
    """Have this script read placement back in place of ours."""
    folder = _replace(cloud, _READ, "script: theirs.py")
    (folder / "theirs.py").write_text(script, encoding="utf-8")


def _replace(cloud: SmallCloud, ours: str, theirs: str) -> Path:
    recipe = Path(recipes.__file__).with_name("placement.yaml").read_text(encoding="utf-8")
    assert ours in recipe
    folder = cloud.file.parent / "recipes"
    folder.mkdir()
    (folder / "placement.yaml").write_text(recipe.replace(ours, theirs), encoding="utf-8")
    cloud.rewrite(recipes=folder.name)
    return folder


def ask_placement_itself(cloud: SmallCloud) -> None:
    """Take the recipe away again."""
    cloud.rewrite(recipes=None)
