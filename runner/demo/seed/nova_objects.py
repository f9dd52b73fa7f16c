"""Nova's objects as 2023.1 serializes them into its text columns (`obj_to_primitive`; versions from nova.objects)."""

import json

from runner.demo.seed.story import (
    TEAMS,
    Flavor,
    Size,
    address_of,
    flavor_of,
    image_of,
    mac_of,
    moment,
    team_of,
    user_of,
    uuid_of,
)

Primitive = dict[str, object]


def flavor_text(instance: int) -> str:
    """Write `instance_extra.flavor`."""
    return json.dumps({"cur": _flavor(flavor_of(instance)), "old": None, "new": None})


def vcpu_model_text() -> str:
    """Write `instance_extra.vcpu_model`."""
    return json.dumps(_object("VirtCPUModel", "1.0", {"arch": "x86_64", "mode": "host-model", "model": None}))


def keypairs_text() -> str:
    """Write `instance_extra.keypairs` of an instance without any."""
    return json.dumps(_object("KeyPairList", "1.3", {"objects": []}))


def request_spec_text(instance: int, size: Size) -> str:
    """Write `request_specs.spec`.

    Never with `security_groups: null`: nova fails on such a row when it populates instance mappings.
    """
    spec: Primitive = {
        "image": _image(instance, size),
        "numa_topology": None,
        "pci_requests": _object("InstancePCIRequests", "1.1", {"instance_uuid": uuid_of("instance", instance), "requests": []}),
        "project_id": team_of(instance),
        "user_id": user_of(instance),
        "availability_zone": "nova",
        "flavor": _flavor(flavor_of(instance)),
        "num_instances": 1,
        "ignore_hosts": None,
        "force_hosts": None,
        "force_nodes": None,
        "requested_destination": None,
        "retry": None,
        "limits": _object("SchedulerLimits", "1.0", {"disk_gb": None, "memory_mb": None, "numa_topology": None, "vcpu": None}),
        "instance_group": None,
        "scheduler_hints": {},
        "instance_uuid": uuid_of("instance", instance),
        "security_groups": _object("SecurityGroupList", "1.1", {"objects": []}),
        "is_bfv": False,
        "requested_resources": None,
    }
    return json.dumps(_object("RequestSpec", "1.14", spec))


def network_info_text(instance: int, size: Size) -> str:
    """Write `instance_info_caches.network_info`; an instance has the port of its number, or none."""
    return json.dumps([_vif(instance)] if instance < size.ports else [])


def _object(name: str, version: str, data: Primitive) -> Primitive:
    return {
        "nova_object.name": name,
        "nova_object.namespace": "nova",
        "nova_object.version": version,
        "nova_object.data": data,
    }


def _flavor(flavor: Flavor) -> Primitive:
    data: Primitive = {
        "id": flavor.id,
        "name": flavor.name,
        "memory_mb": flavor.memory_mb,
        "vcpus": flavor.vcpus,
        "root_gb": flavor.root_gb,
        "ephemeral_gb": 0,
        "flavorid": str(flavor.id),
        "swap": 0,
        "rxtx_factor": 1.0,
        "vcpu_weight": 0,
        "disabled": False,
        "is_public": True,
        "extra_specs": {},
        "description": None,
        "created_at": _iso(0),
        "updated_at": None,
        "deleted_at": None,
        "deleted": False,
    }
    return _object("Flavor", "1.2", data)


def _image(instance: int, size: Size) -> Primitive:
    number = instance % size.images
    data: Primitive = {
        "id": image_of(instance, size),
        "name": f"image-{number + 1:04d}",
        "status": "active",
        "owner": team_of(number),
        "size": 20 * 1024**2 + number,
        "container_format": "bare",
        "disk_format": "qcow2",
        "created_at": _iso(number),
        "updated_at": _iso(number + 1),
        "min_ram": 0,
        "min_disk": 1,
        "properties": _object("ImageMetaProps", "1.34", {"hw_machine_type": "q35", "hw_disk_bus": "virtio"}),
    }
    return _object("ImageMeta", "1.8", data)


def _vif(port: int) -> Primitive:
    team = port % TEAMS
    fixed = {"address": address_of(port), "type": "fixed", "version": 4, "meta": {}, "floating_ips": []}
    subnet = {
        "cidr": f"10.{team}.0.0/16",
        "dns": [],
        "gateway": {"address": f"10.{team}.0.1", "type": "gateway", "version": 4, "meta": {}},
        "ips": [fixed],
        "routes": [],
        "version": 4,
        "meta": {},
    }
    network = {
        "id": uuid_of("network", team),
        "bridge": "br-int",
        "label": f"net-{team + 1:02d}",
        "subnets": [subnet],
        "meta": {"injected": False, "tenant_id": team_of(port), "mtu": 1450, "physical_network": None, "tunneled": True},
    }
    return {
        "id": uuid_of("port", port),
        "address": mac_of(port),
        "network": network,
        "type": "ovs",
        "details": {"connectivity": "l2", "port_filter": True, "bridge_name": "br-int"},
        "devname": f"tap{uuid_of('port', port)[:11]}",
        "ovs_interfaceid": uuid_of("port", port),
        "qbh_params": None,
        "qbg_params": None,
        "active": True,
        "vnic_type": "normal",
        "profile": {},
        "preserve_on_delete": False,
        "delegate_create": True,
        "meta": {},
    }


def _iso(number: int) -> str:
    return moment(number).replace(" ", "T") + "Z"
