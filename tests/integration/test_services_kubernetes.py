"""Deployments that a real kubectl scales, on an API of our own. There is no cluster here."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.errors import ServiceMissing, ServiceProtected, ServiceRefused
from runner.services import demand_allowed
from runner.services.service import Service, State
from tests.support.deployments_api import Cluster, serve_deployments
from tests.support.services import make

pytestmark = [pytest.mark.engine, pytest.mark.skipif(shutil.which("kubectl") is None, reason="there is no kubectl here")]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with serve_deployments(str(tmp_path)) as served:
        yield served


def deployment(cluster: Cluster, name: str, *, timeout: float = 20, kubectl: tuple[str, ...] | None = None) -> Service:
    return make(name, kubernetes={"deployment": name, "kubectl": kubectl or cluster.kubectl}, timeout=timeout)


def test_a_deployment_is_scaled_to_nothing_and_back_to_what_it_had(cluster: Cluster) -> None:
    there = cluster.add("nova-api-osapi", 3)
    service = deployment(cluster, "nova-api-osapi")
    ran = service.what_runs()
    assert (service.state(), ran) == (State.RUNNING, ("nova-api-osapi=3",))

    for _ in range(2):
        service.stop()
        assert (service.state(), service.what_runs()) == (State.STOPPED, ())
    for _ in range(2):
        service.start(ran)
        assert (service.state(), service.what_runs()) == (State.RUNNING, ran)
    assert there.history == [0, 3]


def test_a_pod_that_is_being_ended_still_runs(cluster: Cluster) -> None:
    cluster.add("keystone-api", 2, grace=600.0)
    service = deployment(cluster, "keystone-api", timeout=1.5)
    with pytest.raises(
        ServiceRefused, match=r"did not stop within 2 s: 0 wanted, pods left: keystone-api-1-0, keystone-api-1-1"
    ):
        service.stop()
    assert service.state() is State.RUNNING


def test_pods_that_do_not_come_up_are_told(cluster: Cluster) -> None:
    cluster.add("glance-api", 0, warm_up=600.0)
    with pytest.raises(ServiceRefused, match=r"did not start within 2 s: 0 of 2 pods are available"):
        deployment(cluster, "glance-api", timeout=1.5).start(("glance-api=2",))


def test_one_that_had_no_pods_is_left_alone(cluster: Cluster) -> None:
    there = cluster.add("idle", 0)
    service = deployment(cluster, "idle")
    service.stop()
    service.start(service.what_runs())
    assert (service.state(), there.history) == (State.STOPPED, [])


def test_one_that_is_not_there_is_missing(cluster: Cluster) -> None:
    service = deployment(cluster, "nothing")
    assert service.state() is State.MISSING
    for act in (service.stop, service.targets):
        with pytest.raises(ServiceMissing, match="there is no deployment nothing in openstack"):
            act()


def test_the_data_plane_is_refused(cluster: Cluster) -> None:
    cluster.add("ovn-northd", 1)
    with pytest.raises(ServiceProtected, match="would stop ovn-northd: the virtual switch"):
        demand_allowed([deployment(cluster, "ovn-northd")])


@pytest.mark.parametrize("words", [("kubectl", "--server=http://127.0.0.1:9"), ("kubectl", "--context=nobody"), ("false",)])
def test_a_cluster_that_does_not_answer_is_not_taken_for_stopped(cluster: Cluster, words: tuple[str, ...]) -> None:
    service = deployment(cluster, "keystone", kubectl=words)
    for ask in (service.state, service.what_runs, service.stop, service.targets):
        with pytest.raises(ServiceRefused):
            ask()


def test_a_kubectl_that_is_not_there_is_told(cluster: Cluster) -> None:
    with pytest.raises(ServiceRefused, match="cannot run no-such-kubectl: No such file"):
        deployment(cluster, "keystone", kubectl=("no-such-kubectl",)).state()
