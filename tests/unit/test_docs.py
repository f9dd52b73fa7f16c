"""What the pages show can be typed, and what they point to is there."""

import re
from pathlib import Path

import pytest

from runner.recipes import load_recipes
from runner.services.protected import Target, why_protected
from runner.settings import read_cloud

HOUSE = Path(__file__).parents[2]
PAGES = sorted([*HOUSE.glob("*.md"), *(HOUSE / "docs").rglob("*.md")])
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def test_the_whole_cloud_yaml_is_one_and_stops_nothing_of_the_data_plane(tmp_path: Path) -> None:
    text = (HOUSE / "docs" / "night.md").read_text(encoding="utf-8").rpartition("```yaml\n")[2].partition("```")[0]
    (tmp_path / "cloud.yaml").write_text(text, encoding="utf-8")
    cloud = read_cloud(tmp_path / "cloud.yaml", load_recipes(None))
    assert len(cloud.databases) == 9
    assert cloud.document.window.expect
    assert cloud.document.watch
    names = [service.container or service.systemd or "" for service in cloud.document.services.values()]
    assert [name for name in names if not name or why_protected(Target(name))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOUSE)))
def test_a_link_leads_to_a_page_and_to_a_heading_on_it(page: Path) -> None:
    dead = []
    for link in _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8"))):
        name, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        there = (page.parent / name).resolve() if name else page
        if not there.exists() or (anchor and anchor not in _anchors(there)):
            dead.append(link)
    assert dead == []


def _anchors(page: Path) -> set[str]:
    """The headings as GitHub names them: lower case, without punctuation, a hyphen for each space."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
