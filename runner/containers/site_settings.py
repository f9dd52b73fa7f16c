"""Where a build gets things from, as files that only thrown-away stages see.

Everything travels in one directory of the build context, `site/`, which RUN steps read with `. /site/environment`:
build arguments and environment variables would be recorded in the image's history.
"""

import re
from pathlib import Path
from shlex import quote

from runner.containers.definitions import read_bytes
from runner.settings import BuildSettings

TIMEOUT = 30
"""Seconds after which an index or mirror that says nothing counts as unreachable."""

_USER_IN_URL = re.compile(r"(?<=://)[^/@\s]+@")


def redact(text: str) -> str:
    """Take user names and passwords out of the URLs in a text."""
    return _USER_IN_URL.sub("***@", text)


def site_files(build: BuildSettings, suite: str) -> dict[str, bytes]:
    """Write the settings down as files of a build context.

    Raises:
        MissingFile: the CA bundle cannot be read.
    """
    files = {
        "site/environment": _environment(build).encode(),
        "site/sources.list": sources_list(build.debian_mirror, suite).encode(),
        "site/apt.conf": _apt_conf(build).encode(),
    }
    if build.ca_bundle:
        files["site/ca.pem"] = read_bytes(Path(build.ca_bundle))
    return files


def sources_list(mirror: str, suite: str) -> str:
    """Name the suite and, where the mirror follows Debian's own layout, its updates and security fixes."""
    lines = [f"deb {mirror} {suite} main"]
    if mirror.rstrip("/").endswith("/debian"):
        lines += [f"deb {mirror} {suite}-updates main", f"deb {mirror.rstrip('/')}-security {suite}-security main"]
    return "\n".join(lines) + "\n"


def proxies(build: BuildSettings) -> dict[str, str]:
    """Name the proxies the way curl, apt, pip and uv all read them."""
    named = {"http_proxy": build.http_proxy, "https_proxy": build.https_proxy, "no_proxy": build.no_proxy}
    return {name: value for name, value in named.items() if value}


def index_environment(build: BuildSettings, ca_bundle: str | None) -> dict[str, str]:
    """Set pip and uv up for the package index; `ca_bundle` is its path where they run."""
    variables = {
        "PIP_INDEX_URL": build.index_url,
        "UV_DEFAULT_INDEX": build.index_url,
        "PIP_DEFAULT_TIMEOUT": str(TIMEOUT),
        "UV_HTTP_TIMEOUT": str(TIMEOUT),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        **proxies(build),
    }
    if ca_bundle:
        variables |= {"SSL_CERT_FILE": ca_bundle, "PIP_CERT": ca_bundle, "GIT_SSL_CAINFO": ca_bundle}
    return variables


def _environment(build: BuildSettings) -> str:
    variables = index_environment(build, "/site/ca.pem" if build.ca_bundle else None)
    variables |= {"APT_CONFIG": "/site/apt.conf", "DEBIAN_FRONTEND": "noninteractive"}
    return "".join(f"export {name}={quote(value)}\n" for name, value in variables.items())


def _apt_conf(build: BuildSettings) -> str:
    lines = [
        'Dir::Etc::SourceList "/site/sources.list";',
        'Dir::Etc::SourceParts "/dev/null";',
        f'Acquire::http::Timeout "{TIMEOUT}";',
        f'Acquire::https::Timeout "{TIMEOUT}";',
        'Acquire::Retries "2";',
        'Acquire::Languages "none";',
    ]
    if build.ca_bundle:
        lines.append('Acquire::https::CAInfo "/site/ca.pem";')
    return "\n".join(lines) + "\n"
