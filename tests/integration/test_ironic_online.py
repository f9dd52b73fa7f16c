"""Why ironic's online migrations are not run as its own command line would have them run."""

from collections.abc import Iterator

import pytest

from tests.support.trapped import Trapped, TrapServer, open_trap_server
from tests.support.traps.ironic import NODE, node

pytestmark = [pytest.mark.engine, pytest.mark.images, pytest.mark.soak]

PLAIN = ("ironic-dbsync", "--config-file", "{etc}/ironic.conf", "online_data_migrations")


@pytest.fixture(scope="module")
def server() -> Iterator[TrapServer]:
    with open_trap_server() as opened:
        yield opened


def one(server: TrapServer, trapped: Trapped, asked: str) -> object:
    return server.server.scalar(f"SELECT {asked} FROM {trapped.schemas['ironic']}.nodes")


def test_a_batch_of_what_has_no_id_ends_xenas_command_and_one_without_batches_takes_all(server: TrapServer) -> None:
    settings = "INSERT INTO {ironic}.bios_settings (node_id, name, version) SELECT 1, seq, '1.0' FROM {ironic}.seq_1_to_60"
    trapped = server.at("ironic", "wallaby", NODE, settings)
    assert server.sync(trapped, "xena").exit_code == 0

    plain = server.run(trapped, "xena", PLAIN)
    assert plain.exit_code == 1
    assert "Error while running update_to_latest_versions" in plain.log.decode(errors="replace")

    done = server.sync(trapped, "xena", "online")
    assert done.exit_code == 0, done.log.decode(errors="replace")
    schema = trapped.schemas["ironic"]
    assert server.server.scalar(f"SELECT COUNT(*) FROM {schema}.bios_settings WHERE version = '1.1'") == 60


def test_queens_turns_only_the_drivers_whose_interfaces_are_enabled(server: TrapServer) -> None:
    trapped = server.at("ironic", "queens", node(driver="pxe_drac"))
    assert server.run(trapped, "queens", PLAIN).exit_code == 0, "it passes over it without a word"
    assert one(server, trapped, "driver") == "pxe_drac"

    assert server.sync(trapped, "queens", "online").exit_code == 0
    assert one(server, trapped, "driver") == "idrac"
    assert one(server, trapped, "CONCAT(deploy_interface, power_interface, rescue_interface)") == "iscsiidracno-rescue"


@pytest.mark.parametrize(("state", "becomes"), [("available", "agent"), ("inspect failed", "inspector")])
def test_what_inspector_is_not_at_work_on_becomes_the_agents(server: TrapServer, state: str, becomes: str) -> None:
    trapped = server.at("ironic", "2025.2", node(inspect_interface="inspector", provision_state=state))
    assert server.sync(trapped, "2025.2", "online").exit_code == 0
    assert one(server, trapped, "inspect_interface") == "inspector", "which 2025.2 still has"
    assert server.sync(trapped, "2026.1").exit_code == 0
    assert server.run(trapped, "2026.1", PLAIN).exit_code == 0
    assert one(server, trapped, "inspect_interface") == "inspector"

    assert server.sync(trapped, "2026.1", "online").exit_code == 0
    assert one(server, trapped, "inspect_interface") == becomes
