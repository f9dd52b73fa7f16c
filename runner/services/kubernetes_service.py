"""A Kubernetes deployment, scaled to nothing and back."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runner.command import run_command
from runner.errors import ServiceMissing, ServiceRefused
from runner.services.protected import Target
from runner.services.service import ASK_SECONDS, STEADY_SECONDS, State, wait_until
from runner.window_settings import KubernetesTarget, ServiceSettings

_OVER = ("Succeeded", "Failed")
_OBJECT = re.compile(r"^\{", re.MULTILINE)
_JSON = json.JSONDecoder()


@dataclass(frozen=True)
class Deployment:
    """A deployment: how many pods are `wanted`, how many are `available`; `selector` as kubectl's -l takes it.

    `is_seen` says that what is told of its pods is newer than what was last asked of it (observedGeneration).
    """

    wanted: int
    available: int
    is_seen: bool
    selector: str


def read_deployment(told: Mapping[str, Any]) -> Deployment:
    """Read what `kubectl get deployment -o json` tells (API apps/v1)."""
    spec, status = told["spec"], told.get("status") or {}
    return Deployment(
        wanted=int(spec.get("replicas", 1)),
        available=int(status.get("availableReplicas", 0)),
        is_seen=int(status.get("observedGeneration", 0)) >= int(told["metadata"].get("generation", 0)),
        selector=_selector(spec["selector"]),
    )


def _selector(told: Mapping[str, Any]) -> str:
    words = [f"{key}={value}" for key, value in (told.get("matchLabels") or {}).items()]
    for one in told.get("matchExpressions") or ():
        key, values = one["key"], ",".join(one.get("values") or ())
        words.append(
            {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "Exists": key, "DoesNotExist": f"!{key}"}[
                one["operator"]
            ]
        )
    return ",".join(words)


@dataclass(frozen=True)
class KubernetesService:
    """One deployment."""

    name: str
    group: int
    target: KubernetesTarget
    timeout: float
    stays_up: bool = False

    def targets(self) -> tuple[Target, ...]:
        self._demand()
        return (Target(self.target.deployment),)

    def state(self) -> State:
        told = self._look()
        if told is None:
            return State.MISSING
        return State.RUNNING if told.wanted or self._pods(told) else State.STOPPED

    def what_runs(self) -> tuple[str, ...]:
        told = self._look()
        return (f"{self.target.deployment}={told.wanted}",) if told and told.wanted else ()

    def stop(self) -> None:
        told = self._demand()
        if told.wanted:
            self._scale(0)

        def ask() -> str | None:
            # A pod that is being ended is in no count of the deployment's, and may still write.
            now = self._demand()
            left = self._pods(now)
            return f"{now.wanted} wanted, pods left: {', '.join(left) or 'none'}" if now.wanted or left else None

        if still := wait_until(ask, timeout=self.timeout):
            raise ServiceRefused(f"{self.name} did not stop within {self.timeout:.0f} s: {still}")

    def start(self, what_ran: tuple[str, ...]) -> None:
        if not what_ran:
            return
        replicas = int(what_ran[0].rpartition("=")[2])
        if self._demand().wanted != replicas:
            self._scale(replicas)

        def ask() -> str | None:
            now = self._demand()
            return None if now.is_seen and now.available >= replicas else f"{now.available} of {replicas} pods are available"

        if still := wait_until(ask, timeout=self.timeout, steady=STEADY_SECONDS):
            raise ServiceRefused(f"{self.name} did not start within {self.timeout:.0f} s: {still}")

    def _scale(self, replicas: int) -> None:
        self._kubectl("scale", "deployment", self.target.deployment, f"--replicas={replicas}")

    def _pods(self, deployment: Deployment) -> tuple[str, ...]:
        """Name the pods that have not ended; an empty selector would mean all."""
        if not deployment.selector:
            return ()
        told = self._object(self._kubectl("get", "pods", f"--selector={deployment.selector}", "--output=json")) or {}
        pods = told.get("items") or ()
        return tuple(str(pod["metadata"]["name"]) for pod in pods if pod.get("status", {}).get("phase") not in _OVER)

    def _look(self) -> Deployment | None:
        told = self._object(self._kubectl("get", "deployment", self.target.deployment, "--ignore-not-found", "--output=json"))
        return read_deployment(told) if told else None

    def _demand(self) -> Deployment:
        if (told := self._look()) is None:
            raise ServiceMissing(f"{self.name}: there is no deployment {self.target.deployment} in {self.target.namespace}")
        return told

    def _object(self, output: str) -> dict[str, Any] | None:
        """Find the object among kubectl's warnings; None where it says nothing, which --ignore-not-found means."""
        if found := _OBJECT.search(output):
            try:
                return dict(_JSON.raw_decode(output, found.start())[0])
            except ValueError as error:
                raise ServiceRefused(f"{self.name}: kubectl's answer cannot be read: {error}") from error
        return None

    def _kubectl(self, *arguments: str) -> str:
        words = [*self.target.kubectl, f"--namespace={self.target.namespace}", *arguments]
        try:
            end = run_command(words, timeout=ASK_SECONDS)
        except OSError as error:
            raise ServiceRefused(f"{self.name}: cannot run {words[0]}: {error.strerror}") from error
        if end.exit_code != 0:
            raise ServiceRefused(f"{self.name}: {shlex.join(words)}: {end.last_words}")
        return end.output


def open_kubernetes(name: str, settings: ServiceSettings) -> KubernetesService:
    """Make the service."""
    assert settings.kubernetes, "this kind was chosen"
    return KubernetesService(name, settings.group, settings.kubernetes, settings.timeout)
