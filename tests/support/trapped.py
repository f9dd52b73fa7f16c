"""Databases of old releases, made by those releases' own code, with rows planted that a later release's code trips on."""

import itertools
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace

from runner.checks import blockers
from runner.checks.finding import Finding, Unanswered
from runner.checks.question import Check, Question
from runner.containers.client import Client, connect
from runner.containers.docker_engine import DockerEngine
from runner.containers.engine import ETC, LABEL, Ended, OneShot
from runner.containers.release_image import resolve
from runner.containers.throwaway import Throwaway, remove_server, start_server
from runner.errors import ImageMissing
from runner.mariadb.connection import DatabaseServer, open_server, quote
from runner.mariadb.patience import await_server
from runner.planning.asked import ExitMeaning
from runner.planning.cloud import Database
from runner.planning.path import Hop
from runner.planning.recipe import Command
from runner.recipes import load_calendar, load_recipes
from runner.scratch.stand import OPTIONS, address_of
from runner.settings import EngineSettings
from tests.support.mariadb import IMAGE
from tests.support.questions import ask_about
from tests.support.thing import ROOT, THING

RECIPES = load_recipes()


@dataclass(frozen=True)
class Trapped:
    """One project's databases at a release: a schema per role."""

    project: str
    release: str
    schemas: Mapping[str, str]

    @property
    def databases(self) -> tuple[Database, ...]:
        many = {role for role, one in RECIPES[self.project].roles.items() if one.many}
        return tuple(
            Database(self.project, role, "cell1" if role in many else role, schema) for role, schema in self.schemas.items()
        )


@dataclass(frozen=True)
class TrapServer:
    """A server in memory. What a release makes is made once, and copied for each trap."""

    client: Client
    made: Throwaway
    server: DatabaseServer
    _made: dict[tuple[str, str], Trapped] = field(default_factory=dict)
    _copies: Iterator[int] = field(default_factory=itertools.count)

    def at(self, project: str, release: str, *plants: str, through: str = "cat") -> Trapped:
        """Copy a project's databases as this release makes them, and plant these statements; `{role}` stands for a schema.

        `through` is a filter of the dump that they are copied by.
        """
        if (project, release) not in self._made:
            self._made[project, release] = self._make(project, release)
        model, number = self._made[project, release], next(self._copies)
        copied = replace(model, schemas={role: f"t{number}_{role}" for role in model.schemas})
        for role, schema in copied.schemas.items():
            self._create(schema)
            self._shell(f"mariadb-dump $login --skip-lock-tables {model.schemas[role]} | {through} | mariadb $login {schema}")
        for plant in plants:
            self.execute(copied, plant)
        return copied

    def execute(self, trapped: Trapped, statement: str) -> None:
        """Run a statement; `{role}` stands for a schema, `{role_url}` for its URL."""
        urls = {f"{role}_url": url for role, url in self._urls(trapped).items()}
        self.server.execute(statement.format(**trapped.schemas, **urls))

    def dump(self, trapped: Trapped) -> bytes:
        """Dump a project's databases."""
        return self._shell(f"mariadb-dump $login --skip-lock-tables --databases {' '.join(trapped.schemas.values())}")

    def sync(self, trapped: Trapped, release: str, kind: str = "schema") -> Ended:
        """Run all commands of this kind that the recipe has at a release, until one fails; returns the last one's end."""
        commands = RECIPES[trapped.project].commands_for(release, load_calendar())
        ended = None
        for command in (one for one in commands if one.kind == kind and trapped.schemas.keys() >= set(one.writes)):
            ended = self.run(trapped, release, command.argv, command)
            while command.exits.get(ended.exit_code) is ExitMeaning.AGAIN:
                ended = self.run(trapped, release, command.argv, command)
            if ended.exit_code != 0:
                break
        assert ended is not None, f"{trapped.project} has no {kind} command at {release}"
        return ended

    def run(self, trapped: Trapped, release: str, argv: tuple[str, ...], command: Command | None = None) -> Ended:
        """Run a command in a release's image, configured as the recipe says."""
        urls = self._urls(trapped)
        recipe = RECIPES[trapped.project]
        texts = {**recipe.configuration, **(recipe.files_of(command.name) if command else {})}
        shot = OneShot(
            image=self._image(release),
            argv=tuple(word.replace("{etc}", ETC) for word in argv),
            network=self.made.name,
            labels={f"{LABEL}.test": self.made.name},
            files={name: _filled(text, urls).encode() for name, text in texts.items()},
            environment={name: _filled(value, {}) for name, value in recipe.environment.items()},
        )
        engine = DockerEngine(EngineSettings())
        container = engine.start(shot)
        try:
            return engine.wait(container)
        finally:
            engine.remove(container)

    def ask(self, check: Check, trapped: Trapped, target: str) -> tuple[Finding | Unanswered, ...]:
        """Ask one check of one hop."""
        return check.ask(self.question(trapped, target))

    def found(self, trapped: Trapped, target: str) -> dict[str, Finding | Unanswered]:
        """Ask which rows are in the way of one hop, by the blocker's name."""
        answers = blockers.ask(self.question(trapped, target))
        return {(one.says if isinstance(one, Finding) else one.why).partition(":")[0]: one for one in answers}

    def question(self, trapped: Trapped, target: str) -> Question:
        """What every check is given, of one hop."""
        way = (Hop(trapped.release, target),)
        return ask_about(self.server, address_of(self.made), *trapped.databases, hops=way)

    def _image(self, release: str) -> str:
        """The release's image; one that `make test` has no use for otherwise is built here."""
        with suppress(ImageMissing):
            return resolve(self.client, release)
        subprocess.run((*THING, "images", "build", release), check=True, cwd=ROOT)
        return resolve(self.client, release)

    def _urls(self, trapped: Trapped) -> dict[str, str]:
        login = f"mysql+pymysql://root:{self.made.password}@{self.made.name}"
        without = dict.fromkeys(RECIPES[trapped.project].roles, "")
        return without | {role: f"{login}/{schema}" for role, schema in trapped.schemas.items()}

    def _make(self, project: str, release: str) -> Trapped:
        moved = {move for one in RECIPES[project].commands_for(release, load_calendar()) for move in one.moves}
        kinds = {role for role, kind in RECIPES[project].roles.items() if not kind.optional or kind.chain in moved}
        schemas = {role: f"{project}_{role}_{release.replace('.', '_')}" for role in RECIPES[project].roles if role in kinds}
        for schema in schemas.values():
            self._create(schema)
        trapped = Trapped(project, release, schemas)
        for kind in ("schema", "online"):
            if any(one.kind == kind for one in RECIPES[project].commands_for(release, load_calendar())):
                ended = self.sync(trapped, release, kind)
                assert ended.exit_code == 0, ended.log.decode(errors="replace")
        return trapped

    def _create(self, schema: str) -> None:
        self.server.execute(f"CREATE DATABASE {quote(schema)} CHARACTER SET utf8mb3")

    def _shell(self, script: str) -> bytes:
        login = 'login="--user=root --password=$(cat /run/thing-a-me/root-password)"'
        done = self.client.containers.get(self.made.name).exec_run(["bash", "-eo", "pipefail", "-c", f"{login}; {script}"])
        assert done.exit_code == 0, done.output
        return bytes(done.output)


def _filled(text: str, urls: Mapping[str, str]) -> str:
    for role, url in urls.items():
        text = text.replace(f"{{{role}}}", url)
    return text.replace("{etc}", ETC)


@contextmanager
def open_trap_server() -> Iterator[TrapServer]:
    """Start the server; it is gone at the end."""
    name = f"{LABEL}-test-{secrets.token_hex(4)}"
    with closing(connect(EngineSettings())) as client:
        try:
            made = start_server(client, IMAGE, name, labels={f"{LABEL}.test": name}, options=OPTIONS, in_memory=True)
            await_server(address_of(made), made.password)
            with open_server(address_of(made), made.password) as server:
                yield TrapServer(client, made, server)
        finally:
            remove_server(client, name)
