"""A real Galera cluster of two nodes, in two containers on a network of their own."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from docker import DockerClient

from runner.containers.client import connect
from runner.containers.engine import LABEL
from runner.containers.tarball import pack
from runner.containers.throwaway import free_port, remove_server
from runner.mariadb.connection import DatabaseServer, open_server
from runner.mariadb.patience import await_server
from runner.settings import EngineSettings, Server
from tests.support.mariadb import IMAGE

_OPTIONS = (
    "--wsrep-on=ON",
    "--wsrep-provider=/usr/lib/galera/libgalera_smm.so",
    "--wsrep-cluster-name=test",
    "--wsrep-sst-method=rsync",
    # Else the server itself repeats a statement that failed certification, and few of them reach us.
    "--wsrep-retry-autocommit=0",
    "--binlog-format=ROW",
    "--log-bin=binlog",
    "--log-slave-updates",
    "--innodb-autoinc-lock-mode=2",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=64M",
)


@contextmanager
def start_cluster(*, seconds: float) -> Iterator[tuple[DatabaseServer, DatabaseServer]]:
    """Start two nodes, and wait until both are in the cluster; an answer of theirs may take `seconds`."""
    network, password = f"{LABEL}-test-{secrets.token_hex(4)}", secrets.token_hex(8)
    first, second = f"{network}-a", f"{network}-b"
    with closing(connect(EngineSettings())) as client, ExitStack() as stack:
        client.networks.create(network, labels={f"{LABEL}.test": network})
        stack.callback(remove_server, client, network)
        nodes = []
        for name, more in ((first, ("--wsrep-new-cluster",)), (second, ())):
            stack.callback(remove_server, client, name)
            port = _start_node(
                client, network, name, (*_OPTIONS, f"--wsrep-cluster-address=gcomm://{first},{second}", *more), password
            )
            address = Server(host="127.0.0.1", port=port, user="root", password_file="unused")
            await_server(address, password)
            nodes.append(stack.enter_context(open_server(address, password, seconds=seconds)))
        yield nodes[0], nodes[1]


def _start_node(client: DockerClient, network: str, name: str, options: tuple[str, ...], password: str) -> int:
    port = free_port()
    container = client.containers.create(
        IMAGE,
        command=[*options, f"--wsrep-node-name={name}", f"--wsrep-node-address={name}"],
        name=name,
        network=network,
        ports={"3306/tcp": ("127.0.0.1", port)},
        tmpfs={"/var/lib/mysql": "size=1g"},
        labels={f"{LABEL}.test": name},
    )
    container.put_archive("/run", pack({"thing-a-me/root-password": password.encode()}, mode=0o400))
    container.start()
    return port
