"""The proof that reads everything back through the target's own code: what is broken or gone is named, project by project."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from runner.containers.engine import LABEL
from runner.demo.night import Stage, stage
from runner.demo.seed.story import hex_of, uuid_of
from runner.errors import ProofFailed
from runner.events import silent
from runner.flows.images import open_workshop
from runner.journal.runs import list_runs
from runner.mariadb.connection import DatabaseServer, open_server
from runner.scratch.stand import SERVER_PASSWORD
from runner.settings import Server
from tests.support.clouds import TARGET, SmallCloud
from tests.support.own_recipe import read_placement
from tests.support.thing import MIGRATE, Done, folder_of, thing

pytestmark = [pytest.mark.engine, pytest.mark.images]


@dataclass(frozen=True)
class Damage:
    """Something done to a database after the chain and before its proof, and what is to be said of it."""

    database: str
    does: str
    says: str


DAMAGE = (
    Damage(
        "keystone",
        f"""UPDATE keystone.user SET extra = '{{"email": "us' WHERE id = '{hex_of("user", 6)}'""",
        f"users: 1 cannot be read: {hex_of('user', 6)} (JSONDecodeError: ",
    ),
    Damage(
        "keystone",
        f"DELETE FROM keystone.endpoint WHERE id = '{hex_of('endpoint', 1)}'",
        f"endpoints: 1 gone: {hex_of('endpoint', 1)}",
    ),
    Damage(
        "glance",
        f"""UPDATE glance.image_locations SET meta_data = '{{"store": "lo' WHERE image_id = '{uuid_of("image", 8)}'""",
        f"images: 1 cannot be read: {uuid_of('image', 8)} (JSONDecodeError: ",
    ),
    # No row is gone here, so counting rows sees nothing.
    Damage(
        "glance",
        f"UPDATE glance.images SET deleted = 1 WHERE id = '{uuid_of('image', 9)}'",
        f"images: 1 gone: {uuid_of('image', 9)}",
    ),
    Damage(
        "placement",
        f"UPDATE placement.allocations SET resource_class_id = 999 WHERE consumer_id = '{uuid_of('instance', 4)}'"
        " AND resource_class_id = 0",
        "allocations: 3 cannot be read: ",
    ),
    Damage(
        "placement",
        f"DELETE FROM placement.allocations WHERE consumer_id = '{uuid_of('instance', 5)}' AND resource_class_id = 0",
        "allocations: 1 gone: ",
    ),
    Damage(
        "nova.cell1",
        f"UPDATE nova.instance_extra SET flavor = LEFT(flavor, 200) WHERE instance_uuid = '{uuid_of('instance', 0)}'",
        f"instances: 1 cannot be read: {uuid_of('instance', 0)} (JSONDecodeError: ",
    ),
    Damage(
        "nova.cell1",
        f"UPDATE nova.instances SET deleted = id WHERE uuid = '{uuid_of('instance', 1)}'",
        f"instances: 1 gone: {uuid_of('instance', 1)}",
    ),
    Damage(
        "nova.cell1",
        "UPDATE nova.block_device_mapping SET source_type = 'nonsense' WHERE id = 1",
        "block devices: 1 cannot be read: 1 (ValueError: Field value nonsense is invalid)",
    ),
    Damage(
        "nova.api",
        f"UPDATE nova_api.request_specs SET spec = LEFT(spec, 500) WHERE instance_uuid = '{uuid_of('instance', 2)}'",
        f"request specs: 1 cannot be read: {uuid_of('instance', 2)} (JSONDecodeError: ",
    ),
    Damage(
        "nova.api",
        f"DELETE FROM nova_api.instance_mappings WHERE instance_uuid = '{uuid_of('instance', 3)}'",
        f"instance mappings: 1 gone: {uuid_of('instance', 3)}",
    ),
    Damage(
        "cinder",
        f"UPDATE cinder.snapshots SET status = 'nonsense' WHERE id = '{uuid_of('snapshot', 2)}'",
        f"snapshots: 1 cannot be read: {uuid_of('snapshot', 2)} (ValueError: Field value nonsense is invalid)",
    ),
    Damage(
        "cinder",
        f"DELETE FROM cinder.volume_attachment WHERE id = '{uuid_of('attachment', 1)}'",
        f"attachments: 1 gone: {uuid_of('attachment', 1)}",
    ),
    Damage(
        "neutron",
        f"UPDATE neutron.ports SET mac_address = 'nonsense' WHERE id = '{uuid_of('port', 5)}'",
        f"ports: 1 cannot be read: {uuid_of('port', 5)} (AddrFormatError: ",
    ),
    Damage(
        "neutron",
        f"DELETE FROM neutron.agents WHERE id = '{uuid_of('agent', 7)}'",
        f"agents: 1 gone: {uuid_of('agent', 7)}",
    ),
    Damage(
        "heat",
        "UPDATE heat.raw_template SET template = LEFT(template, 40) WHERE id = 4",
        f"stacks: 1 cannot be read: {uuid_of('stack', 3)} (JSONDecodeError: ",
    ),
    Damage("heat", "DELETE FROM heat.resource WHERE id = 20", "resources: 1 gone: 20"),
)


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Done, dict[str, Any]]]:
    """A whole cloud, damaged between its chain and the proof: how the run ended, and this proof's evidence."""
    folder, name = tmp_path_factory.mktemp("damaged"), f"{LABEL}-test-{token_hex(4)}"
    with stage(open_workshop(None, silent), name, folder, jobs=2) as made, root_of(made) as server:
        server.execute("UPDATE cinder.volumes SET use_quota = 1")
        server.execute("UPDATE cinder.snapshots SET use_quota = 1")
        left = thing(made.cloud, *MIGRATE, at="after:accounts-dropped", seconds=400)
        assert left.code < 0, left.err
        for damage in DAMAGE:
            assert server.execute(damage.does) == 1, damage
        yield thing(made.cloud, "resume", seconds=400), evidence_of(made.cloud, folder / "runs")


def root_of(made: Stage) -> AbstractContextManager[DatabaseServer]:
    password = (made.cloud.parent / SERVER_PASSWORD).read_text(encoding="utf-8")
    return open_server(Server(host="127.0.0.1", port=made.server.port, user="root", password_file="unused"), password)


def evidence_of(cloud: Path | SmallCloud, runs: Path) -> dict[str, Any]:
    """The evidence of this proof in the newest run, by database."""
    shown = json.loads(thing(cloud, "report", list_runs(runs)[-1].name, "--json").out)
    return {proof["subject"]: proof for proof in shown["proofs"] if proof["proof"] == "read-back"}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.says.partition(":")[0])
def test_what_is_broken_and_what_is_gone_is_named(damaged: tuple[Done, dict[str, Any]], damage: Damage) -> None:
    done, evidence = damaged
    done.refused(ProofFailed, f"read-back of {damage.database}: ")
    assert evidence[damage.database]["holds"] is False
    assert any(line.startswith(damage.says) for line in evidence[damage.database]["detail"]), evidence[damage.database]


def test_what_is_whole_is_read_all_the_same(damaged: tuple[Done, dict[str, Any]]) -> None:
    _, evidence = damaged
    assert evidence["nova.cell2"]["holds"] is True
    assert evidence["nova.cell0"]["detail"] == [f"nova {TARGET} reads 5/5 instances, 5/5 block devices, 1/1 services"]
    said = evidence["keystone"]["detail"][-1]
    assert "7/7 services" in said
    assert "a token for user-01 by password: keystone gives it; its catalog has 7 services with 6 endpoints" in said


def trace(cloud: SmallCloud) -> list[tuple[Any, ...]]:
    """What keystone notes down about logins."""
    return cloud.of("keystone").rows(
        "SELECT failed_auth_count, failed_auth_at, last_active_at FROM local_user JOIN user ON user.id = user_id ORDER BY 1, 2"
    )


def test_a_password_that_is_refused_fails_the_proof_and_leaves_no_trace(whole_cloud: SmallCloud) -> None:
    (whole_cloud.file.parent / "user.password").write_text("not this one", encoding="utf-8")
    login = {"user": "user-01", "project": "team-01", "password_file": "user.password"}
    whole_cloud.rewrite(read_back={"keystone": login})
    before = trace(whole_cloud)

    done = thing(whole_cloud, *MIGRATE)

    done.refused(ProofFailed, "a token for user-01 by password: keystone refuses it: 401 UNAUTHORIZED")
    assert "not this one" not in done.err
    assert trace(whole_cloud) == before

    whole_cloud.rewrite(read_back={})
    done = thing(whole_cloud, "resume")

    assert done.code == 0, done.err
    evidence = evidence_of(whole_cloud, whole_cloud.runs)
    assert all(proof["holds"] for proof in evidence.values())
    assert "no token was asked for: cloud.yaml names no user under read_back.keystone" in evidence["keystone"]["detail"][0]


WRITES = """\
from reading import Database, Reading, main
from sqlalchemy import create_engine, text

def read(database):
    def write(_):
        with create_engine(database.url).begin() as connection:
            connection.execute(text("DELETE FROM allocations"))

    yield Reading("allocations", [[1]], lambda ids: [], write, lambda one: one, lambda one: one)

main({"placement": read})
"""


def test_a_script_cannot_write_and_what_it_does_not_say_is_not_told(cloud: SmallCloud) -> None:
    read_placement(cloud, WRITES)
    before = cloud.of("placement").scalar("SELECT COUNT(*) FROM allocations")

    done = thing(cloud, *MIGRATE)

    done.refused(ProofFailed, "read-back of placement: ")
    detail = evidence_of(cloud, cloud.runs)["placement"]["detail"]
    assert "allocations: 1 would have been changed by reading them, and so were not read whole" in detail
    assert any(line.startswith("traits: no answer (exit code 0): ") for line in detail)
    assert cloud.of("placement").scalar("SELECT COUNT(*) FROM allocations") == before


def test_a_script_that_fails_neither_holds_nor_fails(cloud: SmallCloud) -> None:
    read_placement(cloud, "raise SystemExit('no such thing')")

    done = thing(cloud, *MIGRATE)

    assert done.code == 0, done.err
    assert "proof read-back of placement could not be told" in done.err
    assert {name: proof["holds"] for name, proof in evidence_of(cloud, cloud.runs).items()} == {
        "glance": True,
        "placement": None,
    }
    assert "could not be told" in thing(cloud, "report", folder_of(cloud).name).out
