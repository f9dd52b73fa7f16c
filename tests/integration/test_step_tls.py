"""Steps speak TLS where the server demands it, with every release's own SQLAlchemy and PyMySQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.containers.client import connect
from runner.containers.docker_engine import DockerEngine
from runner.containers.engine import ETC, Ended, OneShot, has_room_for
from runner.containers.network import StepNetwork, step_network
from runner.mariadb.connection import open_server
from runner.settings import EngineSettings, Tls
from runner.steps.run import database_url
from runner.steps.site import Account, Site, StepTls
from tests.support.mariadb import TestServer

RELEASES = ("2023.1", "2024.1", "2025.1", "2026.1")
ASK = f"""
import sqlalchemy
url = open({ETC + "/url"!r}).read()
with sqlalchemy.create_engine(url).connect() as connection:
    print(connection.execute(sqlalchemy.text("SHOW STATUS LIKE 'Ssl_cipher'")).fetchone()[1])
"""


@pytest.fixture(scope="module")
def network(strict: TestServer) -> Iterator[StepNetwork]:
    with step_network(
        connect(EngineSettings()), "tls-test", strict.address, image="thing-a-me/2024.1:latest", aliases=("localhost",)
    ) as made:
        yield made


def ask(strict: TestServer, network: StepNetwork, release: str, tls: StepTls | None) -> Ended:
    address = strict.address.model_copy(update={"tls": Tls(verify=False)})
    with open_server(address, strict.password) as server:
        site = Site("tls-test", None, {}, DockerEngine(EngineSettings()), server, network, {}, tls)  # type: ignore[arg-type]  # no plan is asked
        url = database_url(site, Account("root", strict.password), "mysql")
    return connect_by(url, {"server-ca.pem": tls.ca} if tls and tls.ca else {}, network, release)


def connect_by(url: str, authority: dict[str, bytes], network: StepNetwork, release: str) -> Ended:
    engine, files = DockerEngine(EngineSettings()), {"url": url.encode(), **authority}
    shot = OneShot(
        image=f"thing-a-me/{release}:latest", argv=("python", "-c", ASK), network=network.name, labels={}, files=files
    )
    container = engine.start(shot)
    try:
        return engine.wait(container)
    finally:
        engine.remove(container)


@pytest.mark.parametrize("release", RELEASES)
def test_a_step_talks_over_tls_to_a_server_whose_authority_it_is_given(
    strict: TestServer, network: StepNetwork, certificate: Path, release: str
) -> None:
    ended = ask(strict, network, release, StepTls((certificate / "cert.pem").read_bytes()))

    assert ended.exit_code == 0, ended.log.decode()
    assert ended.log.decode().strip().startswith("TLS")


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("file", ["/etc/kolla/certificates/ca.pem", "/etc/ssl/certs/ca-certificates.crt"])
def test_a_stored_url_finds_the_authority_where_it_names_it(
    strict: TestServer, network: StepNetwork, certificate: Path, release: str, file: str
) -> None:
    """As Kolla writes it into cell_mappings; the certificate has to hold for the host that the row names."""
    assert has_room_for(file)
    url = f"mysql+pymysql://root:{strict.password}@{{}}:{network.port}/mysql?ssl_ca={file}"
    authority = {file: (certificate / "cert.pem").read_bytes()}

    assert connect_by(url.format("localhost"), authority, network, release).log.decode().strip().startswith("TLS")
    refused = connect_by(url.format(network.host), authority, network, release)
    assert refused.exit_code != 0
    assert b"ostname mismatch" in refused.log
    assert connect_by(url.format("localhost"), {}, network, release).exit_code != 0


def test_a_step_refuses_a_server_of_another_authority(strict: TestServer, network: StepNetwork) -> None:
    others = Path("/etc/ssl/certs/ca-certificates.crt").read_bytes()

    ended = ask(strict, network, "2026.1", StepTls(others))

    assert ended.exit_code != 0
    assert b"certificate verify failed" in ended.log


def test_without_verification_it_is_tls_all_the_same(strict: TestServer, network: StepNetwork) -> None:
    assert ask(strict, network, "2025.1", StepTls()).log.decode().strip().startswith("TLS")


def test_without_tls_such_a_server_refuses(strict: TestServer, network: StepNetwork) -> None:
    assert ask(strict, network, "2026.1", None).exit_code != 0
