"""The demo cloud comes alive: a Keystone that answers, a workload that must not miss a beat; cloud.yaml tells of both."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml

from runner.containers.client import connect
from runner.containers.release_image import resolve
from runner.containers.throwaway import free_port
from runner.demo.live import remove_live
from runner.demo.live_keystone import LiveKeystone, announce_keystone, start_keystone, url_at
from runner.demo.night import DEMO_LABEL, START, TARGET, Stage
from runner.demo.workload import Workload, start_workload
from runner.events import Note, Tell
from runner.flows.images import Workshop
from runner.mariadb.connection import open_server
from runner.settings import Server

EXPECTED = {
    "stop": "5s",
    "silence": "3s",
    "fresh schemas": "3s",
    "count rows": "3s",
    "roll out": "20s",
    "validate": "20s",
    "start": "10s",
}
"""What a cloud of this size takes; an operator writes down what his own does."""


@contextmanager
def live_cloud(workshop: Workshop, stage: Stage, *, keep: bool, tell: Tell) -> Iterator[LiveKeystone]:
    """Start Keystone at the stage's release and the workload, and write both into cloud.yaml; gone at the end unless kept.

    Raises:
        ServiceRefused: one of them does not answer.
        EngineRefused, EngineMissing, QueryFailed
    """
    client, name = connect(workshop.site.engine), stage.server.name
    labels = {DEMO_LABEL: name}
    try:
        port = free_port()
        address = Server(host="127.0.0.1", port=stage.server.port, user="root", password_file="root.password")  # noqa: S106
        with open_server(address, stage.server.password) as server:
            announce_keystone(server, url_at(port))
        keystone = start_keystone(
            client,
            resolve(client, START),
            f"{name}-keystone",
            network=name,
            db_host=name,
            cloud=stage.secrets,
            port=port,
            labels=labels,
        )
        workload = start_workload(client, resolve(client, START), f"{name}-workload", port=free_port(), labels=labels)
        tell(
            Note(
                about="demo",
                text=f"Keystone {START} answers at {keystone.url} after {keystone.seconds:.1f} s; {workload.url} is a workload",
            )
        )
        _tell_of(stage, keystone, workload, resolve(client, TARGET))
        yield keystone
    finally:
        if not keep:
            remove_live(client, labels)


def _tell_of(stage: Stage, keystone: LiveKeystone, workload: Workload, image: str) -> None:
    """Add to cloud.yaml what an operator writes of his own."""
    document: dict[str, Any] = yaml.safe_load(stage.cloud.read_text(encoding="utf-8"))
    document["window"] = {"length": "20m", "margin": "1m", "expect": EXPECTED}
    document["services"] = {"keystone": {"docker": keystone.name, "timeout": "60s", "roll_out": {"image": image}}}
    document["validate"] = [{"keystone": keystone.url}]
    document["watch"] = {"targets": {"workload": {"http": workload.url}, "workload-tcp": {"tcp": workload.address}}}
    stage.cloud.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
