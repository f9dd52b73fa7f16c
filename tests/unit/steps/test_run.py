import json
from dataclasses import replace

import pytest

from runner.containers.engine import ETC
from runner.planning.asked import ExitMeaning
from runner.steps.run import configuration, judge, start
from runner.steps.site import StepTls
from tests.support.engines import PASSWORD, MemoryEngine, memory_site, starting_rows
from tests.support.planning import drafted

PLAN = drafted()
ENGINE = MemoryEngine(PLAN, starting_rows(PLAN))
SITE = memory_site(PLAN, ENGINE)
ONLINE = PLAN.step("nova/2024.1/online@cell1")
EXPAND = PLAN.step("keystone/2024.1/expand")


def test_a_configuration_names_the_databases_of_its_own_step() -> None:
    api = f"mysql+pymysql://tam_nova:{PASSWORD}@database:3306/nova_api"
    cell = f"mysql+pymysql://tam_nova:{PASSWORD}@database:3306/nova_cell1"
    assert configuration(ONLINE, SITE) == {"nova.conf": f"api = {api} cell = {cell}".encode()}


def test_a_container_gets_the_release_it_ends_at_and_what_the_recipe_says() -> None:
    container = start(EXPAND, SITE, attempt=2)
    shot = ENGINE.shots[container]
    assert shot.image == PLAN.images["2024.1"]
    assert shot.argv == ("keystone-manage", "--etc", ETC, "expand")
    assert shot.network == "net"
    assert shot.labels == {
        "thing-a-me.run": "run-abcd",
        "thing-a-me.step": "keystone/2024.1/expand",
        "thing-a-me.attempt": "2",
    }


def test_the_servers_authority_lies_where_stored_urls_seek_it_in_steps_that_follow_them() -> None:
    site = replace(SITE, tls=StepTls(b"authority", laid_at=("/etc/kolla/ca.pem", "/etc/pki/tls/ca.pem")))
    follows, does_not = (set(ENGINE.shots[start(step, site, 1)].files) for step in (ONLINE, EXPAND))
    assert follows - {"nova.conf"} == {"server-ca.pem", "/etc/kolla/ca.pem", "/etc/pki/tls/ca.pem"}
    assert not [name for name in does_not if name.startswith("/")]
    assert ENGINE.shots[start(ONLINE, site, 1)].files["/etc/kolla/ca.pem"] == b"authority"


def test_the_environment_is_the_recipes_own() -> None:
    assert ENGINE.shots[start(ONLINE, SITE, 1)].environment == {"PYTHONWARNINGS": "ignore"}


def test_no_secret_is_in_arguments_environment_labels_or_image() -> None:
    for step in PLAN.to_run:
        shot = ENGINE.shots[start(step, SITE, 1)]
        open_to_all = json.dumps([shot.image, shot.argv, dict(shot.environment), dict(shot.labels), shot.network])
        assert PASSWORD not in open_to_all
        assert any(PASSWORD.encode() in content for content in shot.files.values())


def test_no_representation_of_a_container_shows_a_password() -> None:
    assert PASSWORD not in repr(ENGINE.shots[start(ONLINE, SITE, 1)])


def test_no_representation_of_the_surroundings_shows_a_password() -> None:
    assert PASSWORD not in repr(SITE)
    assert SITE.accounts["nova"].password == PASSWORD


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (0, ExitMeaning.DONE),
        (1, ExitMeaning.AGAIN),
        (2, ExitMeaning.STUCK),
        (127, ExitMeaning.FAILED),
        (137, ExitMeaning.FAILED),
        (-1, ExitMeaning.FAILED),
    ],
)
def test_an_exit_code_means_what_the_recipe_says_and_any_other_is_a_failure(code: int, meaning: ExitMeaning) -> None:
    assert judge(ONLINE, code) is meaning


def test_an_exit_code_of_1_is_a_failure_where_a_recipe_does_not_list_it() -> None:
    assert judge(EXPAND, 1) is ExitMeaning.FAILED
