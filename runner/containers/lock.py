"""Make a release's hash-locked requirements from OpenStack's official constraints."""

import os
import re
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

import uv

from runner.containers.cache import write_whole
from runner.containers.definitions import Definition, read_bytes
from runner.containers.foundation import Site
from runner.containers.lock_python2 import Wanted, resolve_python2
from runner.containers.site_settings import TIMEOUT, index_environment, redact
from runner.errors import IndexUnreachable, LockFailed
from runner.events import Tell, silent
from runner.planning.catalog import ImageDefinition
from runner.settings import BuildSettings

_PIN = re.compile(r"^(?P<package>[A-Za-z0-9._-]+)===?")
_UNREACHABLE = ("error sending request", "failed to fetch", "dns error", "connection refused", "timed out")


def lock_release(
    definition: Definition,
    packages: Mapping[str, str],
    site: Site,
    constraints: str | None,
    *,
    besides: Sequence[str] = (),
    tell: Tell = silent,
) -> bool:
    """Resolve a release and write its requirements.txt; True when that changed the file.

    `packages` maps a project to its package, `constraints` is a URL or file that stands in for release.yaml's own, `besides`
    is what source trees require. The same constraints give the same lock: pins that the old one has and nothing forbids are
    kept.

    Raises:
        MissingFile, IndexUnreachable: the constraints or the package index cannot be reached.
        LockFailed: there is no set of packages that satisfies everything.
        and what `resolve_python2` raises
    """
    image = definition.image
    pins = adjust(_read_constraints(constraints or image.constraints), image, packages)
    former = definition.lock_file.read_bytes() if definition.lock_file.exists() else b""
    # What comes from elsewhere is not to come from the index because something else asks for it.
    left_out = (*(one.package for one in image.left_out), *(packages[project] for project in image.sources))
    wanted = Wanted(image, requirements(image, packages, besides), pins, former, left_out)
    resolved = resolve_python2(wanted, site, tell) if image.is_python2 else _resolve(wanted, site.build)
    text = f"# thing-a-me images lock {definition.series}\n{resolved}".encode()
    if former == text:
        return False
    write_whole(definition.lock_file, text)
    return True


def requirements(image: ImageDefinition, packages: Mapping[str, str], besides: Sequence[str] = ()) -> str:
    """Name what is installed: the projects of the index at their versions, what comes along, and what source trees require."""
    lines = [f"{packages[project]}=={version}" for project, version in image.from_index.items()]
    return "\n".join([*lines, *image.also, *besides]) + "\n"


def adjust(official: str, image: ImageDefinition, packages: Mapping[str, str]) -> str:
    """Drop the pins of the projects themselves, and those that release.yaml deviates from; add its own."""
    # The official file is frozen at the release's day and pins projects that have had point releases since.
    dropped = {normal(packages[project]) for project in image.projects}
    dropped |= {normal(deviation.package) for deviation in image.deviations}
    kept = [line for line in official.splitlines() if not ((pin := _PIN.match(line)) and normal(pin["package"]) in dropped)]
    own = [f"{deviation.package}=={deviation.version}" for deviation in image.deviations if deviation.version]
    return "\n".join(kept + own) + "\n"


def normal(package: str) -> str:
    """Spell a package's name as PEP 503 does."""
    return re.sub(r"[-_.]+", "-", package).lower()


def _read_constraints(source: str) -> str:
    if not source.startswith(("https://", "http://")):
        return read_bytes(Path(source)).decode()
    try:
        with urllib.request.urlopen(source, timeout=TIMEOUT) as reply:  # noqa: S310  # the scheme is checked above
            return str(reply.read().decode())
    except (urllib.error.URLError, TimeoutError) as error:
        raise IndexUnreachable(
            f"cannot read the constraints {source}: {getattr(error, 'reason', error)}",
            hint="fetch the file where you can, and name it with --constraints",
        ) from error


def _resolve(wanted: Wanted, settings: BuildSettings) -> str:
    image = wanted.image
    with tempfile.TemporaryDirectory(prefix="thing-a-me-") as scratch:
        names = ("wanted.in", "constraints.txt", "build-constraints.txt", "left-out.txt", "requirements.txt")
        inputs, pins, build_pins, left_out, output = (Path(scratch) / name for name in names)
        inputs.write_text(wanted.packages)
        pins.write_text(wanted.pins)
        build_pins.write_text(image.build_pins)
        left_out.write_text("".join(f"{package}\n" for package in wanted.left_out))
        output.write_bytes(wanted.former)
        argv = [uv.find_uv_bin(), "pip", "compile", "--quiet", "--no-config", "--no-header", "--no-annotate"]
        argv += ["--generate-hashes", "--python-version", image.markers or image.python, "--python-platform", "linux"]
        argv += ["--constraints", str(pins), "--build-constraints", str(build_pins), "--excludes", str(left_out)]
        argv += ["--output-file", str(output), str(inputs)]
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment |= index_environment(settings, settings.ca_bundle)
        done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment)
        if done.returncode == 0:
            return output.read_text()
    said = redact(done.stderr)
    kind = IndexUnreachable if any(sign in said.lower() for sign in _UNREACHABLE) else LockFailed
    raise kind(f"release {image.series} could not be locked:\n{said.rstrip()}")
