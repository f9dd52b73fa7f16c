"""A small production with services around it, and a sealed plan: what a window needs, and what has to be as it was after it."""

import json
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import docker.errors
import yaml

from runner.containers.engine import LABEL
from runner.errors import ThingAMeError
from runner.journal.entry import Entry
from runner.journal.reader import read_entries
from runner.mariadb.connection import open_server
from runner.planning.comparison import compare
from runner.planning.fingerprint import ServerPrint
from tests.support.listeners import listen_here
from tests.support.mariadb import IMAGE
from tests.support.prints import printed
from tests.support.rehearsals import PROJECTS, Case, open_case
from tests.support.thing import Done, thing

SERVICE, SECRET, ACCOUNT_SECRET = "window_service", "service-secret-canary", "account-secret-canary"
RETIRED = "retired_service"
"""An account that was locked before any window, and has to stay so."""
RIGHTS = Path(__file__).parents[2] / "docs" / "cloud-yaml.md"
TRAP = ("sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1 & wait $!; done")
_LOCKED = "SELECT user, host, COALESCE(JSON_VALUE(priv, '$.account_locked'), '0') FROM mysql.global_priv"


@dataclass(frozen=True)
class Night:
    """A production at 2023.1 with a service in a container, its database account, and a plan that was rehearsed."""

    case: Case
    sealed: Path
    container: str

    def migrate(self, *more: str, at: str | None = None, seconds: float = 240) -> Done:
        return thing(self.case.cloud, "migrate", "--sealed", str(self.sealed), *more, at=at, seconds=seconds)

    def hook(self, point: str, command: str, **more: object) -> None:
        """Have one hook, and no other."""
        self.case.cloud.rewrite(hooks={point: [{"run": command, "name": "ours", **more}]})

    def run(self) -> Path:
        """The newest run's folder."""
        return max(path for path in self.case.runs() if (path / "window.json").is_file())

    def entries(self) -> list[Entry]:
        return [stamped.entry for stamped in read_entries(self.run())]

    def report(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(thing(self.case.cloud, "report", self.run().name, "--json").out)
        return told

    def described(self) -> dict[str, Any]:
        """What cloud.yaml says now."""
        document: dict[str, Any] = yaml.safe_load(self.case.cloud.file.read_text(encoding="utf-8"))
        return document

    @contextmanager
    def services(self, others: dict[str, Any]) -> Iterator[None]:
        """Have cloud.yaml name other services for the length of the block."""
        usual = self.described()["services"]
        self.case.cloud.rewrite(services=others)
        try:
            yield
        finally:
            self.case.cloud.rewrite(services=usual)

    def service(self) -> Any:
        return self.case.nursery.client.containers.get(self.container)

    def locked(self) -> dict[str, str]:
        return {f"{user}@{host}": flag for user, host, flag in self.case.server.rows(_LOCKED)}

    def printed(self) -> ServerPrint:
        return printed(self.case.server, *PROJECTS)

    def is_as_before(self, before: ServerPrint) -> None:
        """Demand that data, accounts and services are what they were, and that nothing of ours is left."""
        found = compare(before, self.printed(), restarted=True)
        assert found.is_equal, "; ".join(map(str, found.differences))
        self.is_given_back()
        assert self.service().labels["generation"] == "old"

    def is_given_back(self) -> None:
        """Demand that nobody is kept out, that the service runs, and that nothing of ours is left on the engine."""
        client = self.case.nursery.client
        locked = {name for name, flag in self.locked().items() if flag in ("1", "true")}
        assert locked - {"mariadb.sys@localhost"} == {f"{RETIRED}@%"}
        assert not [name for name in self.locked() if name.startswith("tam_")]
        assert self.service().status == "running"
        assert not client.containers.list(all=True, ignore_removed=True, filters={"label": f"{LABEL}.run={self.run().name}"})
        assert [
            one.name for one in client.containers.list(all=True, ignore_removed=True) if one.name.startswith(self.container)
        ] == [self.container]

    def knock(self) -> str:
        """Log in as the service does: `in`, or why not."""
        address = self.case.nursery.address.model_copy(update={"user": SERVICE})
        try:
            with open_server(address, SECRET) as server:
                server.execute("INSERT INTO placement.traits (name) VALUES (CONCAT('CUSTOM_', UUID_SHORT()))")
        except ThingAMeError as error:
            return error.message
        return "in"

    @contextmanager
    def writing(self) -> Iterator[list[tuple[float, str]]]:
        """A forgotten writer, who tries every 50 ms for the length of the block; when, and what came of it."""
        tries: list[tuple[float, str]] = []
        over = Event()

        def write() -> None:
            while not over.wait(0.05):
                tries.append((time.time(), self.knock()))

        writer = Thread(target=write)
        writer.start()
        try:
            yield tries
        finally:
            over.set()
            writer.join()


@contextmanager
def open_night(folder: Path) -> Iterator[Night]:
    """Put all of it up; gone at the end."""
    with open_case(folder) as case, listen_here(1) as instance:
        client, name = case.nursery.client, f"{LABEL}-test-api-{secrets.token_hex(3)}"
        tags = {f"{LABEL}.test": name}
        images = {word: _image(case, f"{name}-{word}", word) for word in ("old", "new")}
        case.server.execute(f"CREATE USER {SERVICE}@'%' IDENTIFIED BY '{SECRET}'")
        case.server.execute(f"GRANT ALL ON placement.* TO {SERVICE}@'%'")
        case.server.execute(f"CREATE USER {RETIRED}@'%' IDENTIFIED BY '{SECRET}' ACCOUNT LOCK")
        case.server.execute(f"GRANT ALL ON placement.* TO {RETIRED}@'%'")
        client.containers.run(images["old"], list(TRAP), entrypoint="", name=name, labels=tags, detach=True)
        try:
            _work_as_documented(case, folder)
            case.cloud.rewrite(
                snapshots={"container": case.nursery.made.name, "keep": 50},
                services={"api": {"docker": name, "timeout": "20s", "roll_out": {"image": images["new"]}}},
                watch={"targets": {"instance": {"tcp": f"127.0.0.1:{instance.ports[0]}"}}},
                jobs=2,
            )
            rehearsed = case.rehearse()
            assert rehearsed.done.code == 0, rehearsed.done.err
            assert rehearsed.run
            yield Night(case, rehearsed.run / "sealed.json", name)
        finally:
            for one in client.containers.list(all=True, ignore_removed=True, filters={"label": f"{LABEL}.test={name}"}):
                one.remove(force=True, v=True)
            for image in images.values():
                with suppress(docker.errors.ImageNotFound):
                    client.images.remove(image, force=True)


def _work_as_documented(case: Case, folder: Path) -> None:
    """Have cloud.yaml name an account with the rights that docs/cloud-yaml.md has, by the very statements that are there."""
    (text,) = re.findall(r"## The rights that the account needs.+?```sql\n(.+?)```", RIGHTS.read_text(), re.DOTALL)
    strange = {schema for schema in re.findall(r"GRANT ALL ON `(.+?)`", text) if schema not in case.cloud.schemas.values()}
    for statement in text.replace("'...'", f"'{ACCOUNT_SECRET}'").split(";"):
        if statement.strip() and not any(f"`{schema}`" in statement for schema in strange):
            case.server.execute(statement.strip())
    secret = folder / "documented"
    secret.write_text(ACCOUNT_SECRET)
    case.cloud.rewrite_server(user="thing_a_me", password_file=secret.name)


def _image(case: Case, name: str, generation: str) -> str:
    """An image like the server's but for a label."""
    client = case.nursery.client
    made = client.containers.create(IMAGE, ["true"])
    try:
        made.commit(repository=name, tag="latest", conf={"Labels": {"generation": generation}})
    finally:
        made.remove()
    return f"{name}:latest"
