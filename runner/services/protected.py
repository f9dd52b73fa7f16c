"""The data plane's list: what is never stopped by mistake, by whatever name it goes. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise


@dataclass(frozen=True)
class Target:
    """What would be stopped, as its kind names it: a container, a unit, a deployment, a word of a command.

    `also` are other names of the same thing: its image, a unit's aliases. `is_named` says that the setting names this very
    one; a container found by its label is not named.
    """

    name: str
    also: tuple[str, ...] = ()
    is_named: bool = True


@dataclass(frozen=True)
class Rule:
    """Names that belong together, as patterns: lower case, `-` for `_` too, without what `names_of` takes off."""

    what: str
    patterns: tuple[str, ...]


GROUND = Rule(
    "what services stand on",
    (
        *("docker", "dockerd", "containerd", "podman", "crio", "kubelet", "k3s*", "rke2*", "etcd*", "dbus*", "ssh", "sshd"),
        *("network", "networking", "networkmanager", "systemd-*", "snapd", "lxc", "lxd", "libpod*"),
    ),
)
RULES = (
    Rule("the hypervisor", ("*libvirt*", "*virtqemud*", "qemu*", "nova-virt*", "virt*d", "virt*-sockets", "kvm*", "xen*")),
    Rule(
        "the virtual switch",
        ("*openvswitch*", "ovs-*", "ovs", "ovsdb-*", "*vswitchd", "ovsdpdk*", "ovn-*", "ovn", "*neutron-ovn-northd*"),
    ),
    Rule(
        "a network agent",
        (
            *("neutron-*-agent*", "neutron-agent*", "*neutron-agents-container*", "*-dragent", "neutron-eswitchd", "dnsmasq"),
            *("neutron-dhcp", "neutron-l3", "neutron-metadata", "neutron-linuxbridge", "ovn-metadata*", "networking-*-agent"),
            *("q-agt", "q-dhcp", "q-l3", "q-meta", "q-metering", "q-ovn-*", "q-bgp-agt", "q-sriov-agt"),
            *("calico-*", "bird", "bird6", "frr", "contrail-vrouter*"),
        ),
    ),
    Rule("the database", ("mariadb*", "mysql*", "galera*", "*galera-container*", "garbd", "percona*", "*innodb-cluster*")),
    Rule(
        "the way to the database",
        ("proxysql*", "haproxy*", "maxscale*", "keepalived*", "pacemaker*", "corosync*", "hacluster*"),
    ),
    Rule("the message queue", ("rabbitmq*", "rabbit", "*rabbit-mq-container*", "qpidd", "qdrouterd", "epmd*")),
    Rule(
        "storage",
        (
            *("ceph*", "radosgw*", "rbd*", "iscsi*", "open-iscsi", "tgt", "tgtd", "target", "targetctl", "rtslib*"),
            *("multipath*", "nfs-*", "glusterd", "gluster*", "drbd*", "linstor*", "swift-*", "nvmet*"),
        ),
    ),
    Rule("name service", ("bind9", "named", "*-backend-bind9", "unbound", "pdns*")),
    GROUND,
)
"""Tried with the names of kolla-ansible, openstack-ansible, TripleO, devstack, snaps and Debian's packages."""

COMPUTE = Rule("the compute service", ("nova-compute*", "n-cpu", "n-cpu-*"))
"""It runs beside its guests and not under them; still, one that is asked for by name only."""

_OF_MANY_UNITS = (".slice", ".target", ".scope")
_UNIT_ENDINGS = re.compile(r"\.(service|socket|timer|path)$")
_WRAPPED = re.compile(r"^(?:kolla-(?P<kolla>.+)-container|(?:container|docker|openstack|tripleo|edpm)-(?P<rest>.+))$")
_OLD_IMAGE = re.compile(r"^(?:centos|debian|oraclelinux|rhel|rocky|ubuntu)\w*-(?:binary|source)-")
_GLOB = re.compile(r"[*?\[]")
_ENDING_VERBS = ("stop", "restart", "disable", "mask", "kill")
_WORDS = re.compile(r"""[\s;&|()<>'"`$,]+""")


def names_of(name: str) -> tuple[str, ...]:
    """The names that a rule is asked about: of a unit, a container, an image with its registry and tag, or a path.

    An instance counts by its template and by itself: `devstack@n-cpu.service` is `devstack` and `n-cpu`.
    """
    last = name.strip().lower().split("@sha256:")[0].rsplit("/", 1)[-1]
    last = _UNIT_ENDINGS.sub("", last.split(":")[0]).replace("_", "-")
    if last.startswith("snap."):
        last = last.rsplit(".", 1)[-1]
    found = [part for part in last.split("@") if part]
    return tuple(dict.fromkeys(bare for part in found for bare in (part, *_unwrapped(part))))


def _unwrapped(name: str) -> Iterator[str]:
    """Take off what deployment tools put around a name: Kolla's units, TripleO's, Kolla's images of before 2023."""
    if wrapped := _WRAPPED.match(name):
        yield wrapped["kolla"] or wrapped["rest"]
    if _OLD_IMAGE.match(name):
        yield _OLD_IMAGE.sub("", name)


def why_protected(target: Target) -> str | None:
    """Say by which rule the target may not be stopped; None: it may."""
    if _GLOB.search(target.name):
        return "a pattern, which may name any of them"
    if target.name.endswith(_OF_MANY_UNITS):
        return "a group of units, which may hold any of them"
    for name in (target.name, *target.also):
        shown = "" if name == target.name else f", as {name}"
        for rule in RULES:
            if pattern := _match(rule, names_of(name)):
                return f"{rule.what} ({pattern}{shown})"
        if not target.is_named and (pattern := _match(COMPUTE, names_of(name))):
            return f"{COMPUTE.what} ({pattern}{shown}), which has to be named itself"
    return None


def _match(rule: Rule, names: Iterable[str]) -> str | None:
    return next((pattern for pattern in rule.patterns for name in names if fnmatchcase(name, pattern)), None)


def targets_in(command: str) -> tuple[Target, ...]:
    """Find the words of a command that a rule may know. One with a pattern counts where it covers what a rule names.

    A path with a pattern names files. What services stand on is also what commands are made of (`ssh`, `docker`): there it
    counts behind `stop` and the like only.
    """
    words = [word for word in _WORDS.split(command) if word and not word.startswith("-")]
    return tuple(Target(word) for before, word in pairwise(("", *words)) if _is_meant(before, word))


def _is_meant(before: str, word: str) -> bool:
    if _GLOB.search(word):
        return "/" not in word and _covers(word)
    return before in _ENDING_VERBS or not _match(GROUND, names_of(word))


def _covers(word: str) -> bool:
    known = [pattern.replace("*", filler) for rule in (*RULES, COMPUTE) for pattern in rule.patterns for filler in ("", "x")]
    return any(fnmatchcase(name, glob) for name in known for glob in names_of(word))
