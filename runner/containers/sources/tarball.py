"""A tarball, from a URL or beside release.yaml; it is the one that its sha256 names, or it is refused."""

import hashlib
import ssl
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException
from pathlib import Path

from runner.containers.site_settings import TIMEOUT, proxies, redact
from runner.containers.sources.tree import read_archive
from runner.errors import HashMismatch, IndexUnreachable, MissingFile
from runner.planning.sources import Tarball
from runner.settings import BuildSettings

_BLOCK = 1024 * 1024


def fetch_tarball(who: str, source: Tarball, beside: Path, settings: BuildSettings) -> dict[str, bytes]:
    """Fetch the tree that a tarball holds.

    Raises:
        MissingFile: there is no such file, or no source tree in it.
        IndexUnreachable: the URL does not answer, or has nothing.
        HashMismatch: it is another one.
        BadDocument: it is no archive of one folder.
    """
    if not source.tarball.startswith(("https://", "http://")):
        return _read(who, beside / source.tarball, source)
    with tempfile.TemporaryDirectory(prefix="thing-a-me-") as scratch:
        file = Path(scratch) / "tarball"
        _download(who, source.tarball, file, settings)
        return _read(who, file, source)


def _read(who: str, file: Path, source: Tarball) -> dict[str, bytes]:
    said = redact(source.tarball)
    try:
        with file.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise MissingFile(f"{who}: cannot read {file}: {error.strerror}") from error
    if found != source.sha256:
        raise HashMismatch(
            f"{who}: {said} has sha256 {found}, not {source.sha256}",
            hint="do not go on: find out who changed the tarball, and name the sha256 of the one that you trust",
        )
    return read_archive(who, file, said)


def _download(who: str, url: str, file: Path, settings: BuildSettings) -> None:
    named = proxies(settings)
    ways = {scheme: named[f"{scheme}_proxy"] for scheme in ("http", "https") if f"{scheme}_proxy" in named}
    if _is_near(url, settings.no_proxy or ""):
        ways = {}
    trusting = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=settings.ca_bundle))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(ways), trusting)
    try:
        with opener.open(url, timeout=TIMEOUT) as reply, file.open("wb") as written:
            while block := reply.read(_BLOCK):
                written.write(block)
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        raise IndexUnreachable(f"{who}: cannot fetch {redact(url)}: {getattr(error, 'reason', error)}") from error


def _is_near(url: str, no_proxy: str) -> bool:
    """Say whether a URL's host, or a domain that it is in, is one that no proxy is asked for."""
    host = urllib.parse.urlsplit(url).hostname or ""
    names = [name.strip().lstrip(".") for name in no_proxy.split(",") if name.strip()]
    return any(name in ("*", host) or host.endswith(f".{name}") for name in names)
