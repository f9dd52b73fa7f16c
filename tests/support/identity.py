"""Asks a live Keystone over HTTP, as a user does."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answered:
    """What it answered: the status, the JSON, and a token where it gave one."""

    status: int
    body: dict[str, Any]
    token: str = ""


def log_in(url: str, user: str, password: str, project: str) -> Answered:
    """Ask for a token for a project, by a password."""
    return ask(
        f"{url}/auth/tokens",
        body={
            "auth": {
                "identity": {
                    "methods": ["password"],
                    "password": {"user": {"name": user, "domain": {"id": "default"}, "password": password}},
                },
                "scope": {"project": {"name": project, "domain": {"id": "default"}}},
            }
        },
    )


def validate(url: str, token: str) -> Answered:
    """Ask what a token is worth, by itself."""
    return ask(f"{url}/auth/tokens", token=token, headers={"X-Subject-Token": token})


def ask(url: str, *, token: str = "", body: object = None, headers: dict[str, str] | None = None) -> Answered:
    request = urllib.request.Request(
        url,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **({"X-Auth-Token": token} if token else {}), **(headers or {})},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return Answered(answer.status, json.loads(answer.read()), answer.headers.get("X-Subject-Token", ""))
    except urllib.error.HTTPError as error:
        with error:
            is_json = error.headers.get_content_type() == "application/json"
            return Answered(error.code, json.loads(error.read()) if is_json else {})
