"""Which kinds there are, and what is read without asking anybody."""

import pkgutil

import pytest

import runner.services
from runner.containers.service_containers import ServiceContainer
from runner.services import OPENERS
from runner.services.docker_service import Ran
from runner.services.kubernetes_service import read_deployment
from runner.window_settings import _KINDS as KINDS


def test_every_kind_of_the_settings_can_be_opened_and_has_a_module() -> None:
    assert set(OPENERS) == set(KINDS)
    modules = {module.name for module in pkgutil.iter_modules(runner.services.__path__)}
    assert {name.removesuffix("_service") for name in modules if name.endswith("_service")} == {
        kind.removesuffix("s") if kind == "commands" else kind for kind in OPENERS
    }


@pytest.mark.parametrize(
    ("status", "restart", "words"),
    [
        ("running", "no", "keystone"),
        ("running", "unless-stopped", "keystone"),
        ("running", "always", "keystone restart=always"),
        ("paused", "on-failure:5", "keystone restart=on-failure:5"),
        ("restarting", "always", "keystone restart=always was-failing"),
        ("restarting", "unless-stopped", "keystone was-failing"),
    ],
)
def test_what_ran_is_written_and_read_as_words(status: str, restart: str, words: str) -> None:
    ran = Ran.of(ServiceContainer("keystone", status, restart, None, is_removed_by_stop=False, also=()))
    assert ran.words == words
    assert Ran.read(words) == ran


def test_a_selector_is_written_as_kubectl_takes_it() -> None:
    expressions = [
        {"key": "tier", "operator": "In", "values": ["api", "web"]},
        {"key": "old", "operator": "NotIn", "values": ["yes"]},
        {"key": "release", "operator": "Exists"},
        {"key": "canary", "operator": "DoesNotExist"},
    ]
    selector = {"matchLabels": {"app": "nova", "part": "api"}, "matchExpressions": expressions}
    told = read_deployment({"metadata": {"generation": 4}, "spec": {"replicas": 2, "selector": selector}, "status": {}})
    assert told.selector == "app=nova,part=api,tier in (api,web),old notin (yes),release,!canary"
    assert (told.wanted, told.available, told.is_seen) == (2, 0, False)
