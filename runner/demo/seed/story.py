"""Who and what the demo cloud consists of, so that seven projects tell the same story about it.

Instance 17 is placed, mapped, given a port, a volume and an allocation by five projects; they agree because each asks
here. Nothing is random: ids are uuid5 of what they name and times are counted from one fixed day, so that two demo
clouds hold the same rows.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

NAMESPACE = UUID("7a1be2c0-0d3f-5d0e-9c55-20230322a11e")
BEGINNING = datetime(2023, 6, 1, tzinfo=UTC)
TEAMS = 20
"""Keystone projects; "team", because a project is something else in this house."""
USERS = 40
HOSTS = 8
FAILED = 5
"""Instances that no host took; nova keeps them in cell0."""
VANISHED_HOST = "compute-gone"
"""A host whose compute node was deleted while instances still name it."""

Cell = Literal["cell0", "cell1", "cell2"]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much of everything. `soft_deleted` counts instances, volumes, images and stacks each, snapshots 2 for every 5."""

    instances: int = 300
    volumes: int = 300
    images: int = 300
    ports: int = 300
    stacks: int = 300
    soft_deleted: int = 50


@dataclass(frozen=True, kw_only=True)
class Installed:
    """What the real first-install commands made under names or numbers of their own."""

    password_hash: str
    roles: dict[str, str]
    default_volume_type: str
    cells: dict[str, int]


@dataclass(frozen=True)
class Flavor:
    """A flavor as its users know it."""

    id: int
    name: str
    vcpus: int
    memory_mb: int
    root_gb: int


FLAVORS = (
    Flavor(1, "m1.tiny", 1, 512, 1),
    Flavor(2, "m1.small", 1, 2048, 20),
    Flavor(3, "m1.medium", 2, 4096, 40),
    Flavor(4, "m1.large", 4, 8192, 80),
)


def uuid_of(kind: str, number: int) -> str:
    """Name the `number`th thing of a kind, with dashes, as all but keystone do."""
    return str(uuid5(NAMESPACE, f"{kind}/{number}"))


def hex_of(kind: str, number: int) -> str:
    """Name the `number`th thing of a kind, without dashes, as keystone does."""
    return uuid5(NAMESPACE, f"{kind}/{number}").hex


def moment(number: int) -> str:
    """Tell when the `number`th thing happened: a minute after the one before."""
    return (BEGINNING + timedelta(minutes=number)).strftime("%Y-%m-%d %H:%M:%S")


def team_of(number: int) -> str:
    """Name the keystone project that owns the `number`th thing."""
    return hex_of("team", number % TEAMS)


def user_of(number: int) -> str:
    """Name the user who made the `number`th thing: a member of the team that owns it."""
    return hex_of("user", number % USERS)


def host_name(number: int) -> str:
    """Name a compute host."""
    return f"compute-{number % HOSTS + 1}"


def cell_of(number: int) -> Cell:
    """Tell the cell of a host, or of the instance that runs there: half of the hosts are in each."""
    return "cell1" if number % HOSTS < HOSTS // 2 else "cell2"


def host_of(instance: int) -> str:
    """Name the host an instance says it runs on, be it there or not."""
    return VANISHED_HOST if is_stranded(instance) else host_name(instance)


def recurs(number: int, *, every: int, at: int) -> bool:
    """Tell whether something rare happens to the `number`th thing: to one in `every`, the first of them being `at`."""
    return number % every == at


def is_stranded(instance: int) -> bool:
    """Tell whether the instance's host has no compute node, so that nova can never fill in its `compute_id`."""
    return recurs(instance, every=100, at=41)


def flavor_of(instance: int) -> Flavor:
    """Tell the flavor of an instance."""
    return FLAVORS[instance % len(FLAVORS)]


def image_of(instance: int, size: Size) -> str:
    """Name the image an instance was booted from."""
    return uuid_of("image", instance % size.images)


def address_of(port: int) -> str:
    """Tell the address of a port in its team's network, 10.<team>.0.0/16."""
    within = port // TEAMS
    return f"10.{port % TEAMS}.{within // 200}.{within % 200 + 10}"


def mac_of(port: int) -> str:
    """Tell the hardware address of a port."""
    return f"fa:16:3e:{port >> 16 & 255:02x}:{port >> 8 & 255:02x}:{port & 255:02x}"


def is_attached(volume: int, size: Size) -> bool:
    """Tell whether a volume is attached to the instance of the same number."""
    return volume < min(size.volumes, size.instances) and volume % 3 != 0
