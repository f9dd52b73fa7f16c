"""Runs inside an image: asks the installed code what it is, and writes the image manifest to standard output.

Stands alone: Python 3.9 or newer, nothing but the standard library and the alembic that the image has. What to ask comes
as JSON in the first argument; the answer's format is `runner/planning/manifest.py`. A question that cannot be answered
ends the script: an image that half describes itself would plan half a chain.
"""

import importlib
import importlib.metadata
import json
import os
import platform
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

BRANCHES = ("expand", "contract")


def main() -> None:
    """Answer everything that is asked."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what imported modules print must not end up in the manifest
    asked = json.loads(sys.argv[1])
    packages = installed()
    present = {name: asks for name, asks in asked["projects"].items() if asks["package"].lower() in packages}
    manifest = {
        "format": 1,
        "release": asked["release"],
        "python": platform.python_version(),
        "packages": packages,
        "projects": {name: apart(project, asks) for name, asks in present.items()},
    }
    with answer:
        json.dump(manifest, answer, indent=1, sort_keys=True)


def installed() -> dict[str, str]:
    """Name every installed package, in lower case, with its version."""
    found = importlib.metadata.distributions()
    return {one.metadata["Name"].lower(): one.version for one in found if one.metadata["Name"]}


def apart(answer: Callable[[dict[str, Any]], dict[str, Any]], asks: dict[str, Any]) -> dict[str, Any]:
    """Ask in a process of its own: two projects cannot be imported into one (both register `enabled_backends`, say)."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(sending, "w", encoding="utf-8") as told:
            json.dump(answer(asks), told)
        os._exit(0)
    os.close(sending)
    with os.fdopen(receiving, encoding="utf-8") as heard:
        said = heard.read()
    if os.waitpid(child, 0)[1] != 0:
        sys.exit(f"could not describe {asks['package']}")
    return dict(json.loads(said))


def project(asks: dict[str, Any]) -> dict[str, Any]:
    """Describe one project."""
    package = importlib.metadata.distribution(asks["package"])
    scripts = [point.name for point in package.entry_points if point.group == "console_scripts"]
    return {
        "package": asks["package"],
        "version": package.version,
        "commands": sorted(scripts),
        "chains": {name: chain(Path(str(package.locate_file(""))), source) for name, source in asks["chains"].items()},
        "online": names(asks["online"]),
        "checks": names(asks["checks"]),
    }


def chain(site: Path, source: dict[str, Any]) -> dict[str, Any]:
    """Describe the scripts behind one version table; alembic counts where an older repository is still shipped."""
    if source["alembic"] and (site / source["alembic"]).is_dir():
        return alembic_chain(site / source["alembic"])
    repositories = {name: site / where for name, where in source["migrate"].items() if (site / where).is_dir()}
    if not repositories:
        sys.exit(f"there are no migration scripts at {source}")
    return migrate_chain(repositories)


def alembic_chain(directory: Path) -> dict[str, Any]:
    """Read an alembic directory without running its env.py, which would want a database."""
    # Projects lay their scripts out in folders that only their own code knows: take every folder that holds scripts.
    folders = {str(script.parent) for script in (directory / "versions").rglob("*.py") if script.name != "__init__.py"}
    scripts = importlib.import_module("alembic.script").ScriptDirectory(str(directory), version_locations=sorted(folders))
    found = list(scripts.walk_revisions())
    # What another script depends on has no version row of its own: it is implied (glance: contract implies expand).
    implied = {dependency for script in found for dependency in as_tuple(script.dependencies)}
    heads: dict[str, str] = {}
    for script in found:
        if script.is_head and script.revision not in implied:
            if branch_of(script) in heads:
                sys.exit(f"{directory}: heads {heads[branch_of(script)]} and {script.revision} are on one branch")
            heads[branch_of(script)] = script.revision
    revisions = [
        {"id": script.revision, "down": list(as_tuple(script.down_revision)), "branch": branch_of(script)} for script in found
    ]
    return {"kind": "alembic", "heads": heads, "revisions": revisions}


def branch_of(script: Any) -> str:
    """Name the branch a script lies on; glance puts more labels on one, neutron and keystone only on its first script."""
    return next((branch for branch in BRANCHES if branch in script.branch_labels), "")


def as_tuple(down: Any) -> tuple[str, ...]:
    """Spell alembic's three ways of naming what comes before as one."""
    if down is None:
        return ()
    return (down,) if isinstance(down, str) else tuple(down)


def migrate_chain(repositories: dict[str, Path]) -> dict[str, Any]:
    """Read sqlalchemy-migrate repositories: numbered scripts, each after the one before."""
    heads: dict[str, str] = {}
    revisions: list[dict[str, Any]] = []
    for repository, where in repositories.items():
        matches = (re.match(r"(\d+)_", script.name) for script in where.iterdir())
        numbers = sorted({int(match[1]) for match in matches if match})
        branch = "" if len(repositories) == 1 else repository
        heads[branch] = f"{repository}:{numbers[-1]}"
        ids = [f"{repository}:{number}" for number in numbers]
        revisions += [{"id": one, "down": ids[max(0, n - 1) : n], "branch": branch} for n, one in enumerate(ids)]
    return {"kind": "migrate", "heads": heads, "revisions": revisions}


def names(paths: list[str]) -> list[str]:
    """Name what the first attribute that exists holds: functions, or pairs of a title and a function."""
    for path in paths:
        module, _, attribute = path.partition(":")
        try:
            value: Any = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name and module.startswith(error.name):
                continue  # this release does not have it
            raise
        for part in attribute.split("."):
            value = getattr(value, part, None)
        if value is not None:
            return [str(one[0]) if isinstance(one, (tuple, list)) else one.__name__ for one in value]
    return []


if __name__ == "__main__":
    main()
