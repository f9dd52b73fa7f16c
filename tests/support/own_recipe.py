"""A cloud with a recipe of its own, in which placement is asked, read back, configured or migrated otherwise."""

import json
from pathlib import Path

from runner import recipes
from tests.support.clouds import SmallCloud

_ASKED = 'argv: [placement-status, --config-file, "{etc}/placement.conf", upgrade, check]'
_ONLINE = "  - name: online\n    kind: online\n"
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
    folder.mkdir(exist_ok=True)
    (folder / "placement.yaml").write_text(recipe.replace(ours, theirs), encoding="utf-8")
    cloud.rewrite(recipes=folder.name)
    return folder


def ask_placement_itself(cloud: SmallCloud) -> None:
    """Take the recipe away again."""
    cloud.rewrite(recipes=None)


def break_placement_at(cloud: SmallCloud, series: str, before: str) -> None:
    """Have placement's last command fail from a release on; up to the one before it is as it was."""
    broken = (
        f'{_ONLINE}    releases: {{since: "{series}"}}\n    argv: ["false"]\n    writes: [placement]\n'
        "    exits: {0: done}\n    source: a test\n"
    )
    _replace(cloud, _ONLINE, f'{broken}{_ONLINE}    releases: {{until: "{before}"}}\n')


def reconfigure_placement(cloud: SmallCloud) -> None:
    """Have placement's commands run with another configuration."""
    _replace(cloud, "    [placement_database]\n", "    [placement_database]\n    max_retries = 3\n")
