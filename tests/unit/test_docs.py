"""What the pages show can be typed, and what they point to is there."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from runner.documents import parse
from runner.recipes import load_recipes
from runner.services.protected import Target, why_protected
from runner.settings import CloudDocument, read_cloud

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


BLOCKS = [
    pytest.param(block, id=f"{name}-{number}")
    for name in ("roll-out", "services", "validation", "watch", "cloud-yaml")
    for number, block in enumerate(
        re.findall(r"```yaml\n(.*?)```", (HOUSE / "docs" / f"{name}.md").read_text(encoding="utf-8"), re.DOTALL), start=1
    )
]


@pytest.mark.parametrize("block", BLOCKS)
def test_what_is_shown_of_cloud_yaml_may_stand_in_one_and_its_commands_are_commands(block: str) -> None:
    shown = yaml.safe_load(block)
    whole = {"server": {"host": "db", "user": "u", "password_file": "p"}, "databases": {"heat": "heat"}} | shown
    parse(CloudDocument, yaml.safe_dump(whole), origin="docs")
    for command in _commands(shown):
        assert subprocess.run(["sh", "-n"], input=command, text=True, capture_output=True, check=False).stderr == ""


def _commands(shown: object) -> Iterator[str]:
    """The shell's lines of a document, wherever they stand."""
    if isinstance(shown, dict):
        for key, value in shown.items():
            if key in {"run", "command", "stop", "start", "status", "enter", "leave"} and isinstance(value, str):
                yield value
            yield from _commands(value)
    elif isinstance(shown, list):
        for value in shown:
            yield from _commands(value)


def _anchors(page: Path) -> set[str]:
    """The headings as GitHub names them: lower case, without punctuation, a hyphen for each space."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
