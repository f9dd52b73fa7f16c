"""The demo's workload: it answers, at the same port after every start, and goes with its labels."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import closing

import docker
import pytest

from runner.containers.client import connect
from runner.containers.engine import LABEL
from runner.containers.release_image import resolve
from runner.containers.throwaway import free_port
from runner.demo.live import answers, await_answer, remove_live
from runner.demo.workload import Workload, start_workload
from runner.errors import EngineRefused
from runner.settings import EngineSettings

pytestmark = [pytest.mark.engine, pytest.mark.images, pytest.mark.alone]

NAME = f"{LABEL}-test-{secrets.token_hex(4)}-workload"
LABELS = {f"{LABEL}.test": NAME}


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    with closing(connect(EngineSettings())) as opened:
        yield opened


@pytest.fixture
def workload(client: docker.DockerClient) -> Iterator[Workload]:
    try:
        yield start_workload(client, resolve(client, "2023.1"), NAME, port=free_port(), labels=LABELS)
    finally:
        remove_live(client, LABELS)


def test_it_answers_over_http_and_tcp_also_after_it_was_started_again(client: docker.DockerClient, workload: Workload) -> None:
    client.containers.get(NAME).restart(timeout=60)
    await_answer(client, NAME, workload.url)
    host, _, port = workload.address.partition(":")
    with socket.create_connection((host, int(port)), timeout=2):
        assert answers(workload.url)


def test_it_is_gone_with_its_labels_and_only_then(client: docker.DockerClient, workload: Workload) -> None:
    remove_live(client, {f"{LABEL}.test": "another"})
    assert answers(workload.url)
    remove_live(client, LABELS)
    assert not answers(workload.url)
    remove_live(client, LABELS)


def test_a_second_of_the_same_name_is_refused_and_harms_nobody(client: docker.DockerClient, workload: Workload) -> None:
    with pytest.raises(EngineRefused, match="already in use"):
        start_workload(client, resolve(client, "2023.1"), NAME, port=free_port(), labels=LABELS)
    assert answers(workload.url)
