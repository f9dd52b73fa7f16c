"""Hand over: a migrated clone becomes a server as production is one, and holds what was proved."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from runner.containers.copies import Copy
from runner.containers.hosted_server import HostedServer
from runner.containers.successor import Berth, address_from_here, remove_successor, start_successor
from runner.errors import HandOverFailed, LoginRefused, ServerUnreachable, ThingAMeError, TlsRequired
from runner.flows.world import World
from runner.journal.entry import HandedOver
from runner.mariadb.account_prints import OURS, read_accounts
from runner.mariadb.clone_changes import Kept, leave, take_back
from runner.mariadb.connection import DatabaseServer, open_server
from runner.mariadb.facts import read_facts
from runner.mariadb.patience import await_up
from runner.mariadb.rows import count_rows
from runner.mariadb.schema import read_schema
from runner.mariadb.session import open_session
from runner.mariadb.stored_urls import read_stored_urls
from runner.mariadb.successor_options import trial_options
from runner.planning.fingerprint import AccountPrint, ServerPrint
from runner.planning.plan import Plan
from runner.planning.snapshot import Taken
from runner.proofs import Evidence
from runner.settings import Server

PROOF = "hand-over"


@dataclass(frozen=True)
class Holding:
    """What a server holds of a plan's databases: the digest of each schema, and the rows of every table."""

    schemas: Mapping[str, str]
    rows: Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Estate:
    """What a new server is started with: where it lives, on which files, in which image, with which options."""

    world: World
    berth: Berth
    copy: Copy
    image: str
    options: tuple[str, ...]


def try_out(estate: Estate) -> None:
    """Start the server that is to be handed over before the chain, log in, and end it: better to know now.

    Raises:
        HandOverFailed: it does not start, or does not take cloud.yaml's account from here.
        EngineRefused, EngineMissing
    """
    hosted = _start(estate, trial_options(estate.options), stays=False)
    with _logged_in(estate, hosted):
        pass
    remove_successor(hosted)


@contextmanager
def open_successor(estate: Estate) -> Iterator[DatabaseServer]:
    """Start the server that is handed over, and log in as cloud.yaml's account; it runs on when the block ends.

    Raises:
        HandOverFailed, EngineRefused, EngineMissing
    """
    with _logged_in(estate, _start(estate, estate.options, stays=True)) as server:
        yield server


def read_holding(server: DatabaseServer, plan: Plan) -> Holding:
    """Read it; of a server that nobody writes to."""
    schemas = [database.schema_name for database in plan.databases]
    return Holding({schema: read_schema(server, schema).digest for schema in schemas}, count_rows(server, schemas))


def settle(here: World, plan: Plan, kept: Kept) -> Holding:
    """Take back all that made the server a clone, and say what it holds; nobody can log in as ours any more.

    Raises:
        QueryFailed: a stored URL cannot be put back.
    """
    take_back(here.server, kept)
    holding = read_holding(here.server, plan)
    leave(here.server)
    return holding


def inspect(server: DatabaseServer, plan: Plan, settled: Holding, original: ServerPrint) -> list[Evidence]:
    """Compare what is handed over with what was proved, and its accounts with production's at the snapshot's point."""
    found = read_holding(server, plan)
    schemas = [one for one in settled.schemas if settled.schemas[one] != found.schemas[one]]
    rows = [
        f"{schema}.{table}: {settled.rows.get((schema, table))} rows proved, {found.rows.get((schema, table))} here"
        for schema, table in sorted(settled.rows.keys() | found.rows.keys())
        if settled.rows.get((schema, table)) != found.rows.get((schema, table))
    ]
    with open_session(server) as session:
        accounts = _differing(original.accounts, read_accounts(session, [one.schema_name for one in original.databases]))
    ours = server.rows(
        "SELECT CONCAT('account ', user, '@', host) FROM mysql.user WHERE LEFT(user, :length) = :ours UNION ALL"
        " SELECT CONCAT('schema ', schema_name) FROM information_schema.schemata WHERE LEFT(schema_name, :length) = :ours",
        length=len(OURS),
        ours=OURS,
    )
    return [
        _evidence("schemas", f"{len(found.schemas)}/{len(found.schemas)} schemas are as they were proved", schemas),
        _evidence("rows", f"{len(found.rows)}/{len(found.rows)} tables have the rows that were proved", rows),
        _evidence("accounts", f"{len(original.accounts)} accounts are as production's were at the snapshot's point", accounts),
        _evidence("what was ours", "no account and no schema of ours is left", [str(name) for (name,) in ours]),
    ]


def describe(estate: Estate, server: DatabaseServer, taken: Taken) -> HandedOver:
    """Say what the operator needs to know of a server that is handed over."""
    facts, cloud, recipes = read_facts(server), estate.world.cloud, estate.world.recipes
    urls = [row for one in cloud.databases for row in read_stored_urls(server, (one,), recipes[one.project].stored_urls)]
    return HandedOver(
        container=estate.berth.name,
        folder=str(estate.berth.folder),
        image=estate.image,
        address=estate.berth.address,
        network=estate.berth.network,
        version=facts.version,
        uid=facts.uid,
        binary_log=facts.log_bin,
        gtid=str(server.scalar("SELECT @@GLOBAL.gtid_binlog_pos") or ""),
        point=taken.gtid or taken.position,
        urls_lead_to=tuple(sorted({f"{row.host}:{row.port}" for row in urls if row.is_database and row.host})),
    )


def _evidence(subject: str, said: str, faults: list[str]) -> Evidence:
    return Evidence(PROOF, subject, holds=not faults, detail=tuple(faults or [said]))


def _differing(original: tuple[AccountPrint, ...], found: tuple[AccountPrint, ...]) -> list[str]:
    """Name the accounts that differ; those without any right do not count, which a logical snapshot leaves out."""
    left, right = ({one.name: one for one in side if one.reach != "none"} for side in (original, found))
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))


def _start(estate: Estate, options: tuple[str, ...], *, stays: bool) -> HostedServer:
    client = estate.world.client
    return start_successor(client, estate.berth, estate.copy, image=estate.image, options=options, stays=stays)


@contextmanager
def _logged_in(estate: Estate, hosted: HostedServer) -> Iterator[DatabaseServer]:
    host, port = address_from_here(estate.world.client, estate.berth)
    cloud = estate.world.cloud
    address = Server(host=host, port=port, user=cloud.server.user, password_file=cloud.server.password_file)
    _await_up(hosted, address, cloud.password())
    with open_server(address, cloud.password()) as server:
        yield server


def _await_up(hosted: HostedServer, address: Server, password: str) -> None:
    try:
        await_up(address, password, lambda: "" if hosted.status == "running" else _last_words(hosted))
    except (LoginRefused, TlsRequired) as error:
        raise HandOverFailed(
            f"{hosted.name} came up and does not take our account: {error.message}",
            hint="let cloud.yaml's account in from this host and without TLS in production, and take a new snapshot",
        ) from error
    except ServerUnreachable as error:
        raise HandOverFailed(f"{hosted.name} does not come up: {error.message}") from error


def _last_words(hosted: HostedServer) -> str:
    try:
        return hosted.last_words()
    except ThingAMeError as error:
        return error.message
