"""What cloud.yaml says of the window: its length, the services, who is silenced, hooks, validation, and the watch."""

import re
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

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


Duration = Annotated[float, BeforeValidator(_parse_duration), Field(ge=0, allow_inf_nan=False)]
"""Seconds. In cloud.yaml a number with a unit."""

Limit = Annotated[float, BeforeValidator(_parse_duration), Field(gt=0, allow_inf_nan=False)]
"""A duration that cannot be none at all: how long something may take, or how often it is done."""

Line = Annotated[str, Field(min_length=1)]
Command = Line | Annotated[tuple[str, ...], Field(min_length=1)]
"""One line for a shell, or the words of a command."""


def _check_url(given: str) -> str:
    """Take what can be asked, and nothing that has a password in it: names of checks are shown and written down."""
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname or not re.fullmatch(r"[!-~]+", given):
        raise ValueError("should be a URL that begins with http:// or https://, without white space")
    if parts.username is not None:
        raise ValueError("should not have a user or a password in it")
    if parts.fragment:
        raise ValueError("should have no fragment (#)")
    if parts.port == 0:
        raise ValueError("should have a port of 1 to 65535, or none")
    return given


Url = Annotated[str, AfterValidator(_check_url)]

HookPoint = Literal[
    "before-silence", "after-silence", "after-snapshot", "after-chain", "roll-out", "validate", "after", "on-roll-back"
]


TimedPhase = Literal["stop", "silence", "fresh schemas", "count rows", "release silence", "roll out", "validate", "start"]
"""What no rehearsal measures; `start` is what the services take to come back."""


class WindowSettings(Frozen):
    """The agreed time. `margin` is kept for what nobody thought of; `close` says who passes the point of no return.

    With `hold` a phase that fails leaves everything as it is, for `resume` or `rollback`.
    """

    length: Limit = 4 * 3600.0
    margin: Duration = 600.0
    at_deadline: Literal["roll-back", "hold", "continue"] = "roll-back"
    on_failure: Literal["roll-back", "hold"] = "roll-back"
    close: Literal["when-valid", "by-hand"] = "when-valid"
    valid_within: Duration = Field(default=120.0, description="how long what was rolled out gets to come up and be valid")
    expect: dict[TimedPhase, Duration] = Field(
        default_factory=dict, description="what a phase takes, until a window measured it"
    )


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

    docker: Line | DockerTarget | None = None
    systemd: Line | None = Field(default=None, description="a unit")
    kubernetes: KubernetesTarget | None = None
    commands: CommandsTarget | None = None
    shell: tuple[str, ...] = Field(default=("sh", "-c"), min_length=1)
    group: int = Field(default=1, ge=1)
    timeout: Limit = 120.0
    read_only: ReadOnly | None = None
    roll_out: RollOut | None = None

    @property
    def kind(self) -> str:
        return next(kind for kind in _KINDS if getattr(self, kind) is not None)

    @property
    def container(self) -> str | None:
        """The one container that is named; None where it is another kind, or a label names them."""
        return self.docker.name if isinstance(self.docker, DockerTarget) else self.docker

    @model_validator(mode="after")
    def _agree(self) -> "ServiceSettings":
        if sum(getattr(self, kind) is not None for kind in _KINDS) != 1:
            raise ValueError(f"needs exactly one of {', '.join(_KINDS)}")
        if self.roll_out and self.container is None:
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
    patience: Limit = 30.0


class Hook(Frozen):
    """A command at a named point. It is given the run's facts as JSON on standard input."""

    run: Command
    name: Line | None = None
    timeout: Limit = 600.0
    on_failure: Literal["roll-back", "hold", "go-on"] = "roll-back"


class HttpCheck(Frozen):
    """A request and what its answer has to be. `json` maps a path (`version.id`, `endpoints.0.name`) to its value."""

    http: Url
    status: int = Field(default=200, ge=100, le=599)
    json_is: dict[str, str | int | float | bool | None] = Field(default_factory=dict, alias="json")
    within: Limit = 5.0
    ca: str | None = None

    @property
    def title(self) -> str:
        return f"http {self.http}"

    @model_validator(mode="after")
    def _agree(self) -> "HttpCheck":
        return _without_needless_ca(self, self.http)


class KeystoneCheck(Frozen):
    """A token by the login of `read_back.keystone`, and with it the services and the endpoints."""

    keystone: Url = Field(description="its URL, with /v3")
    within: Limit = 10.0
    ca: str | None = None

    @property
    def title(self) -> str:
        return f"keystone {self.keystone}"

    @model_validator(mode="after")
    def _agree(self) -> "KeystoneCheck":
        if not re.fullmatch(r"[^?]*/v3/?", self.keystone):
            raise ValueError("the URL of keystone should end with /v3")
        return _without_needless_ca(self, self.keystone)


class CommandCheck(Frozen):
    """A command that ends with exit code 0 where the cloud works (`openstack`, Tempest). Its output is kept."""

    command: Command
    timeout: Limit = 600.0

    @property
    def title(self) -> str:
        line = self.command if isinstance(self.command, str) else " ".join(self.command)
        return f"command {line if len(line) <= _SHOWN else line[: _SHOWN - 3] + '...'}"


_SHOWN = 60
_CHECKS = {"http": "HttpCheck", "keystone": "KeystoneCheck", "command": "CommandCheck"}
"""The one key that every check of a kind has -> what pydantic calls the kind."""
_CheckT = TypeVar("_CheckT", HttpCheck, KeystoneCheck)


def _without_needless_ca(check: _CheckT, url: str) -> _CheckT:
    if check.ca and not url.startswith("https:"):
        raise ValueError("ca goes with a URL that begins with https://")
    return check


def _kind_of_check(given: Any) -> str | None:
    """Name a check's kind by the one key that tells it."""
    keys = given if isinstance(given, dict) else getattr(given, "model_fields_set", ())
    found = [kind for kind in _CHECKS if kind in keys]
    return _CHECKS[found[0]] if len(found) == 1 else None


Validation = Annotated[
    Annotated[HttpCheck, Tag("HttpCheck")]
    | Annotated[KeystoneCheck, Tag("KeystoneCheck")]
    | Annotated[CommandCheck, Tag("CommandCheck")],
    Discriminator(
        _kind_of_check,
        custom_error_type="no_kind",
        custom_error_message=f"needs exactly one of {', '.join(_CHECKS)}",
    ),
]


class Watched(Frozen):
    """One thing that must never miss a beat: exactly one of a TCP address, a URL, a host to ping, a command."""

    tcp: str | None = Field(default=None, description="host:port", pattern=r"^\S+:\d{1,5}$")
    http: Url | None = None
    icmp: Line | None = None
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
    every: Limit = 0.25
    timeout: Limit = 1.0
    budget: Duration = 0.0
