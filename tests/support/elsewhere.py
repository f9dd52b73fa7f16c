"""Zed with projects from elsewhere, made on the spot: a commit, a tarball, a vendor's folder, Debian's packages, an image."""

import functools
import hashlib
import http.server
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import yaml

from runner.containers.blueprint import Blueprint
from runner.containers.build import build_once
from runner.containers.definitions import Definition, find_images_dir, load_catalog
from runner.containers.foundation import ensure_base
from runner.containers.root_filesystem import root_reference
from runner.events import silent
from tests.support.images import HERE, SITE
from tests.support.sources import unpack_source

SERIES = "zed"
ORIGINAL = load_catalog(find_images_dir())[SERIES]
PACKAGES = {"placement": "openstack-placement"}
FORK = "8.0.0+vendor.3"
"""What the vendor's placement calls itself."""
MORE = "humanize"
"""What the vendor's placement requires besides."""
FORKS_HEAD = "f0f0f0f0f0f0"
SCRIPT = f"""\
import humanize
from alembic import op

revision = "{FORKS_HEAD}"
down_revision = "422ece571366"


def upgrade():
    op.create_index(humanize.__name__ + "_idx", "traits", ["created_at"])
"""


def version_of(project: str) -> str:
    return ORIGINAL.image.projects[project]


def unpacked(project: str, below: Path) -> Path:
    """A project's source tree, as its maintainers published it."""
    folder = below / project
    folder.mkdir()
    return unpack_source(PACKAGES.get(project, project), version_of(project), folder)


def repository_of(tree: Path) -> str:
    """Make a git repository of a tree, whose only branch has gone on since; returns the first commit."""
    # What the index's sdist knows of itself is not in a repository.
    for known in ("PKG-INFO", "AUTHORS", "ChangeLog"):
        (tree / known).unlink(missing_ok=True)
    first = commit_of(tree)
    (tree / "setup.cfg").unlink()
    commit_of(tree)
    return first


def commit_of(tree: Path) -> str:
    """Commit all of a folder, a repository or not yet one, and return the commit."""

    def git(*words: str) -> str:
        identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
        done = subprocess.run(["git", *identity, *words], cwd=tree, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "--quiet", "--initial-branch=stable")
    git("add", "--all", "--force")
    git("commit", "--quiet", "--message=as it is now")
    return git("rev-parse", "HEAD")


def tarball_of(tree: Path, file: Path) -> str:
    """Pack a tree, and return the file's sha256."""
    with tarfile.open(file, "w:gz") as packed:
        packed.add(tree, arcname=tree.name)
    return hashlib.sha256(file.read_bytes()).hexdigest()


def fork(tree: Path) -> None:
    """Change placement as a vendor would: a migration of his own, which takes a package of his own."""
    (tree / f"placement/db/sqlalchemy/alembic/versions/{FORKS_HEAD}_vendor.py").write_text(SCRIPT, encoding="utf-8")
    with (tree / "requirements.txt").open("a", encoding="utf-8") as requirements:
        requirements.write(f"{MORE}>=4\n")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder's files over HTTP, and name the address."""
    quiet: Any = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def pins() -> str:
    """The pins of the release's lock, as constraints."""
    lines = ORIGINAL.lock().decode().splitlines()
    return "".join(f"{line.split()[0]}\n" for line in lines if "==" in line and not line.startswith(("#", " ")))


def kolla_image(client: docker.DockerClient, project: str) -> Blueprint:
    """Have an image as Kolla builds it, with one project of the release in it."""
    suite = ORIGINAL.image.base
    ensure_base(client, suite, SITE, silent)
    blueprint = Blueprint(
        name=f"test-kolla-{project}",
        suite=suite,
        dockerfile=(HERE / "kolla.Dockerfile").read_bytes(),
        files={
            "wanted.txt": f"{project}=={version_of(project)}\npymysql\nsetuptools\n".encode(),
            "constraints.txt": pins().encode(),
        },
        parents={"ROOT": root_reference(suite)},
        flat=True,
    )
    build_once(client, blueprint, SITE.build)
    return blueprint


def define(images: Path, projects: dict[str, str], sources: dict[str, Any]) -> Definition:
    """Write the release's definition with projects from elsewhere; it has no lock yet."""
    document = yaml.safe_load((ORIGINAL.folder / "release.yaml").read_text(encoding="utf-8"))
    document |= {"projects": projects, "sources": sources}
    (images / SERIES).mkdir(parents=True, exist_ok=True)
    (images / SERIES / "release.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return load_catalog(images)[SERIES]
