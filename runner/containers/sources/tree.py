"""A source tree in memory: relative path -> content, out of a folder or an archive; and whether it is the right one."""

import configparser
import hashlib
import tarfile
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from runner.containers.lock import normal
from runner.errors import BadDocument, MissingFile

_LEFT_OUT = {".git", ".tox", ".venv", "venv", "__pycache__", ".stestr", ".mypy_cache", "build", "dist", "thing-a-me-ci"}
"""What lies in a tree without being of it."""
_FOLDER = "folder "
_BUILT_BY = ("setup.py", "setup.cfg", "pyproject.toml")


def read_tree(who: str, folder: Path) -> dict[str, bytes]:
    """Read a source tree, without what git, tox and caches leave in it.

    Raises:
        MissingFile: it is not there, cannot be read, or holds nothing that could be built.
    """
    try:
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if _is_of_it(path.relative_to(folder).parts) and path.is_file()
        }
    except OSError as error:
        raise MissingFile(f"{who}: cannot read {error.filename}: {error.strerror}") from error
    return _demand_source(who, str(folder), files)


def read_archive(who: str, file: Path, said: str) -> dict[str, bytes]:
    """Read the one folder that an archive holds as a source tree; `said` is what messages call the archive.

    Raises:
        BadDocument: it is no tar archive, or holds something else than one folder.
        MissingFile: nothing could be built of it.
    """
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(file) as archive:
            for member in archive:
                # A link is read as what it leads to, inside the archive.
                opened = None if member.isdir() else archive.extractfile(member)
                if opened:
                    files[member.name] = opened.read()
    except (tarfile.TarError, KeyError, EOFError, OSError) as error:
        raise BadDocument(
            f"{who}: {said} is no whole tar archive: {error}", hint="compare it with where it comes from"
        ) from error
    paths = {name: PurePosixPath(name).parts for name in files}
    tops = {parts[0] for parts in paths.values()}
    if len(tops) != 1 or ".." in {part for parts in paths.values() for part in parts} or tops & {"/"}:
        raise BadDocument(
            f"{who}: {said} does not hold one folder with a source tree", hint="pack it as `python -m build` does"
        )
    tree = {"/".join(parts[1:]): files[name] for name, parts in paths.items() if len(parts) > 1 and _is_of_it(parts[1:])}
    return _demand_source(who, said, tree)


def hash_tree(files: Mapping[str, bytes]) -> bytes:
    """Hash a tree's names and contents: what decides an image that a folder is in."""
    hashed = hashlib.sha256()
    for name, content in sorted(files.items()):
        hashed.update(f"{hashlib.sha256(content).hexdigest()} {name}\n".encode())
    return f"{_FOLDER}{hashed.hexdigest()}\n".encode()


def is_folder(decisive: bytes) -> bool:
    """Say whether what decides a tree is the content of a folder."""
    return decisive.startswith(_FOLDER.encode())


def demand_package(who: str, files: Mapping[str, bytes], package: str) -> None:
    """Demand that a tree is of the package that it is to take the place of; one that does not say is believed.

    Raises:
        BadDocument
    """
    setup, said = configparser.ConfigParser(interpolation=None, strict=False), ""
    try:
        setup.read_string(files.get("setup.cfg", b"").decode())
        said = setup.get("metadata", "name", fallback="")
        said = said or str(tomllib.loads(files.get("pyproject.toml", b"").decode()).get("project", {}).get("name", ""))
    except (configparser.Error, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return  # the build says it better
    if said and normal(said) != normal(package):
        raise BadDocument(
            f"{who}: that is the source of {said}, and the package is {package}",
            hint="name the source of that package",
        )


def _is_of_it(parts: tuple[str, ...]) -> bool:
    return not _LEFT_OUT & set(parts)


def _demand_source(who: str, said: str, files: dict[str, bytes]) -> dict[str, bytes]:
    if not any(name in files for name in _BUILT_BY):
        raise MissingFile(
            f"{who}: there is no source tree in {said}: no {', '.join(_BUILT_BY[:-1])} or {_BUILT_BY[-1]}",
            hint="name the folder that `git clone` made",
        )
    return files
