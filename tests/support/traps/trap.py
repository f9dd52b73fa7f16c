"""Rows that a later release's code trips on: how they are planted, what is said of them, what mends them."""

from dataclasses import dataclass

FAILED = "Some migrations failed unexpectedly"
"""What a project says where an online migration of its raised."""


@dataclass(frozen=True)
class Trap:
    """Rows `planted` at release `at`, `rows` of which blocker `name` counts.

    Where tripping `leaves_halves`, the sync cannot be run again, mended or not.

    `to`'s commands of this `kind` then end with the words it `says`; empty: no command of a chain minds. `mended` by SQL, or by
    the `online` migrations of the release that it is at.
    """

    name: str
    project: str
    at: str
    to: str
    planted: tuple[str, ...]
    rows: int = 1
    says: str = ""
    mended: tuple[str, ...] = ()
    online: bool = False
    leaves_halves: bool = False
    kind: str = "schema"
