"""A baseline: what a chain led to and how long it took when it was last found good. Kept in a file beside the code it is of.

The JSON form is described by docs/schemas/baseline.json, which is generated from these types.
"""

from typing import Literal

from pydantic import Field

from runner.frozen import Frozen
from runner.planning.schema import Schema


class Baseline(Frozen):
    """One chain's result. `schemas` are by database, `seconds` by step; `way` names the releases after `start`."""

    format: Literal[1] = 1
    start: str
    target: str
    way: tuple[str, ...]
    server: str = Field(description="the version of the server that it ran on")
    schemas: dict[str, Schema]
    seconds: dict[str, float]


class Expected(Frozen):
    """What a run is compared with. `at_most` is how many times as long as then a step may take; None: as long as it takes."""

    baseline: Baseline
    at_most: float | None = None
