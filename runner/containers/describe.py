"""Runs inside an image: asks the installed code what it is, and writes the image manifest to standard output.

Stands alone: Python 2.7 or 3, nothing but the standard library and the setuptools and alembic that the image has. What to
ask comes as JSON in the first argument; the answer's format is `runner/planning/manifest.py`. A question that cannot be
answered ends the script: an image that half describes itself would plan half a chain.
"""

from __future__ import print_function

import importlib
import json
import os
import platform
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence  # noqa: F401  # these three are read in type comments only
    from typing import Any  # noqa: F401

BRANCHES = ("expand", "contract")
PHASES = ("expand", "migrate", "contract")


def main():
    # type: () -> None
    """Answer everything that is asked."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what imported modules print must not end up in the manifest
    asked = json.loads(sys.argv[1])
    packages = installed()
    present = {name: asks for name, asks in asked["projects"].items() if has(asks["package"], packages)}
    manifest = {
        "format": 1,
        "release": asked["release"],
        "python": platform.python_version(),
        "packages": packages,
        "projects": {name: apart(project, asks) for name, asks in present.items()},
    }
    with answer:
        json.dump(manifest, answer, indent=1, sort_keys=True)


def installed():
    # type: () -> dict[str, str]
    """Name every installed package, in lower case, with its version."""
    if sys.version_info[0] == 2:
        working_set = importlib.import_module("pkg_resources").working_set
        return {one.project_name.lower(): one.version for one in working_set}
    found = importlib.import_module("importlib.metadata").distributions()
    return {one.metadata["Name"].lower(): one.version for one in found if one.metadata["Name"]}


def has(package, packages):
    # type: (str, dict[str, str]) -> bool
    """Say whether a package is installed, however its name is spelled (PEP 503)."""
    return plain(package) in {plain(name) for name in packages}


def plain(name):
    # type: (str) -> str
    """Spell a package's name as the index does."""
    return re.sub(r"[-_.]+", "-", name).lower()


def scripts_of(package):
    # type: (str) -> tuple[str, str, list[str]]
    """Name a package's version, the directory it is installed in, and its console scripts."""
    if sys.version_info[0] == 2:
        old = importlib.import_module("pkg_resources").get_distribution(package)
        return old.version, old.location, sorted(old.get_entry_map().get("console_scripts", {}))
    new = importlib.import_module("importlib.metadata").distribution(package)
    scripts = sorted(point.name for point in new.entry_points if point.group == "console_scripts")
    return new.version, str(new.locate_file("")), scripts


def apart(answer, asks):
    # type: (Callable[[dict[str, Any]], dict[str, Any]], dict[str, Any]) -> dict[str, Any]
    """Ask in a process of its own: two projects cannot be imported into one (both register `enabled_backends`, say)."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(sending, "w") as told:
            json.dump(answer(asks), told)
        os._exit(0)
    os.close(sending)
    with os.fdopen(receiving) as heard:
        said = heard.read()
    if os.waitpid(child, 0)[1] != 0:
        sys.exit("could not describe {}".format(asks["package"]))
    return dict(json.loads(said))


def project(asks):
    # type: (dict[str, Any]) -> dict[str, Any]
    """Describe one project."""
    version, site, commands = scripts_of(asks["package"])
    packages = installed()
    there = {name: source for name, source in asks["chains"].items() if has(source["package"], packages)}
    return {
        "package": asks["package"],
        "version": version,
        "commands": commands,
        "chains": {name: chain(site, source) for name, source in there.items()},
        "online": names(asks["online"]),
        "checks": names(asks["checks"]),
    }


def chain(site, source):
    # type: (str, dict[str, Any]) -> dict[str, Any]
    """Describe the scripts behind one version table; alembic counts where an older repository is still shipped."""
    alembic = [where for where in (os.path.join(site, place) for place in source["alembic"]) if os.path.isdir(where)]
    if alembic:
        return alembic_chain(alembic[0], source["unread"])
    repositories = {}  # type: dict[str, str]
    for name, places in source["migrate"].items():
        there = [where for where in (os.path.join(site, place) for place in places) if os.path.isdir(where)]
        if there:
            repositories[name] = there[0]
    if not repositories:
        sys.exit("there are no migration scripts at {}".format(source))
    return migrate_chain(repositories)


def alembic_chain(directory, unread=()):
    # type: (str, Sequence[str]) -> dict[str, Any]
    """Read an alembic directory without running its env.py, which would want a database.

    `unread` are names of folders that the code never looks into.
    """
    # Projects lay their scripts out in folders that only their own code knows: take every folder that holds scripts.
    walked = os.walk(os.path.join(directory, "versions"))
    holding = sorted(folder for folder, _, files in walked if any(is_script(name) for name in files))
    folders = [folder for folder in holding if not set(folder.split(os.sep)) & set(unread)]
    scripts = importlib.import_module("alembic.script").ScriptDirectory(directory, version_locations=folders)
    found = list(scripts.walk_revisions())
    # What another script depends on has no version row of its own: it is implied (glance: contract implies expand).
    implied = {dependency for script in found for dependency in as_tuple(script.dependencies)}
    heads = {}  # type: dict[str, str]
    for script in found:
        if script.is_head and script.revision not in implied:
            if branch_of(script) in heads:
                said = "{}: heads {} and {} are on one branch"
                sys.exit(said.format(directory, heads[branch_of(script)], script.revision))
            heads[branch_of(script)] = script.revision
    revisions = [
        {"id": script.revision, "down": list(as_tuple(script.down_revision)), "branch": branch_of(script)} for script in found
    ]
    return {"kind": "alembic", "heads": heads, "revisions": revisions}


def is_script(name):
    # type: (str) -> bool
    """Tell a script by its name."""
    return name.endswith(".py") and name != "__init__.py"


def branch_of(script):
    # type: (Any) -> str
    """Name the branch a script lies on; glance puts more labels on one, neutron and keystone only on its first script."""
    return next((branch for branch in BRANCHES if branch in script.branch_labels), "")


def as_tuple(down):
    # type: (Any) -> tuple[str, ...]
    """Spell alembic's three ways of naming what comes before as one."""
    if down is None:
        return ()
    return tuple(down) if isinstance(down, (tuple, list, set, frozenset)) else (down,)


def migrate_chain(repositories):
    # type: (dict[str, str]) -> dict[str, Any]
    """Read sqlalchemy-migrate repositories: numbered scripts, each after the one before.

    Of several each is a branch: keystone has one for each phase, and calls them keystone_expand, keystone_data_migrate ...
    """
    heads = {}  # type: dict[str, str]
    revisions = []  # type: list[dict[str, Any]]
    for repository, where in repositories.items():
        matches = (re.match(r"(\d+)_", script) for script in os.listdir(where))
        numbers = sorted({int(match.group(1)) for match in matches if match})
        phase = next((phase for phase in PHASES if repository.endswith(phase)), repository)
        branch = phase if len(repositories) > 1 else ""
        ids = ["{}:{}".format(repository, number) for number in numbers]
        heads[branch] = ids[-1]
        revisions += [{"id": one, "down": ids[max(0, n - 1) : n], "branch": branch} for n, one in enumerate(ids)]
    return {"kind": "migrate", "heads": heads, "revisions": revisions}


def names(paths):
    # type: (list[str]) -> list[str]
    """Name what the first attribute that exists holds: functions, or pairs of a title and a function."""
    for path in paths:
        module, _, attribute = path.partition(":")
        try:
            value = importlib.import_module(module)  # type: Any
        except ImportError as error:
            # Python 2 knows only what it says, and says only the last part.
            missing = getattr(error, "name", None) or str(error).rpartition(" ")[2]
            if missing and (module.startswith(missing) or module.endswith(missing)):
                continue  # this release does not have it
            raise
        for part in attribute.split("."):
            value = getattr(value, part, None)
        if value is not None:
            return [name_of(one) for one in value]
    return []


def name_of(one):
    # type: (Any) -> str
    """Name a function, a pair of a title and a function, or ironic's pair of an object and what its function is called."""
    if not isinstance(one, (tuple, list)):
        return str(one.__name__)
    said_last = not callable(one[-1]) and not isinstance(one[-1], (tuple, list))
    return str(one[-1] if said_last else one[0])


if __name__ == "__main__":
    main()
