"""A Kubernetes API of our own that speaks deployments, their scale and their pods, and nothing else: for a real kubectl.

It is no cluster. Pods come up and end after a while, as a kubelet would have it; a pod that is being ended is in no count of
the deployment's, as the controller would have it.
"""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

_APPS, _CORE = "/apis/apps/v1", "/api/v1"


@dataclass
class Pod:
    """`ready_at` and `gone_at` are seconds of the monotonic clock."""

    name: str
    ready_at: float
    gone_at: float | None = None


@dataclass
class Deployment:
    """`grace` and `warm_up` are seconds that a pod takes to end and to be available."""

    name: str
    replicas: int
    grace: float
    warm_up: float
    generation: int = 1
    pods: list[Pod] = field(default_factory=list)
    history: list[int] = field(default_factory=list)

    def scale(self, replicas: int) -> None:
        now = time.monotonic()
        self.generation += replicas != self.replicas
        self.history.append(replicas)
        self.replicas = replicas
        alive = [pod for pod in self.pods if pod.gone_at is None]
        for pod in alive[replicas:]:
            pod.gone_at = now + self.grace
        for number in range(len(alive), replicas):
            self.pods.append(Pod(f"{self.name}-{self.generation}-{number}", now + self.warm_up))

    def as_object(self) -> dict[str, Any]:
        now = time.monotonic()
        alive = [pod for pod in self.pods if pod.gone_at is None]
        available = sum(pod.ready_at <= now for pod in alive)
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": self.name, "namespace": "openstack", "generation": self.generation},
            "spec": {"replicas": self.replicas, "selector": {"matchLabels": {"app": self.name}}},
            "status": {
                "observedGeneration": self.generation,
                **({"replicas": len(alive)} if alive else {}),
                **({"availableReplicas": available} if available else {}),
            },
        }

    def as_scale(self) -> dict[str, Any]:
        metadata = {"name": self.name, "namespace": "openstack"}
        return {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": metadata, "spec": {"replicas": self.replicas}}

    def as_pods(self) -> dict[str, Any]:
        now = time.monotonic()
        left = [pod for pod in self.pods if pod.gone_at is None or pod.gone_at > now]
        items = [
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": pod.name}, "status": {"phase": "Running"}} for pod in left
        ]
        return {"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": items}


@dataclass
class Cluster:
    """What there is, and the words of a kubectl that reaches it."""

    kubectl: tuple[str, ...]
    deployments: dict[str, Deployment] = field(default_factory=dict)

    def add(self, name: str, replicas: int, *, grace: float = 0.5, warm_up: float = 0.5) -> Deployment:
        made = self.deployments[name] = Deployment(name, replicas, grace, warm_up)
        made.pods += [Pod(f"{name}-1-{number}", 0.0) for number in range(replicas)]
        return made


def _resource(name: str, kind: str, *verbs: str, **more: str) -> dict[str, Any]:
    return {"name": name, "singularName": "", "namespaced": True, "kind": kind, "verbs": list(verbs), **more}


_DISCOVERY: dict[str, dict[str, Any]] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [
            {
                "name": "apps",
                "versions": [{"groupVersion": "apps/v1", "version": "v1"}],
                "preferredVersion": {"groupVersion": "apps/v1", "version": "v1"},
            }
        ],
    },
    _CORE: {"kind": "APIResourceList", "groupVersion": "v1", "resources": [_resource("pods", "Pod", "get", "list")]},
    _APPS: {
        "kind": "APIResourceList",
        "groupVersion": "apps/v1",
        "resources": [
            _resource("deployments", "Deployment", "get", "list", "patch"),
            _resource("deployments/scale", "Scale", "get", "patch", group="autoscaling", version="v1"),
        ],
    },
}


class _Api(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, cluster: Cluster, *of_the_server: Any) -> None:
        self.cluster = cluster
        super().__init__(*of_the_server)

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path in _DISCOVERY:
            return self._answer(200, _DISCOVERY[url.path])
        if url.path == f"{_CORE}/namespaces/openstack/pods":
            selector = parse_qs(url.query).get("labelSelector", [""])[0]
            wanted = self.cluster.deployments.get(selector.removeprefix("app="))
            return self._answer(200, wanted.as_pods() if wanted else {"apiVersion": "v1", "kind": "PodList", "items": []})
        name, is_scale = self._named(url.path)
        if name not in self.cluster.deployments:
            return self._no(name)
        found = self.cluster.deployments[name]
        return self._answer(200, found.as_scale() if is_scale else found.as_object())

    def do_PATCH(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name, is_scale = self._named(urlsplit(self.path).path)
        if name not in self.cluster.deployments or not is_scale:
            return self._no(name)
        self.cluster.deployments[name].scale(given["spec"]["replicas"])
        return self._answer(200, self.cluster.deployments[name].as_scale())

    def _named(self, path: str) -> tuple[str, bool]:
        last = path.removeprefix(f"{_APPS}/namespaces/openstack/deployments/")
        return last.removesuffix("/scale"), last.endswith("/scale")

    def _no(self, name: str) -> None:
        words = f'deployments.apps "{name}" not found'
        status = {
            "kind": "Status",
            "apiVersion": "v1",
            "status": "Failure",
            "reason": "NotFound",
            "message": words,
            "code": 404,
        }
        self._answer(404, status)

    def _answer(self, code: int, body: dict[str, Any]) -> None:
        sent = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Say nothing."""


@contextmanager
def serve_deployments(cache: str) -> Iterator[Cluster]:
    """Serve on a port of this machine until the end of the block; kubectl keeps what it learned in the folder `cache`."""
    cluster = Cluster(("kubectl", f"--cache-dir={cache}"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Api, cluster)) as server:
        server.daemon_threads = True
        cluster.kubectl = (*cluster.kubectl, f"--server=http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield cluster
        finally:
            server.shutdown()
            thread.join()
