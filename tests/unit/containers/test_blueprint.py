"""The same content is the same name; anything that decides the image changes it."""

from dataclasses import replace
from typing import Any

import pytest

from runner.containers.blueprint import Blueprint

BLUEPRINT = Blueprint(name="2024.1", suite="bookworm", dockerfile=b"FROM x", files={"lock": b"a"}, parents={"BASE": "base:1"})


def test_the_same_content_has_the_same_name() -> None:
    assert replace(BLUEPRINT).reference == BLUEPRINT.reference
    assert BLUEPRINT.reference == f"thing-a-me/2024.1:{BLUEPRINT.content[:12]}"


@pytest.mark.parametrize(
    "change",
    [
        {"dockerfile": b"FROM y"},
        {"files": {"lock": b"b"}},
        {"files": {"other": b"a"}},
        {"parents": {"BASE": "base:2"}},
        {"suite": "trixie"},
        {"flat": True},
    ],
)
def test_whatever_decides_the_image_changes_its_name(change: dict[str, Any]) -> None:
    assert replace(BLUEPRINT, **change).reference != BLUEPRINT.reference


def test_an_image_says_its_content_in_a_label() -> None:
    assert BLUEPRINT.all_labels["thing-a-me.content"] == BLUEPRINT.content
