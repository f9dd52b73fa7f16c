"""Killed before a chain began: in a check, or while fresh schemas are made. The next command gives back what was left."""

from pathlib import Path
from typing import Any

import pytest

from runner.containers.network import RUN_LABEL, network_name
from tests.support.clouds import TARGET, Nursery, SmallCloud
from tests.support.thing import MIGRATE, accounts, killed, thing

pytestmark = [pytest.mark.engine, pytest.mark.images]

CHECK = ("check", "--to", TARGET)


def networks(cloud: SmallCloud, nursery: Nursery) -> list[str]:
    named = {network_name(run.name) for run in cloud.runs.iterdir()}
    return [network.name for network in nursery.client.networks.list() if network.name in named]


def test_what_a_killed_check_left_is_given_back_by_the_next(cloud: SmallCloud, nursery: Nursery) -> None:
    killed(cloud, "called:runner.flows.check:ask_upgrade_checks", *CHECK)
    assert accounts(cloud)
    assert networks(cloud, nursery)

    done = thing(cloud, *CHECK)

    assert "gave back what check" in done.err
    assert (accounts(cloud), networks(cloud, nursery)) == ([], [])


def fresh_ones(nursery: Nursery) -> list[Any]:
    """What stands on the engine for fresh schemas."""
    every = (*nursery.client.containers.list(all=True, ignore_removed=True), *nursery.client.networks.list())
    labels = [one.attrs.get("Labels") or one.attrs.get("Config", {}).get("Labels") or {} for one in every]
    return [one for one in labels if one.get(RUN_LABEL, "").startswith("fresh-")]


@pytest.mark.soak
def test_a_throw_away_server_of_a_killed_run_is_removed_by_the_next(
    cloud: SmallCloud, nursery: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    killed(cloud, "called:runner.flows.fresh:_install_one", *MIGRATE)
    assert fresh_ones(nursery)

    done = thing(cloud, "resume")

    assert done.code == 0, done.err
    assert fresh_ones(nursery) == []
