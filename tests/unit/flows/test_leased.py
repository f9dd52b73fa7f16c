"""Whether a chain may go on, by the lease that it works under."""

from typing import cast

import pytest

from runner import boot_clock
from runner.errors import LeaseLost
from runner.flows import leased
from runner.flows.leased import while_held
from runner.mariadb.lease import Lease


class Held:
    """A lease that is what it is told to be."""

    lost = ""
    is_silent = False
    confirmed_at = 0.0

    def demand(self) -> None:
        if self.lost or self.is_silent:
            raise LeaseLost(self.lost or "not confirmed")


def test_while_the_lease_is_ours_the_chain_goes_on() -> None:
    assert while_held(cast("Lease", Held()))()


def test_one_that_another_has_ends_it_at_once() -> None:
    lease = Held()
    may = while_held(cast("Lease", lease))
    lease.lost = "another has it"
    with pytest.raises(LeaseLost, match="another has it") as lost:
        may()
    assert "resume" in lost.value.advice


def test_while_the_server_says_nothing_nothing_new_begins_and_after_minutes_it_ends() -> None:
    """An ALTER on a cluster may block every heartbeat for a while."""
    lease = Held()
    may = while_held(cast("Lease", lease))
    lease.is_silent, lease.confirmed_at = True, boot_clock.seconds() - leased._AWAY + 5
    assert not may()
    lease.is_silent = False
    assert may(), "it is back"
    lease.is_silent, lease.confirmed_at = True, boot_clock.seconds() - leased._AWAY
    with pytest.raises(LeaseLost):
        may()
