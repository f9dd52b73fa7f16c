"""The plain way: a serial loop of `docker run --rm` of every command of every hop, as a shell script would do it."""

import subprocess
import time
from pathlib import Path

STOPS = ("2024.1", "2025.1", "2026.1")

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("keystone-manage", "--config-file", "/c/keystone.conf", "db_sync", "--expand"),
    ("keystone-manage", "--config-file", "/c/keystone.conf", "db_sync", "--migrate"),
    ("keystone-manage", "--config-file", "/c/keystone.conf", "db_sync", "--contract"),
    ("glance-manage", "--config-file", "/c/glance-api.conf", "db", "expand"),
    ("glance-manage", "--config-file", "/c/glance-api.conf", "db", "migrate"),
    ("glance-manage", "--config-file", "/c/glance-api.conf", "db", "contract"),
    ("placement-manage", "--config-file", "/c/placement.conf", "db", "sync"),
    ("placement-manage", "--config-file", "/c/placement.conf", "db", "online_data_migrations"),
    ("nova-manage", "--config-file", "/c/nova.conf", "api_db", "sync"),
    ("nova-manage", "--config-file", "/c/nova.conf", "db", "sync"),
    ("nova-manage", "--config-file", "/c/nova-cell2.conf", "db", "sync", "--local_cell"),
    ("nova-manage", "--config-file", "/c/nova.conf", "db", "online_data_migrations"),
    ("nova-manage", "--config-file", "/c/nova-cell2.conf", "db", "online_data_migrations"),
    ("cinder-manage", "--config-file", "/c/cinder.conf", "db", "sync"),
    ("cinder-manage", "--config-file", "/c/cinder.conf", "db", "online_data_migrations"),
    ("neutron-db-manage", "--config-file", "/c/neutron.conf", "upgrade", "--expand"),
    ("neutron-db-manage", "--config-file", "/c/neutron.conf", "upgrade", "--contract"),
    ("heat-manage", "--config-file", "/c/heat.conf", "db_sync"),
)
"""Eighteen commands a hop: the sixteen that a cloud with one cell takes, and two for the second cell, whose old schema
nova's online migrations would fail on. (`db sync` takes cell0 along; cell0's online migrations are left out, to the plain
way's advantage.)"""

PURGE = ("cinder-manage", "--config-file", "/c/cinder.conf", "db", "purge", "0")


def configure(folder: Path, host: str, password: str) -> None:
    """Write the configuration files that the commands read."""
    folder.mkdir(parents=True, exist_ok=True)

    def url(schema: str) -> str:
        return f"connection = mysql+pymysql://root:{password}@{host}/{schema}"

    nova = f"[DEFAULT]\ntransport_url = fake://\n[api_database]\n{url('nova_api')}\n[database]\n{{cell}}\n"
    files = {
        "keystone.conf": f"[database]\n{url('keystone')}\n",
        "glance-api.conf": f"[database]\n{url('glance')}\n",
        "placement.conf": f"[placement_database]\n{url('placement')}\n",
        "nova.conf": nova.format(cell=url("nova")),
        "nova-cell2.conf": nova.format(cell=url("nova_cell2")),
        "cinder.conf": f"[DEFAULT]\ntransport_url = fake://\nrpc_response_timeout = 1\n[database]\n{url('cinder')}\n",
        "neutron.conf": f"[database]\n{url('neutron')}\n",
        "heat.conf": f"[database]\n{url('heat')}\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text)


def run(folder: Path, network: str) -> tuple[int, float]:
    """Run the loop; returns how many commands it took and in how many seconds."""
    began = time.monotonic()
    commands = [("2023.1", PURGE), *((stop, command) for stop in STOPS for command in COMMANDS)]
    for series, command in commands:
        start = ("docker", "run", "--rm", "--network", network, "-v", f"{folder}:/c:ro", "--tmpfs", "/tmp", "-e", "HOME=/tmp")
        image = f"thing-a-me/{series}:latest"
        subprocess.run([*start, image, *command], check=True, capture_output=True, timeout=600)
    return len(commands), time.monotonic() - began
