"""Where image definitions and Dockerfiles lie, in a checkout and in a wheel; and reading them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runner import documents
from runner.errors import BadDocument, ImageNotDefined, MissingFile
from runner.planning.catalog import ImageDefinition

PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Definition:
    """One folder of `images/`: what release.yaml says, and the lock beside it."""

    image: ImageDefinition
    folder: Path

    @property
    def series(self) -> str:
        return self.image.series

    @property
    def lock_file(self) -> Path:
        return self.folder / "requirements.txt"

    def lock(self) -> bytes:
        """Read the hash-locked requirements.

        Raises:
            MissingFile: the release was never locked.
        """
        return read_bytes(self.lock_file, hint=f"run `thing-a-me images lock {self.series}`")


def find_images_dir(override: Path | None = None) -> Path:
    """Find the image definitions: the operator's own, else the checkout's, else the wheel's.

    Raises:
        MissingFile: none of them is there.
    """
    return _first_directory("images", override)


def find_dockerfile(name: str) -> bytes:
    """Read a file of `Dockerfiles/` that came along with this program.

    Raises:
        MissingFile: the installation is not whole.
    """
    return read_bytes(_first_directory("Dockerfiles", None) / name, hint="the installation is not whole; install it again")


def load_catalog(images: Path) -> dict[str, Definition]:
    """Read every definition below `images`, by series, oldest release first.

    Raises:
        MissingFile, BadDocument: see `documents.read`; also when a folder is not named after its series.
    """
    found: list[Definition] = []
    for file in images.glob("*/release.yaml"):
        definition = Definition(documents.read(ImageDefinition, file), file.parent)
        if file.parent.name != definition.series:
            raise BadDocument(f"{file}: series {definition.series!r} must be in a folder of that name")
        _demand_versions(definition.image, file)
        found.append(definition)
    return {one.series: one for one in sorted(found, key=lambda one: one.image.release.date)}


def _demand_versions(image: ImageDefinition, file: Path) -> None:
    """Demand of each project that comes from elsewhere the version that its code is to say of itself."""
    for name in image.sources:
        if name not in image.projects:
            where = documents.place(file, "sources", name)
            raise BadDocument(f"{where}: sources.{name}: `projects` names no version of {name}: the one that its code has")


def choose(catalog: Mapping[str, Definition], series: tuple[str, ...]) -> tuple[Definition, ...]:
    """Pick the named releases, or all when none is named.

    Raises:
        ImageNotDefined: one of them has no definition.
    """
    if unknown := [name for name in series if name not in catalog]:
        raise ImageNotDefined(f"no image is defined for {', '.join(unknown)}; defined are {', '.join(catalog) or 'none'}")
    return tuple(one for one in catalog.values() if not series or one.series in series)


def read_bytes(path: Path, *, hint: str | None = None) -> bytes:
    """Read a whole file, or raise MissingFile."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise MissingFile(f"cannot read {path}: {error.strerror}", hint=hint) from error


def _first_directory(name: str, override: Path | None) -> Path:
    # A checkout has the folder beside the package, a wheel (pyproject.toml, force-include) inside it.
    candidates = [override] if override else [PACKAGE / name, PACKAGE.parent / name]
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise MissingFile(f"there is no directory {candidates[-1]}")
