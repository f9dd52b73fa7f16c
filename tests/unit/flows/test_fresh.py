"""A fresh schema is made, and kept, by what decides it: the plan, the server's image, and the databases' own defaults."""

from dataclasses import replace
from pathlib import Path

import pytest

from runner.flows.fresh import Soil, file_of
from runner.planning.draft import draft_fresh
from runner.planning.facts import DatabaseFacts
from tests.support.planning import CLOUD, IMAGES, KNOWLEDGE


def with_default(facts: DatabaseFacts, charset: str) -> DatabaseFacts:
    return replace(facts, charset=charset, collation=f"{charset}_general_ci")


NEWER = ("nova.api", "nova.cell1")
FACTS = [with_default(one, "utf8mb4" if one.database.id in NEWER else "utf8mb3") for one in CLOUD]


def test_each_role_has_the_defaults_of_its_own_first_database_in_the_cloud() -> None:
    soil = Soil.of("nova", FACTS, "image")
    assert soil.charsets == {"api": "utf8mb4", "cell": "utf8mb3"}
    assert soil.collations == {"api": "utf8mb4_general_ci", "cell": "utf8mb3_general_ci"}
    assert Soil.of("heat", FACTS, "image").charsets == {"heat": "utf8mb3"}


def test_another_default_of_a_database_or_another_image_is_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    plan = draft_fresh("nova", "2025.1", knowledge=KNOWLEDGE, image=IMAGES["2025.1"])
    soil = Soil.of("nova", FACTS, "image")
    others = [
        replace(soil, server_image="another"),
        replace(soil, charsets={**soil.charsets, "cell": "utf8mb4"}),
        replace(soil, collations={**soil.collations, "cell": "utf8mb3_bin"}),
    ]
    assert file_of(plan, soil) == file_of(plan, replace(soil))
    assert len({file_of(plan, one) for one in (soil, *others)}) == 4
