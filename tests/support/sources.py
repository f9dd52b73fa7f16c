"""A project's source tree, as a developer has it: the source distribution of a version, unpacked."""

import hashlib
import io
import json
import os
import tarfile
import urllib.parse
import urllib.request
from pathlib import Path

from runner.settings import BuildSettings

_SIMPLE = "application/vnd.pypi.simple.v1+json"


def unpack_source(package: str, version: str, folder: Path) -> Path:
    """Fetch a source distribution from the package index, and unpack it below `folder`; returns the tree."""
    index = BuildSettings.from_environment(os.environ).index_url.rstrip("/")
    request = urllib.request.Request(f"{index}/{package}/", headers={"Accept": _SIMPLE})
    with urllib.request.urlopen(request, timeout=60) as answer:
        files = json.load(answer)["files"]
    (found,) = (one for one in files if one["filename"].replace("_", "-") == f"{package}-{version}.tar.gz")
    with urllib.request.urlopen(urllib.parse.urljoin(f"{index}/{package}/", found["url"]), timeout=300) as answer:
        content = answer.read()
    assert hashlib.sha256(content).hexdigest() == found["hashes"]["sha256"]
    with tarfile.open(fileobj=io.BytesIO(content)) as packed:
        packed.extractall(folder, filter="data")
    (tree,) = folder.iterdir()
    return tree
