"""The demo cloud's Keystone: the release's own WSGI application, on the demo's database, at a port of this machine.

One configuration serves 2023.1 and 2026.1, so a roll-out changes the container's image and nothing else. Configuration, keys
and the script that serves lie in a volume that has the container's name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from runner.containers.client import Client, engine_errors
from runner.containers.docker_engine import USER
from runner.containers.tarball import pack
from runner.demo.live import LIVE, await_answer, start_live
from runner.mariadb.connection import DatabaseServer
from runner.scratch.cloud import NewCloud

PROJECT = "keystone"
HOME = "/etc/keystone"
"""Where keystone looks for its configuration when nobody says anything."""
PORT = 5000
"""Where it listens inside."""
_SCRIPT = "serve_keystone.py"
_WORDS = ("python3", f"{HOME}/{_SCRIPT}")
_CONFIGURATION = f"""\
[database]
connection = {{database}}
[identity]
# bcrypt reads no more; where more is allowed, 2026.1 warns at every login.
max_password_length = 72
[token]
provider = fernet
[fernet_tokens]
key_repository = {HOME}/fernet-keys
[fernet_receipts]
key_repository = {HOME}/fernet-keys
[credential]
key_repository = {HOME}/credential-keys
"""


@dataclass(frozen=True, kw_only=True)
class LiveKeystone:
    """A Keystone that answers. `url` has /v3; `name` is its container's; `seconds` from its start to its first answer."""

    url: str
    name: str
    seconds: float


def url_at(port: int) -> str:
    """The URL at which this machine reaches a Keystone; what its catalog says of it too."""
    return f"http://127.0.0.1:{port}/v3"


def start_keystone(
    client: Client,
    image: str,
    name: str,
    *,
    network: str,
    db_host: str,
    cloud: NewCloud,
    port: int,
    labels: Mapping[str, str],
) -> LiveKeystone:
    """Start keystone with the service account and the keys that `cloud` was made with, and wait until it answers.

    `db_host` is the database server's name on `network`, `port` one of this machine (`free_port`). It answers before it
    has asked its database anything: only a login says that it works. What fails stays for `remove_live`.

    Raises:
        ServiceRefused: it does not answer.
        EngineRefused, EngineMissing: also when there is a container of that name.
    """
    password = cloud.passwords[PROJECT]
    database = f"mysql+pymysql://{PROJECT}:{password}@{db_host}/{PROJECT}"
    _fill_volume(client, image, name, _files(database, cloud.keys), labels)
    place = {"bind": HOME, "mode": "ro"}
    start_live(client, image, name, words=_WORDS, port=port, inside=PORT, labels=labels, network=network, volumes={name: place})
    url = url_at(port)
    return LiveKeystone(url=url, name=name, seconds=await_answer(client, name, url, hidden=(password,)))


def _files(database: str, keys: Mapping[str, bytes]) -> dict[str, bytes]:
    """Name and write what lies in HOME."""
    folders = ("fernet-keys", "credential-keys")
    return {
        "keystone.conf": _CONFIGURATION.format(database=database).encode(),
        _SCRIPT: resources.files("runner.demo").joinpath(_SCRIPT).read_bytes(),
        **{f"{folder}/": b"" for folder in folders},
        **{f"{folder}/{number}": key for folder in folders for number, key in keys.items()},
    }


def _fill_volume(client: Client, image: str, name: str, files: Mapping[str, bytes], labels: Mapping[str, str]) -> None:
    """Make the volume and put the files in, through a container that is never started."""
    with engine_errors(f"giving {name} its configuration"):
        client.volumes.create(name, labels={**labels, **LIVE})
        hand = client.containers.create(
            image,
            ["true"],
            name=f"{name}-hand",
            network_mode="none",
            volumes={name: {"bind": HOME, "mode": "rw"}},
            labels={**labels, **LIVE},
        )
        try:
            hand.put_archive(HOME, pack(files, mode=0o400, owner=USER))
        finally:
            hand.remove(force=True)


def announce_keystone(server: DatabaseServer, url: str) -> None:
    """Have the catalog say that identity is at `url`: bootstrap was told an address that does not exist.

    Raises:
        QueryFailed, RightsMissing
    """
    server.at(PROJECT).execute(
        "UPDATE endpoint JOIN service ON service.id = endpoint.service_id SET endpoint.url = :url"
        " WHERE service.type = 'identity'",
        url=url,
    )
