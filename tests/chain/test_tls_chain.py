"""A chain at a server that takes nobody without TLS, whose cells' URLs name its authority as Kolla writes them."""

import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from secrets import token_hex

import pytest
import yaml

from runner.containers.client import connect
from runner.containers.engine import LABEL
from runner.demo.night import Stage, stage
from runner.errors import ChecksBlock
from runner.events import silent
from runner.flows.images import open_workshop
from runner.mariadb.connection import DatabaseServer, open_server
from runner.mariadb.patience import await_server
from runner.settings import EngineSettings, Server, Tls
from tests.support.clouds import TARGET
from tests.support.thing import MIGRATE, thing
from tests.support.tls import make_certificate

pytestmark = [pytest.mark.engine, pytest.mark.images]

OPTIONS = b"""[mysqld]
ssl_cert=/etc/mysql/conf.d/cert.pem
ssl_key=/etc/mysql/conf.d/key.pem
require_secure_transport=ON
"""
NAMED = "/etc/kolla/certificates/ca.pem"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, DatabaseServer]]:
    """A whole 2023.1 cloud that somebody gives TLS, and does not tell the cells."""
    folder, name = tmp_path_factory.mktemp("tls-chain"), f"{LABEL}-test-{token_hex(4)}"
    with stage(open_workshop(None, silent), name, folder, jobs=2) as made:
        make_certificate(folder, f"DNS:{name}", "IP:127.0.0.1")
        demand_tls(made, folder)
        tls = Tls(ca=str(folder / "cert.pem"))
        document = yaml.safe_load(made.cloud.read_text())
        document["server"]["tls"] = {"ca": "cert.pem"}
        made.cloud.write_text(yaml.safe_dump(document))
        address = Server(host="127.0.0.1", port=made.server.port, user="root", password_file="unused", tls=tls)
        await_server(address, made.server.password)
        with open_server(address, made.server.password) as server:
            yield made.cloud, server


def demand_tls(made: Stage, folder: Path) -> None:
    """Give the server a certificate, let it demand TLS of everybody, and start it anew."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        files = {"tls.cnf": OPTIONS, **{name: (folder / name).read_bytes() for name in ("cert.pem", "key.pem")}}
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    with closing(connect(EngineSettings())) as client:
        container = client.containers.get(made.server.name)
        container.put_archive("/etc/mysql/conf.d", packed.getvalue())
        container.restart(timeout=60)


def test_a_cell_that_names_no_authority_is_found_before_the_chain_and_one_that_does_is_carried(
    cloud: tuple[Path, DatabaseServer],
) -> None:
    file, server = cloud
    mended = thing(file, "check", "--to", TARGET, "--fix", "cinder-purge", seconds=600)
    assert "after" in mended.out, mended.err
    refused = thing(file, *MIGRATE, seconds=600)
    refused.refused(ChecksBlock, "database_connection of 'cell1'", "takes this account over TLS only", "untouched")

    server.execute(f"UPDATE nova_api.cell_mappings SET database_connection = CONCAT(database_connection, '?ssl_ca={NAMED}')")
    done = thing(file, *MIGRATE, seconds=900)
    assert done.code == 0, done.err
    standing = json.loads(thing(file, "inspect", "--json").out)
    assert [one["database"] for one in standing if TARGET not in one["releases"]] == []
