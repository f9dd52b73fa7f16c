"""Fixture: a real keystone that answers, from its release's own image, on a copy of the nursery's database."""

import http.client
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from runner.containers.engine import LABEL
from runner.containers.release_image import resolve
from runner.containers.tarball import pack
from runner.settings import Login
from tests.support.clouds import START, Nursery

_CONF = """\
[DEFAULT]
use_stderr = true
[database]
connection = mysql+pymysql://root:{password}@{host}/{schema}
[fernet_tokens]
key_repository = /etc/keystone/keys
[fernet_receipts]
key_repository = /etc/keystone/keys
[credential]
key_repository = /etc/keystone/keys
"""


@dataclass(frozen=True)
class LiveKeystone:
    """Where it answers, and who may log in: its admin, and one who is only a member."""

    url: str
    admin: Login
    member: Login
    password: str = field(repr=False)


@contextmanager
def serve_keystone(nursery: Nursery, schema: str) -> Iterator[str]:
    """Serve a copy of the nursery's keystone by 2023.1's own WSGI application; yields its URL, with /v3."""
    name = f"{LABEL}-test-keystone-{secrets.token_hex(4)}"
    conf = _CONF.format(password=nursery.made.password, host=nursery.made.name, schema=schema).encode()
    keys = {f"keystone/keys/{number}": letter * 43 + b"=" for number, letter in enumerate((b"A", b"B"))}
    container = nursery.client.containers.create(
        resolve(nursery.client, START),
        ["keystone-wsgi-public", "--port", "5000"],
        name=name,
        network=nursery.made.name,
        labels={f"{LABEL}.test": name},
    )
    try:
        container.put_archive("/etc", pack({"keystone/keystone.conf": conf, **keys}, mode=0o444))
        container.start()
        container.reload()
        host = container.attrs["NetworkSettings"]["Networks"][nursery.made.name]["IPAddress"]
        _await(host, 5000, container)
        yield f"http://{host}:5000/v3"
    finally:
        container.remove(force=True, v=True)


def _await(host: str, port: int, container: Any) -> None:
    for _ in range(120):
        link = http.client.HTTPConnection(host, port, timeout=2)
        try:
            link.request("GET", "/v3")
            if link.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.5)
        finally:
            link.close()
    raise AssertionError(container.logs().decode(errors="replace"))


@pytest.fixture(scope="module")
def live_keystone(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKeystone]:
    """A keystone at 2023.1, with the users that were put into it: all of them have the admin's password."""
    cloud = nursery.copy(tmp_path_factory.mktemp("keystone"), ("keystone",))
    ((user, domain, project),) = cloud.of("keystone").rows(
        "SELECT lu.name, d.name, p.name FROM assignment a JOIN role r ON r.id = a.role_id"
        " JOIN local_user lu ON lu.user_id = a.actor_id JOIN user u ON u.id = a.actor_id"
        " JOIN project d ON d.id = u.domain_id JOIN project p ON p.id = a.target_id"
        " WHERE a.type = 'UserProject' AND r.name = 'member' AND u.enabled AND p.enabled AND NOT p.is_domain"
        " AND p.domain_id = u.domain_id AND lu.name <> 'admin' ORDER BY 1, 3 LIMIT 1"
    )
    try:
        with serve_keystone(nursery, cloud.schemas["keystone"]) as url:
            yield LiveKeystone(
                url=url,
                admin=Login(user="admin", project="admin", password_file=os.devnull),
                member=Login(user=user, domain=domain, project=project, password_file=os.devnull),
                password="bootstrap",
            )
    finally:
        nursery.forget(cloud)
