"""The style sheet: what is read can be read, in both schemes."""

import re
from importlib.resources import files

import pytest

CSS = files("runner.reporting.html").joinpath("style.css").read_text(encoding="utf-8")
LIGHT, DARK, PRINT = (
    dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", CSS, re.S)
)
TEXT = ("ink", "soft", "good", "bad", "warn", "back", "quiet", "done")
BARS = ("done", "back", "part", "planned", "again", "down", "bad", "warn")


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK, PRINT], ids=["light", "dark", "print"])
@pytest.mark.parametrize("ground", ["paper", "card"])
def test_words_and_bars_stand_out_from_their_ground(scheme: dict[str, str], ground: str) -> None:
    assert [name for name in TEXT if contrast(scheme[name], scheme[ground]) < 4.5] == []
    assert [name for name in BARS if contrast(scheme[name], scheme[ground]) < 3] == []


def test_every_scheme_names_the_same_colours_and_every_colour_is_named() -> None:
    assert LIGHT.keys() == DARK.keys() == PRINT.keys()
    assert set(re.findall(r"var\(--(\w+)\)", CSS)) <= LIGHT.keys()
    assert luminance(DARK["paper"]) < luminance(LIGHT["paper"])


def test_the_style_sheet_is_plain_text_in_xml_too() -> None:
    assert not {"<", "&"} & set(CSS)
