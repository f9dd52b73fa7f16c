"""What waits for what: a graph of names, made once and gone through often. Pure.

`graphlib` would do, and does where a chain runs; a forecast goes through forty thousand edges several times a second.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Graph:
    """`waits` says for how many others each name waits, `behind` names those that wait for it."""

    waits: Mapping[str, int]
    behind: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, after: Mapping[str, Iterable[str]]) -> "Graph":
        """Make one of what each name waits for; all of that has to be among the names, and in no circle."""
        behind: dict[str, list[str]] = {name: [] for name in after}
        waits = {}
        for name, others in after.items():
            once = set(others)
            waits[name] = len(once)
            for other in once:
                behind[other].append(name)
        return cls(waits, {name: tuple(names) for name, names in behind.items()})

    @property
    def in_order(self) -> tuple[str, ...]:
        """All names, each behind all that it waits for."""
        waits = dict(self.waits)
        ordered = [name for name, count in waits.items() if not count]
        for name in ordered:
            ordered += release(name, self, waits)
        return tuple(ordered)

    def count_behind(self, counting: Iterable[str]) -> dict[str, int]:
        """Count for each name how many of these wait for it, directly or through others."""
        # A set of names is one number, a bit a name.
        bit = {name: 1 << place for place, name in enumerate(self.waits)}
        held = dict.fromkeys(bit, 0)
        for name in reversed(self.in_order):
            for other in self.behind[name]:
                held[name] |= bit[other] | held[other]
        counted = sum(bit[name] for name in counting)
        return {name: (names & counted).bit_count() for name, names in held.items()}


def release(name: str, graph: Graph, waits: dict[str, int]) -> list[str]:
    """Take one that is over out of what others wait for (`waits`, which is changed), and name those that wait no more."""
    free = []
    for other in graph.behind[name]:
        waits[other] -= 1
        if not waits[other]:
            free.append(other)
    return free
