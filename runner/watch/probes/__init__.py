"""The kinds of probe: one module each, by the key of cloud.yaml."""

from runner.watch.probes import command, http, icmp, tcp
from runner.watch.probes.probe import CannotTell, Kind, Probe

PROBES: dict[str, Kind] = {"tcp": tcp, "http": http, "icmp": icmp, "command": command}

__all__ = ["PROBES", "CannotTell", "Kind", "Probe"]
