"""cloud.yaml and the environment -> frozen settings, once. Paths in cloud.yaml are relative to it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from runner import documents
from runner.errors import BadDocument, MissingFile
from runner.frozen import Frozen
from runner.planning.cloud import Database
from runner.planning.recipe import Recipe
from runner.window_settings import Hook, HookPoint, ServiceSettings, SilenceSettings, Validation, WatchSettings, WindowSettings


class Tls(Frozen):
    """TLS towards the database server. Without `ca` the system's own certificates count."""

    ca: str | None = None
    verify: bool = True


class FromSteps(Frozen):
    """How a step's relay reaches the server where that differs from how the runner does: address, and engine network."""

    host: str
    port: int = Field(default=3306, ge=1, le=65535)
    network: str | None = None

    @field_validator("host")
    @classmethod
    def _of_ipv4(cls, host: str) -> str:
        # A relay is told `host:port`, and resolves the host to an IPv4 address.
        if ":" in host:
            raise ValueError("should be an IPv4 address or a name, without a port: the engine's networks are IPv4")
        return host


class Server(Frozen):
    """The database server."""

    host: str
    port: int = Field(default=3306, ge=1, le=65535)
    user: str
    password_file: str
    tls: Tls | None = None
    from_steps: FromSteps | None = None


class EngineSettings(Frozen):
    """The container engine; the docker command's own current context is never followed."""

    url: str = Field(default_factory=lambda: os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock")


class BuildSettings(Frozen):
    """Where a build gets things from. None of it ends up in an image."""

    registry: str | None = Field(default=None, description="prefix of base images; empty string: never ask a registry")
    index_url: str = "https://pypi.org/simple"
    debian_mirror: str = "http://deb.debian.org/debian"
    ca_bundle: str | None = None
    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "BuildSettings":
        """Read what pip, apt and curl read: PIP_INDEX_URL, SSL_CERT_FILE, the proxies; and THING_A_ME_DEBIAN_MIRROR."""

        def first(*names: str) -> str | None:
            return next((environment[name] for name in names if environment.get(name)), None)

        found = {
            "registry": environment.get("THING_A_ME_REGISTRY"),
            "index_url": first("PIP_INDEX_URL", "UV_INDEX_URL"),
            "debian_mirror": first("THING_A_ME_DEBIAN_MIRROR"),
            "ca_bundle": first("THING_A_ME_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"),
            "http_proxy": first("http_proxy", "HTTP_PROXY"),
            "https_proxy": first("https_proxy", "HTTPS_PROXY"),
            "no_proxy": first("no_proxy", "NO_PROXY"),
        }
        return cls(**{name: value for name, value in found.items() if value is not None})


class HostSettings(Frozen):
    """The database server's host, where it is not our engine's. To `shell` one word is appended, which a shell there takes.

    The others are commands for that shell. `status` ends with exit code 0 where the server runs; `log` prints its last words.
    """

    shell: tuple[str, ...] = Field(min_length=1)
    stop: str = Field(min_length=1)
    start: str = Field(min_length=1)
    status: str = Field(min_length=1)
    log: str | None = None


class SnapshotSettings(Frozen):
    """Where snapshots lie, how they are taken, and where they are put back.

    `container` is the server's container on our engine; `command` prints mariadb-backup's stream instead, and
    `host` is where that is put back. `image` is what clones run where there is no such container. `packed` stores the stream,
    compressed, and not only its files. `encrypt_to` are recipients of `age`, `identity_file` holds its identity.
    """

    folder: str = "snapshots"
    container: str | None = None
    command: tuple[str, ...] | None = Field(default=None, min_length=1)
    host: HostSettings | None = None
    image: str | None = None
    method: Literal["physical", "logical"] | None = None
    keep: int = Field(default=3, ge=1)
    packed: bool = False
    encrypt_to: str | tuple[str, ...] = ()
    identity_file: str | None = None

    @property
    def way(self) -> Literal["physical", "logical"]:
        return self.method or ("physical" if self.container or self.command else "logical")

    @property
    def keeps_stream(self) -> bool:
        """Say whether the stream is stored: what is to be encrypted has to be one, and a dump is nothing else."""
        return self.packed or bool(self.recipients) or self.way == "logical"

    @property
    def recipients(self) -> tuple[str, ...]:
        return (self.encrypt_to,) if isinstance(self.encrypt_to, str) else self.encrypt_to

    @model_validator(mode="after")
    def _agree(self) -> "SnapshotSettings":
        if self.container and self.command:
            raise ValueError("container and command exclude one another")
        if self.host and not self.command:
            raise ValueError("host goes with command: what is put back there has to be taken there")
        if self.method == "physical" and not (self.container or self.command):
            raise ValueError("method physical needs container or command")
        return self


class Login(Frozen):
    """A user from before the chain, who is to log in after it."""

    user: str
    domain: str = "Default"
    project: str
    password_file: str


Members = str | dict[str, str]

CLIENT_SECRETS = ("OS_PASSWORD", "OS_TOKEN", "OS_PASSCODE", "OS_APPLICATION_CREDENTIAL_SECRET", "OS_CLIENT_SECRET")
"""Where a sourced openrc keeps secrets. They reach the operator's commands with the environment; we read them to hide them."""


class CloudDocument(Frozen):
    """cloud.yaml. `databases` maps a project to its schema, or to its roles' schemas, or to a role's members' schemas."""

    server: Server
    databases: dict[str, str | dict[str, Members]] = Field(min_length=1)
    engine: EngineSettings = EngineSettings()
    build: BuildSettings | None = None
    images: str | None = Field(default=None, description="directory of image definitions; the ones that came along otherwise")
    recipes: str | None = Field(default=None, description="directory of your own recipes; one of a known project replaces ours")
    snapshots: SnapshotSettings = SnapshotSettings()
    read_back: dict[str, Login] = Field(default_factory=dict, description="project -> who logs in to it after the chain")
    window: WindowSettings = WindowSettings()
    services: dict[str, ServiceSettings] = Field(default_factory=dict, description="the control plane; none: none is stopped")
    services_at_once: int = Field(default=8, ge=1, description="how many of a group are stopped or started side by side")
    silence: SilenceSettings = SilenceSettings()
    hooks: dict[HookPoint, tuple[Hook, ...]] = Field(default_factory=dict)
    validation: tuple[Validation, ...] = Field(default=(), alias="validate")
    watch: WatchSettings | None = None
    runs: str = "runs"
    jobs: int | None = Field(default=None, ge=1, le=64)


@dataclass(frozen=True)
class Cloud:
    """A cloud as cloud.yaml describes it, its paths absolute and its databases named."""

    file: Path
    document: CloudDocument
    databases: tuple[Database, ...]

    @property
    def server(self) -> Server:
        return self.document.server

    @property
    def runs(self) -> Path:
        return self.file.parent / self.document.runs

    @property
    def snapshots(self) -> Path:
        return self.file.parent / self.document.snapshots.folder

    @property
    def images(self) -> Path | None:
        return self.file.parent / self.document.images if self.document.images else None

    @property
    def recipes(self) -> Path | None:
        return self.file.parent / self.document.recipes if self.document.recipes else None

    @property
    def build(self) -> BuildSettings:
        build = self.document.build or BuildSettings.from_environment(os.environ)
        if self.document.build is None or build.ca_bundle is None:
            return build
        return build.model_copy(update={"ca_bundle": str(self.file.parent / build.ca_bundle)})

    @property
    def jobs(self) -> int:
        return self.document.jobs or os.cpu_count() or 1

    def password(self) -> str:
        """Read the server account's password; asked for late, so that it is held nowhere.

        Raises:
            MissingFile: the password file is not readable.
        """
        return self._secret("server.password_file", self.server.password_file).rstrip("\n")

    def secrets(self) -> tuple[str, ...]:
        """Read what no log may show: the passwords of cloud.yaml, and of the OpenStack client's environment. The longest first.

        Raises:
            MissingFile: a password file is not readable.
        """
        logins = (self.login(project) for project in self.document.read_back)
        found = {
            self.password(),
            *(login[1] for login in logins if login),
            *(os.environ.get(name, "") for name in CLIENT_SECRETS),
        }
        return tuple(sorted(found - {""}, key=lambda secret: (-len(secret), secret)))

    def login(self, project: str) -> tuple[Login, str] | None:
        """Read who is to log in to a project, and his password; None where cloud.yaml names nobody.

        Raises:
            MissingFile: the password file is not readable.
        """
        login = self.document.read_back.get(project)
        if login is None:
            return None
        return login, self._secret(f"read_back.{project}.password_file", login.password_file).rstrip("\n")

    def identity(self) -> str | None:
        """Read the identity that decrypts snapshots; None where cloud.yaml names none.

        Raises:
            MissingFile: the identity file is not readable.
        """
        name = self.document.snapshots.identity_file
        return self._secret("snapshots.identity_file", name) if name else None

    def _secret(self, key: str, name: str) -> str:
        path = self.file.parent / name
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise MissingFile(f"cannot read {key} {path}: {error}") from error

    def tls(self) -> Tls | None:
        """TLS settings, the CA bundle's path absolute."""
        tls = self.server.tls
        return tls.model_copy(update={"ca": str(self.file.parent / tls.ca)}) if tls and tls.ca else tls

    def address(self) -> Server:
        """The server as it is connected to from here."""
        return self.server.model_copy(update={"tls": self.tls()})

    def of(self, project: str, role: str | None = None) -> tuple[Database, ...]:
        return tuple(db for db in self.databases if db.project == project and role in (None, db.role))


def read_cloud(file: Path, recipes: Mapping[str, Recipe]) -> Cloud:
    """Read cloud.yaml and name its databases after the recipes' roles.

    Raises:
        MissingFile, BadDocument: see `documents.read`; also for a project, role or member that no recipe has.
    """
    document = documents.read(CloudDocument, file)
    databases: list[Database] = []
    for project, value in document.databases.items():
        if project not in recipes:
            hint = f"the recipes are {', '.join(sorted(recipes))}"
            raise _fault(file, f"there is no recipe for {project!r}", project, hint=hint)
        databases += _databases_of(file, recipes[project], value)
    _refuse_twins(file, document, databases)
    for project in document.read_back:
        if not (project in recipes and (reads := recipes[project].read_back) and reads.login):
            place = documents.place(file, "read_back", project)
            raise BadDocument(f"{place}: read_back.{project}: there is nobody to log in; keystone lets one")
    return Cloud(file.resolve(), document, tuple(databases))


def _refuse_twins(file: Path, document: CloudDocument, databases: list[Database]) -> None:
    """Refuse a second database of one schema or one name."""
    for number, database in enumerate(databases):
        for other in databases[:number]:
            where = _as_written(document, database)
            if other.schema == database.schema:
                what = f"schema {database.schema!r} is {other.id}'s already; every database has a schema of its own"
                raise _fault(file, what, *where)
            if other.id == database.id:
                raise _fault(file, f"two databases are called {database.id}", *where)


def _as_written(document: CloudDocument, database: Database) -> tuple[str, ...]:
    """Say under which keys a database's schema stands: a role that is the only one, or has one member, is not spelled out."""
    roles = document.databases[database.project]
    if isinstance(roles, str):
        return (database.project,)
    if isinstance(roles[database.role], str):
        return (database.project, database.role)
    return (database.project, database.role, database.member)


def _databases_of(file: Path, recipe: Recipe, value: str | dict[str, Members]) -> list[Database]:
    project, roles = recipe.project, ", ".join(recipe.roles)
    given = {next(iter(recipe.roles)): value} if isinstance(value, str) else value
    if missing := {role for role, kind in recipe.roles.items() if not kind.optional} - set(given):
        raise _fault(file, f"{min(missing)!r} is missing; it needs {roles}", project)
    found: list[Database] = []
    for role, members in given.items():
        if role not in recipe.roles:
            raise _fault(file, f"no role {role!r}; it has {roles}", project, role)
        if isinstance(members, str):
            member = project if len(recipe.roles) == 1 else role
            found.append(Database(project, role, member, members))
        elif not recipe.roles[role].many:
            raise _fault(file, "takes one schema, not several", project, role)
        elif not members:
            raise _fault(file, "needs at least one database", project, role)
        else:
            found += [Database(project, role, member, schema) for member, schema in members.items()]
    return found


def _fault(file: Path, what: str, *where: str, hint: str | None = None) -> BadDocument:
    location = ("databases", *where)
    return BadDocument(f"{documents.place(file, *location)}: {'.'.join(location)}: {what}", hint=hint)
