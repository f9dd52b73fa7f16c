"""The demo's rows, asked without a database."""

import json
from collections import defaultdict

import pytest

from runner.demo.seed import rows_of
from runner.demo.seed.rows import Rows, rows
from runner.demo.seed.story import Installed, Size, cell_of, uuid_of
from runner.scratch.first_install import SCHEMAS

INSTALLED = Installed(
    password_hash="$2b$12$hash",
    roles={"admin": "a", "member": "m", "reader": "r"},
    default_volume_type="default-type",
    cells={"cell0": 1, "cell1": 2, "cell2": 3},
)

Tables = dict[tuple[str, str], list[dict[str, object]]]


def tables(size: Size) -> Tables:
    found: Tables = defaultdict(list)
    for batch in rows_of(size, INSTALLED):
        found[batch.schema, batch.table] += [dict(row) for row in batch.values]
    return found


@pytest.fixture(scope="module")
def cloud() -> Tables:
    return tables(Size())


def column(cloud: Tables, schema: str, table: str, name: str) -> list[object]:
    return [row[name] for row in cloud[schema, table]]


def test_two_clouds_of_one_size_hold_the_same_rows(cloud: Tables) -> None:
    assert tables(Size()) == cloud


def test_every_schema_of_the_cloud_is_filled_and_no_other(cloud: Tables) -> None:
    assert {schema for schema, _ in cloud} == {schema for schemas in SCHEMAS.values() for schema in schemas}


def test_all_rows_of_a_batch_have_the_same_columns() -> None:
    for batch in rows_of(Size(), INSTALLED):
        assert len({tuple(row) for row in batch.values}) <= 1, batch.table


def test_there_is_as_much_as_the_size_says(cloud: Tables) -> None:
    instances = cloud["nova", "instances"] + cloud["nova_cell2", "instances"]
    assert sum(row["deleted"] == 0 for row in instances) == 300
    assert sum(row["deleted"] != 0 for row in instances) == 50
    assert len(cloud["nova_cell0", "instances"]) == 5
    assert column(cloud, "cinder", "volumes", "deleted").count(False) == 300
    assert column(cloud, "glance", "images", "deleted").count(False) == 300
    assert column(cloud, "heat", "stack", "deleted_at").count(None) == 300
    assert len(cloud["neutron", "ml2_port_bindings"]) == 300


def test_only_soft_deleted_cinder_rows_lack_use_quota(cloud: Tables) -> None:
    for table, planted in (("volumes", 50), ("snapshots", 20)):
        assert column(cloud, "cinder", table, "use_quota").count(None) == planted
        assert all((row["use_quota"] is None) == row["deleted"] for row in cloud["cinder", table])


def test_both_cells_have_instances_and_each_is_mapped_to_its_own(cloud: Tables) -> None:
    mapped = {row["instance_uuid"]: row["cell_id"] for row in cloud["nova_api", "instance_mappings"]}
    for schema, cell in (("nova_cell0", "cell0"), ("nova", "cell1"), ("nova_cell2", "cell2")):
        assert {mapped[uuid] for uuid in column(cloud, schema, "instances", "uuid")} == {INSTALLED.cells[cell]}


def test_projects_tell_the_same_story_of_one_instance(cloud: Tables) -> None:
    uuid = uuid_of("instance", 17)
    (instance,) = (row for row in cloud["nova", "instances"] if row["uuid"] == uuid)
    (port,) = (row for row in cloud["neutron", "ports"] if row["device_id"] == uuid)
    (cache,) = (row for row in cloud["nova", "instance_info_caches"] if row["instance_uuid"] == uuid)
    (vif,) = json.loads(str(cache["network_info"]))
    assert instance["project_id"] == port["project_id"]
    assert instance["image_ref"] in column(cloud, "glance", "images", "id")
    assert vif["id"] == port["id"]
    assert vif["address"] == port["mac_address"]
    attached = [row["volume_id"] for row in cloud["cinder", "volume_attachment"] if row["instance_uuid"] == uuid]
    assert attached == [
        row["volume_id"] for row in cloud["nova", "block_device_mapping"] if row["instance_uuid"] == uuid and row["volume_id"]
    ]


def test_some_of_each_awkward_row_are_planted(cloud: Tables) -> None:
    instances = cloud["nova", "instances"] + cloud["nova_cell2", "instances"]
    nodes = set(column(cloud, "nova", "compute_nodes", "host") + column(cloud, "nova_cell2", "compute_nodes", "host"))
    assert any(row["host"] not in nodes and row["deleted"] == 0 for row in instances)
    assert any(row["availability_zone"] is None for row in instances)
    assert None in column(cloud, "nova_api", "instance_mappings", "queued_for_delete")
    assert None in column(cloud, "nova_api", "instance_mappings", "user_id")
    assert None in column(cloud, "nova", "block_device_mapping", "uuid")
    assert None in column(cloud, "nova", "migrations", "uuid")
    assert set(column(cloud, "placement", "allocations", "consumer_id")) > set(column(cloud, "placement", "consumers", "uuid"))
    assert len(column(cloud, "neutron", "network_segment_ranges", "minimum")) == 4


def test_no_planted_row_is_one_that_nova_cannot_migrate(cloud: Tables) -> None:
    for spec in column(cloud, "nova_api", "request_specs", "spec"):
        assert json.loads(str(spec))["nova_object.data"]["security_groups"] is not None
    for schema in ("nova", "nova_cell2"):
        named = cloud[schema, "instance_system_metadata"]
        assert all(str(row["value"]).isdigit() for row in named if row["key"] == "image_min_ram")


def test_every_provider_has_its_root(cloud: Tables) -> None:
    assert None not in column(cloud, "placement", "resource_providers", "root_provider_id")


def test_a_port_is_on_exactly_one_standard_attribute(cloud: Tables) -> None:
    numbers = column(cloud, "neutron", "standardattributes", "id")
    assert len(set(numbers)) == len(numbers)
    assert set(column(cloud, "neutron", "ports", "standard_attr_id")) <= set(numbers)


@pytest.mark.parametrize("size", [Size(instances=8, volumes=3, images=2, ports=1, stacks=0, soft_deleted=0)])
def test_a_small_cloud_is_as_sound(size: Size) -> None:
    small = tables(size)
    assert len(small["cinder", "volumes"]) == 3
    assert not small["heat", "stack"]


def test_half_of_the_hosts_are_in_each_cell() -> None:
    assert [cell_of(number) for number in range(8)] == ["cell1"] * 4 + ["cell2"] * 4


def test_an_insert_names_its_columns() -> None:
    batch = Rows("demo", "things", ({"id": 1, "key": "a"},))
    assert batch.insert() == "INSERT INTO `demo`.`things` (`id`, `key`) VALUES (:id, :key)"


def test_an_id_of_zero_is_kept_where_it_is_meant() -> None:
    batch = rows("demo", "things", [{"id": 0}], keeps_zero=True)
    assert batch.insert().startswith("SET STATEMENT sql_mode='NO_AUTO_VALUE_ON_ZERO' FOR INSERT INTO")
