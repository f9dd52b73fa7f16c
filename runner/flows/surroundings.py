"""What steps need around them: temporary accounts, and a network that reaches the database and nothing else."""

import secrets
import ssl
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.containers.docker_engine import DockerEngine
from runner.containers.engine import has_room_for
from runner.containers.network import MAY_STILL_RUN, StepNetwork, network_name, step_network, upstream_of
from runner.errors import ThingAMeError
from runner.events import Note, Tell
from runner.flows.world import World
from runner.journal import entry as e
from runner.journal.writer import Journal
from runner.mariadb.accounts import create_account, drop_account
from runner.mariadb.stored_urls import StoredUrlRow, read_stored_urls
from runner.planning.plan import Plan
from runner.steps.site import Account, Site, StepTls

_DEBIAN_CAS = "/etc/ssl/certs/ca-certificates.crt"


@dataclass(frozen=True)
class _Held:
    """Where it is written down what a run holds."""

    run: str
    journal: Journal
    tell: Tell


@contextmanager
def open_site(
    world: World,
    plan: Plan,
    run: str,
    *,
    journal: Journal,
    left: Collection[str] = (),
    stored_urls: bool = True,
    tell: Tell,
) -> Iterator[Site]:
    """Make a run's accounts and network, each written down before it is made; both are given back at the end.

    `stored_urls` says whether the server has to be found under what cell_mappings and the like call it.

    A network that a dead runner left is found again. Accounts it left (`left`) stay until the end, because a step of its
    that still runs may need them; new steps get accounts of their own, because nobody knows those passwords any more.
    After an interrupt nothing is given back: what still runs needs it, and `resume` takes it over.

    Raises:
        RightsMissing, ServerReadOnly, ServerUnreachable, EngineRefused, EngineMissing
    """
    # Asked first: what a dead runner's step still needs is not given back because a name does not resolve now.
    upstream_of(world.cloud.server)
    held = _Held(run, journal, tell)
    with _accounts(world, plan, held, left) as accounts, _network(world, plan, held, stored_urls=stored_urls) as network:
        engine = DockerEngine(world.cloud.document.engine)
        yield Site(run, plan, world.recipes, engine, world.server, network, accounts, _tls(world, plan))


def _tls(world: World, plan: Plan) -> StepTls | None:
    """Let steps speak TLS where we do; without an authority of its own, against those that this host trusts."""
    tls = world.cloud.tls()
    if tls is None or not tls.verify:
        return StepTls() if tls else None
    authority = Path(tls.ca or ssl.get_default_verify_paths().cafile or _DEBIAN_CAS).read_bytes()
    sought = {row.authority for row in _stored_rows(world, plan) if row.authority and has_room_for(row.authority)}
    return StepTls(authority, tuple(sorted(sought)))


@contextmanager
def _accounts(world: World, plan: Plan, held: "_Held", left: Collection[str]) -> Iterator[dict[str, Account]]:
    # A run's four letters tell runs apart, the four digits this sitting from those that died.
    prefix = f"tam_{held.run.rpartition('-')[2]}_{secrets.token_hex(2)}"
    projects = dict.fromkeys(database.project for database in plan.databases)
    accounts = {name: Account(f"{prefix}_{name}", secrets.token_hex(20)) for name in projects}
    names = tuple(account.name for account in accounts.values())
    held.journal.append(e.AccountsMade(names=names))
    every = (*names, *left)

    def give_back() -> None:
        for name in every:
            drop_account(world.server, name)
        held.journal.append(e.AccountsDropped(names=every))

    with _given_back(give_back, "accounts", held.tell):
        for project, account in accounts.items():
            schemas = [database.schema_name for database in plan.databases if database.project == project]
            create_account(world.server, account.name, account.password, schemas, reads=plan.read_by(project))
        yield accounts


@contextmanager
def _network(world: World, plan: Plan, held: "_Held", *, stored_urls: bool) -> Iterator[StepNetwork]:
    name = network_name(held.run)
    release, image = next(iter(plan.images.items()))
    # An errand's only image may be one that somebody else built: what stands beside the steps needs nothing of it.
    image = world.images.get(release, image)
    hosts, ports = _stored_addresses(world, plan) if stored_urls else ((), ())
    if hosts:
        held.tell(Note(about="network", text=f"to the steps, {', '.join(hosts)} is the server of cloud.yaml"))
    held.journal.append(e.NetworkMade(name=name))
    try:
        server, kept = world.cloud.server, plan.images.values()
        with step_network(world.client, held.run, server, image=image, kept=kept, aliases=hosts, ports=ports) as network:
            yield network
    except ThingAMeError as error:
        if not isinstance(error, MAY_STILL_RUN):
            held.journal.append(e.NetworkRemoved(name=name))
        raise
    held.journal.append(e.NetworkRemoved(name=name))


@contextmanager
def _given_back(give_back: Callable[[], None], what: str, tell: Tell) -> Iterator[None]:
    """Give back at the end; trouble in giving back never hides the trouble before it.

    Where a step may still run it keeps what it needs, and `resume` takes it over.
    """
    try:
        yield
    except ThingAMeError as trouble:
        try:
            if not isinstance(trouble, MAY_STILL_RUN):
                give_back()
        except ThingAMeError as error:
            tell(Note(about=what, text=f"left for the next command to give back: {error.message}"))
        raise
    give_back()


def _stored_addresses(world: World, plan: Plan) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Read by which hosts, and at which ports, the rows of cell_mappings and the like seek the server."""
    found = {(row.host, row.port): None for row in _stored_rows(world, plan) if row.is_database and row.host and row.port}
    return tuple(dict.fromkeys(host for host, _ in found)), tuple(dict.fromkeys(port for _, port in found))


def _stored_rows(world: World, plan: Plan) -> Iterator[StoredUrlRow]:
    for project in dict.fromkeys(database.project for database in plan.databases):
        if stored := world.recipes[project].stored_urls:
            yield from read_stored_urls(world.server, world.cloud.of(project), stored)
