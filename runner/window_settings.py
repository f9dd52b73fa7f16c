"""What cloud.yaml says of the window: its length, the services, who is silenced, hooks, validation, and the watch."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from runner.frozen import Frozen

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def _parse_duration(given: object) -> float:
    """Read `250ms`, `90s`, `10m`, `4h` or a number of seconds."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return float(given)
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)", given.strip()) if isinstance(given, str) else None
    if found is None:
        raise ValueError("should be a duration such as 250ms, 90s, 10m or 4h")
    return float(found[1]) * _UNITS[found[2]]


Duration = Annotated[float, BeforeValidator(_parse_duration), Field(ge=0)]
"""Seconds. In cloud.yaml a number with a unit."""

Command = str | tuple[str, ...]
"""One line for a shell, or the words of a command."""

HookPoint = Literal[
    "before-silence", "after-silence", "after-snapshot", "after-chain", "roll-out", "validate", "after", "on-roll-back"
]


class WindowSettings(Frozen):
    """The agreed time. `margin` is kept for what nobody thought of; `close` says who passes the point of no return.

    With `hold` a phase that fails leaves everything as it is, for `resume` or `rollback`.
    """

    length: Duration = 4 * 3600.0
    margin: Duration = 600.0
    at_deadline: Literal["roll-back", "hold", "continue"] = "roll-back"
    on_failure: Literal["roll-back", "hold"] = "roll-back"
    close: Literal["when-valid", "by-hand"] = "when-valid"


class DockerTarget(Frozen):
    """Containers on our engine: one by its name, or all that carry a label (`name=value`)."""

    name: str | None = None
    label: str | None = None

    @model_validator(mode="after")
    def _agree(self) -> "DockerTarget":
        if (self.name is None) == (self.label is None):
            raise ValueError("needs either name or label")
        return self


class KubernetesTarget(Frozen):
    """A deployment, scaled to nothing and back. `kubectl` are the words of the command that reaches the cluster."""

    deployment: str = Field(min_length=1)
    namespace: str = "openstack"
    kubectl: tuple[str, ...] = Field(default=("kubectl",), min_length=1)


class CommandsTarget(Frozen):
    """Commands for `shell`. `status` ends with 0 where the service runs, with 3 where it does not, as systemctl's."""

    stop: str = Field(min_length=1)
    start: str = Field(min_length=1)
    status: str = Field(min_length=1)


class ReadOnly(Frozen):
    """Commands for `shell` that take a service into its own read-only mode, and out of it, instead of stopping it."""

    enter: str = Field(min_length=1)
    leave: str = Field(min_length=1)


class RollOut(Frozen):
    """What a Docker service is recreated on, its configuration kept. Without it a hook has to roll out."""

    image: str = Field(min_length=1)
    command: tuple[str, ...] | None = None


class ServiceSettings(Frozen):
    """One service of the control plane, and how it is stopped, started and asked. Exactly one kind.

    To `shell` one word is appended, which a shell there takes (`[ssh, -o, BatchMode=yes, ctl1]`); without it the shell is the
    runner's own. Groups are stopped in ascending order and started in descending, members of one side by side.
    """

    docker: str | DockerTarget | None = None
    systemd: str | None = Field(default=None, description="a unit")
    kubernetes: KubernetesTarget | None = None
    commands: CommandsTarget | None = None
    shell: tuple[str, ...] = Field(default=("sh", "-c"), min_length=1)
    group: int = Field(default=1, ge=1)
    timeout: Duration = 120.0
    read_only: ReadOnly | None = None
    roll_out: RollOut | None = None

    @property
    def kind(self) -> str:
        return next(kind for kind in _KINDS if getattr(self, kind) is not None)

    @model_validator(mode="after")
    def _agree(self) -> "ServiceSettings":
        if sum(getattr(self, kind) is not None for kind in _KINDS) != 1:
            raise ValueError(f"needs exactly one of {', '.join(_KINDS)}")
        if self.roll_out and not (self.docker and not (isinstance(self.docker, DockerTarget) and self.docker.label)):
            raise ValueError("roll_out goes with docker, and with one container by its name")
        if self.read_only and self.roll_out:
            raise ValueError("read_only and roll_out exclude one another: what is recreated is stopped")
        return self


_KINDS = ("docker", "systemd", "kubernetes", "commands")


class SilenceSettings(Frozen):
    """Who may not write meanwhile: every account that has rights on the cloud's schemas, but ours and those spared."""

    spare: tuple[str, ...] = Field(default=(), description="accounts as `user` or `user@host` that stay unlocked")
    observe: Duration = 1.0
    """How long nothing may move before it is called silence."""
    patience: Duration = 30.0


class Hook(Frozen):
    """A command at a named point. It is given the run's facts as JSON on standard input."""

    run: Command
    name: str | None = None
    timeout: Duration = 600.0
    on_failure: Literal["roll-back", "hold", "go-on"] = "roll-back"


class HttpCheck(Frozen):
    """A request and what its answer has to be. `json` maps a path (`version.id`, `endpoints.0.name`) to its value."""

    http: str
    status: int = 200
    json_is: dict[str, str | int | float | bool | None] = Field(default_factory=dict, alias="json")
    within: Duration = 5.0
    ca: str | None = None


class KeystoneCheck(Frozen):
    """A token by the login of `read_back.keystone`, and with it the services and the endpoints."""

    keystone: str = Field(description="its URL, with /v3")
    within: Duration = 10.0
    ca: str | None = None


class CommandCheck(Frozen):
    """A command that ends with exit code 0 where the cloud works (`openstack`, Tempest). Its output is kept."""

    command: Command
    timeout: Duration = 600.0


Validation = HttpCheck | KeystoneCheck | CommandCheck


class Watched(Frozen):
    """One thing that must never miss a beat: exactly one of a TCP address, a URL, a host to ping, a command."""

    tcp: str | None = Field(default=None, description="host:port")
    http: str | None = None
    icmp: str | None = None
    command: Command | None = None

    @property
    def kind(self) -> str:
        return next(kind for kind in ("tcp", "http", "icmp", "command") if getattr(self, kind) is not None)

    @model_validator(mode="after")
    def _agree(self) -> "Watched":
        if sum(getattr(self, kind) is not None for kind in ("tcp", "http", "icmp", "command")) != 1:
            raise ValueError("needs exactly one of tcp, http, icmp, command")
        return self


class WatchSettings(Frozen):
    """The data plane, watched from before the first stop to after the last start. `budget` is the longest gap allowed."""

    targets: dict[str, Watched] = Field(min_length=1)
    every: Duration = 0.25
    timeout: Duration = 1.0
    budget: Duration = 0.0
