"""Fixtures: a server that takes nobody without TLS, and its certificate. For a conftest to take over."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.settings import Tls
from tests.support.mariadb import TestServer, start_server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `cert.pem`, for localhost and its own authority, and `key.pem`."""
    return make_certificate(tmp_path_factory.mktemp("tls"), "DNS:localhost")


def make_certificate(directory: Path, *names: str) -> Path:
    """Make `cert.pem`, for hosts (`DNS:...`, `IP:...`) and its own authority, and `key.pem`; return their folder."""
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=a test"]
    files = ["-addext", f"subjectAltName={','.join(names)}", "-keyout", f"{directory}/key.pem", "-out", f"{directory}/cert.pem"]
    subprocess.run([*request, *files], check=True, capture_output=True)
    (directory / "key.pem").chmod(0o644)
    directory.chmod(0o755)
    return directory


@pytest.fixture(scope="session")
def strict(certificate: Path) -> Iterator[TestServer]:
    """Its options demand TLS of everybody."""
    options = ("--ssl-cert=/tls/cert.pem", "--ssl-key=/tls/key.pem", "--require-secure-transport=ON")
    with start_server(*options, mounts=((certificate, "/tls"),), tls=Tls(verify=False)) as running:
        yield running


__all__ = ["certificate", "make_certificate", "strict"]
