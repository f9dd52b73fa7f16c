"""A cloud.yaml with what is to be validated, and its validators."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from runner.planning.asked import Entity, ReadBack
from runner.settings import Cloud, read_cloud
from runner.validation import open_validators
from runner.validation.answer import Answer
from tests.support.planning import RECIPES

_READS = ReadBack(script="s", entities={"users": Entity(role="keystone", ids="i")}, login=True, source="s")
_RECIPES = {**RECIPES, "keystone": RECIPES["keystone"].model_copy(update={"read_back": _READS})}
PASSWORD, DB_PASSWORD = "canary-of-keystone", "canary-of-the-server"


def read(folder: Path, *checks: dict[str, Any], login: Mapping[str, str] | None = None, password: str = PASSWORD) -> Cloud:
    """Write and read a cloud that is validated so; without `login` nobody logs in to keystone."""
    (folder / "db.password").write_text(f"{DB_PASSWORD}\n", encoding="utf-8")
    (folder / "login.password").write_text(f"{password}\n", encoding="utf-8")
    document: dict[str, Any] = {
        "server": {"host": "127.0.0.1", "user": "root", "password_file": "db.password"},
        "databases": {"keystone": "keystone"},
        "validate": list(checks),
    }
    if login:
        document["read_back"] = {"keystone": {**login, "password_file": "login.password"}}
    (folder / "cloud.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return read_cloud(folder / "cloud.yaml", _RECIPES)


def ask(
    folder: Path,
    check: dict[str, Any],
    *,
    login: Mapping[str, str] | None = None,
    password: str = PASSWORD,
    at_most: float = 60.0,
) -> Answer:
    """Ask one check once."""
    (validator,) = open_validators(read(folder, check, login=login, password=password))
    return validator.ask(at_most=at_most)
