"""Source trees from elsewhere: a commit, a tarball, a folder; each fetched when an image is built of it, and proven."""

from pathlib import Path

from runner.containers.sources.commit import fetch_commit
from runner.containers.sources.tarball import fetch_tarball
from runner.containers.sources.tree import demand_package, hash_tree, read_tree
from runner.planning.sources import Commit, Folder, Tarball, Tree
from runner.settings import BuildSettings


def fetch(who: str, source: Tree, beside: Path, package: str, settings: BuildSettings) -> dict[str, bytes]:
    """Fetch a source tree: relative path -> content. `who` names it in messages, `beside` is release.yaml's folder.

    Raises:
        MissingFile: there is no such folder, tarball or commit, or it is no source tree.
        BadDocument: it is no archive of one folder, or the source of another package.
        IndexUnreachable: repository or URL does not answer.
        HashMismatch: the tarball is another one.
        HostNotReady: there is no git here.
    """
    files = _fetch(who, source, beside, settings)
    demand_package(who, files, package)
    return files


def _fetch(who: str, source: Tree, beside: Path, settings: BuildSettings) -> dict[str, bytes]:
    match source:
        case Commit():
            return fetch_commit(who, source, settings)
        case Tarball():
            return fetch_tarball(who, source, beside, settings)
        case Folder():
            return read_tree(who, beside / source.folder)


def decisive(who: str, source: Tree, beside: Path) -> bytes:
    """Say what decides a tree, without fetching it: where a commit or a tarball comes from changes nothing of it.

    Raises:
        MissingFile: there is no such folder, or it is no source tree.
    """
    match source:
        case Commit():
            return f"commit {source.commit}\n".encode()
        case Tarball():
            return f"tarball {source.sha256}\n".encode()
        case Folder():
            return hash_tree(read_tree(who, beside / source.folder))
