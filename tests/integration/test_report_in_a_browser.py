"""The page of a report in a real browser: light and dark, on a screen and on a telephone. Needs Chromium and no engine.

`THING_A_ME_SCREENSHOTS` names a folder that keeps the pictures; `make test` keeps them in `.screenshots`.
"""

import base64
import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from runner.reporting.html.page import write_html
from tests.unit.reporting.nights import night, steps_of, told, turned_back

CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), "")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium here: apt-get install chromium fonts-dejavu-core")
SCREEN, PHONE, HEIGHT = 1280, 390, 1600
LONG = "x" * 300
PAGES = {
    "proved": write_html(told(night(steps_of(51)))),
    "rolled-back": write_html(told(turned_back(steps_of(20), reason=f"{LONG} (log: /var/{LONG}.log)"))),
    "long-names": write_html(told(night(steps_of(4, name=f"{{lane}}/{{release}}/{LONG}"), hook=LONG))),
}
# A window of a browser is never as narrow as a telephone; a frame is.
FRAME = """<!DOCTYPE html><style>body {{ margin: 0 }} iframe {{ border: 0; width: {width}px; height: {height}px }}</style>
<script>
function look(frame) {{
  const page = frame.contentDocument, top = page.scrollingElement;
  if ({unfold}) page.querySelectorAll("details").forEach(one => {{ one.open = true }});
  const wide = [...page.querySelectorAll("main *")].filter(one =>
    !one.closest(".aside, thead, svg") && one.getBoundingClientRect().right > top.clientWidth + 1);
  document.body.dataset.found = JSON.stringify({{
    width: top.clientWidth, scroll: top.scrollWidth, height: top.scrollHeight,
    wide: wide.map(one => one.outerHTML.slice(0, 80)),
    tall: page.querySelector(".chart svg").getBoundingClientRect().height,
  }});
}}
</script><body><iframe srcdoc="{page}" onload="look(this)"></iframe></body>"""
# The browser looks at its own picture: how bright it is, and how many colours it has.
PICTURE = """<!DOCTYPE html><body><script>
const picture = new Image();
picture.onload = () => {{
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height];
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0);
  const data = pen.getImageData(0, 0, {width}, picture.height).data, colours = new Set();
  let light = 0;
  for (let at = 0; at < data.length; at += 4) {{
    light += data[at] + data[at + 1] + data[at + 2];
    colours.add(data[at] << 16 | data[at + 1] << 8 | data[at + 2]);
  }}
  document.body.dataset.found = JSON.stringify({{
    width: picture.width, height: picture.height, light: light / (data.length / 4 * 3 * 255), colours: colours.size,
  }});
}};
picture.src = "data:image/png;base64,{data}";
</script></body>"""


def browse(page: Path, *options: str) -> str:
    quiet = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=5000")
    profile = f"--user-data-dir={page.parent / 'profile'}"
    command = [CHROMIUM, *quiet, profile, *options, page.as_uri()]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def measure(page: Path, *options: str) -> dict[str, Any]:
    """What a page wrote down of itself."""
    said = re.search(r'data-found="([^"]*)"', browse(page, *options, "--dump-dom"))
    assert said, "the page has not measured itself"
    measured: dict[str, Any] = json.loads(html.unescape(said[1]))
    return measured


def framed(folder: Path, name: str, width: int, *, unfold: bool = False) -> Path:
    frame = folder / "frame.html"
    page = html.escape(PAGES[name])
    frame.write_text(FRAME.format(page=page, width=width, height=HEIGHT, unfold=str(unfold).lower()), encoding="utf-8")
    return frame


def scheme(dark: bool) -> str:
    return f"--blink-settings=preferredColorScheme={0 if dark else 1}"


@pytest.mark.parametrize("width", [SCREEN, PHONE])
@pytest.mark.parametrize("unfold", [False, True], ids=["folded", "unfolded"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_the_page(tmp_path: Path, name: str, unfold: bool, width: int) -> None:
    seen = measure(framed(tmp_path, name, width, unfold=unfold), "--window-size=1300,1600")
    assert (seen["width"], seen["scroll"], seen["wide"]) == (width, width, [])
    assert seen["height"] > HEIGHT
    assert seen["tall"] > 20


@pytest.mark.parametrize("width", [SCREEN, PHONE])
@pytest.mark.parametrize("name", ["proved", "rolled-back"])
def test_the_page_is_drawn_light_and_dark(tmp_path: Path, name: str, width: int) -> None:
    frame = framed(tmp_path, name, width)
    light, dark = (picture_of(frame, name, width, dark=dark) for dark in (False, True))
    assert light["width"] == dark["width"] == max(width, 500)
    assert light["height"] == dark["height"] > HEIGHT * 0.8
    assert light["light"] > 0.8
    assert dark["light"] < 0.25
    # Blank, it would have one; letters and bars have many.
    assert min(light["colours"], dark["colours"]) > 50


def picture_of(frame: Path, name: str, width: int, *, dark: bool) -> dict[str, Any]:
    keep = Path(os.environ.get("THING_A_ME_SCREENSHOTS") or frame.parent)
    keep.mkdir(parents=True, exist_ok=True)
    shot = keep / f"{name}-{width}-{'dark' if dark else 'light'}.png"
    browse(frame, scheme(dark), f"--window-size={max(width, 500)},{HEIGHT}", f"--screenshot={shot}")
    page = frame.with_name("picture.html")
    page.write_text(PICTURE.format(data=base64.b64encode(shot.read_bytes()).decode(), width=width), encoding="utf-8")
    return measure(page)


def test_what_is_folded_on_a_screen_is_unfolded_on_paper(tmp_path: Path) -> None:
    folded = PAGES["proved"]
    unfolded = re.sub(r'<details( open="")?', '<details open=""', folded)
    assert folded != unfolded
    bare = re.sub(r'<div class="folded">.*?</div>', "", folded)
    assert sheets(tmp_path, folded) == sheets(tmp_path, unfolded) > sheets(tmp_path, bare)


def sheets(folder: Path, page: str) -> int:
    """How many sheets of paper it takes."""
    file, paper = folder / "page.html", folder / "page.pdf"
    file.write_text(page, encoding="utf-8")
    browse(file, f"--print-to-pdf={paper}", "--no-pdf-header-footer")
    return len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes()))
