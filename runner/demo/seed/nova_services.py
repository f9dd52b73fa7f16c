"""Nova's services and compute nodes, as rows of a cell."""

import json

from runner.demo.seed.story import Cell, host_name, moment, uuid_of

SERVICE_VERSION = 66
"""What a 2023.1 service writes into its row (nova.objects.service.SERVICE_VERSION)."""
CONTROLLERS: dict[Cell, tuple[int, str]] = {
    "cell0": (900, "nova-scheduler"),
    "cell1": (901, "nova-conductor"),
    "cell2": (902, "nova-conductor"),
}
"""The number and binary of what serves a cell besides its computes."""


def service(number: int) -> dict[str, object]:
    """Describe a host's nova-compute."""
    return _service(number, "nova-compute", host_name(number), "compute")


def controller(cell: Cell) -> dict[str, object]:
    """Describe the service that serves a cell from a controller."""
    number, binary = CONTROLLERS[cell]
    return _service(number, binary, "controller-1", binary.removeprefix("nova-"))


def _service(number: int, binary: str, host: str, topic: str) -> dict[str, object]:
    return {
        "created_at": moment(0),
        "updated_at": moment(9000),
        "id": number + 1,
        "host": host,
        "binary": binary,
        "topic": topic,
        "report_count": 9000,
        "disabled": False,
        "deleted": 0,
        "last_seen_up": moment(9000),
        "forced_down": False,
        "version": SERVICE_VERSION,
        "uuid": uuid_of("nova-service", number),
    }


def compute_node(number: int) -> dict[str, object]:
    """Describe a host as its hypervisor reports it; the first one keeps no allocation ratios, as before Stein."""
    ratios = (None, None, None) if number == 0 else (4.0, 1.0, 1.0)
    return {
        "created_at": moment(0),
        "updated_at": moment(9000),
        "id": number + 1,
        "vcpus": 256,
        "memory_mb": 524_288,
        "local_gb": 20_000,
        "vcpus_used": 80,
        "memory_mb_used": 150_000,
        "local_gb_used": 1_500,
        "hypervisor_type": "QEMU",
        "hypervisor_version": 7_002_000,
        "cpu_info": json.dumps({"arch": "x86_64", "model": "host", "topology": {"cores": 64, "sockets": 2, "threads": 2}}),
        "free_ram_mb": 374_288,
        "free_disk_gb": 18_500,
        "current_workload": 0,
        "running_vms": 37,
        "hypervisor_hostname": host_name(number),
        "deleted": 0,
        "host_ip": f"192.0.2.{number + 10}",
        "supported_instances": json.dumps([["x86_64", "kvm", "hvm"]]),
        "metrics": "[]",
        "stats": "{}",
        "host": host_name(number),
        "cpu_allocation_ratio": ratios[0],
        "ram_allocation_ratio": ratios[1],
        "disk_allocation_ratio": ratios[2],
        "uuid": uuid_of("compute-node", number),
        "mapped": 1,
    }
