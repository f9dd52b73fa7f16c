"""What every way to put a snapshot back has in common: may it be done, does the server come up, is it what production was."""

import time
from collections.abc import Callable

from runner.errors import LoginRefused, RestoreFailed, ServerInUse, ServerUnreachable, SnapshotForeign, SnapshotMissing
from runner.mariadb import patience
from runner.mariadb.connection import DatabaseServer, open_server
from runner.mariadb.facts import read_facts
from runner.mariadb.fingerprint import read_print
from runner.mariadb.point import open_point
from runner.mariadb.table_prints import Progress
from runner.mariadb.visitors import Visitor, read_visitors
from runner.planning.comparison import Comparison, compare
from runner.planning.fingerprint import ServerPrint
from runner.planning.snapshot import SnapshotManifest, Taken
from runner.settings import Cloud
from runner.snapshots.method import Bench, progress
from runner.snapshots.seat import Seat
from runner.snapshots.shelf import Place, State

RESTORE_LABEL = "thing-a-me.restore"
"""On every container that changes a server: the volume that its data lie on, or its address."""
_SHOWN = 20


def demand_proven(place: Place) -> SnapshotManifest:
    """Demand that a snapshot is one.

    Raises:
        SnapshotMissing: it was never proven.
        SnapshotBroken: half of it is gone.
    """
    if place.state is not State.PROVEN:
        raise SnapshotMissing(f"{place.id} was not proven: what is put back must be known to be whole")
    return place.read_manifest()


def demand_alone(server: DatabaseServer, is_ours: Callable[[Visitor], bool]) -> None:
    """Demand that nobody else is connected; `is_ours` tells steps that dead runners left, and that will be ended.

    Raises:
        ServerInUse: names who is.
    """
    if visitors := [one for one in read_visitors(server) if not is_ours(one)]:
        more = f"; and {len(visitors) - _SHOWN} more" if len(visitors) > _SHOWN else ""
        raise ServerInUse(f"connected to {server.name}: {'; '.join(map(str, visitors[:_SHOWN]))}{more}")


def demand_origin(server: DatabaseServer, taken: Taken, hostname: str = "") -> None:
    """Demand that a server that answers is the one that a snapshot was taken from, or the one in its place by `hostname`.

    The server_uid does not count: MariaDB makes it from the network card, which a container gets anew.

    Raises:
        SnapshotForeign
    """
    facts = read_facts(server)
    was = taken.origin.identity.split("/")
    strange = facts.hostname != (hostname or was[0])
    if strange or facts.server_id != int(was[1]) or (taken.origin.datadir and facts.datadir != taken.origin.datadir):
        raise SnapshotForeign(
            f"{taken.snapshot} was taken from {taken.origin.identity} with its data in {taken.origin.datadir};"
            f" {server.name} is {facts.identity} with its data in {facts.datadir}"
            f"{f', and not what runs in {hostname}' if strange and hostname else ''}"
        )


def demand_quiet(cloud: Cloud, seat: Seat, taken: Taken, is_ours: Callable[[Visitor], bool]) -> None:
    """Demand that a server, where it runs, is the right one and nobody is connected to it; `is_ours` as of `demand_alone`.

    Raises:
        ServerInUse: somebody is, or it runs and does not tell: could not tell is not no.
        SnapshotForeign
    """
    if seat.status != "running":
        return
    try:
        with open_server(cloud.address(), cloud.password()) as server:
            demand_origin(server, taken, seat.hostname)
            demand_alone(server, is_ours)
    except (ServerUnreachable, LoginRefused) as error:
        raise ServerInUse(f"{seat.name} runs, and does not tell who is connected: {error.message}") from error


def demand_right(cloud: Cloud, seat: Seat, taken: Taken) -> None:
    """Demand that the server that came up is the one that answers us: an address can lead elsewhere meanwhile.

    Raises:
        SnapshotForeign
    """
    with open_server(cloud.address(), cloud.password()) as server:
        demand_origin(server, taken, seat.hostname)


def await_up(cloud: Cloud, seat: Seat) -> None:
    """Wait until a server that was started takes our account.

    Raises:
        RestoreFailed: it ended, it does not take us, or it takes too long.
    """

    def ended() -> str:
        return "" if seat.status in ("running", "restarting") else seat.last_words()

    try:
        patience.await_up(cloud.address(), cloud.password(), ended)
    except LoginRefused as error:
        raise RestoreFailed(
            f"the server came up and does not take our account, whose password is that of the snapshot's point again:"
            f" {error.message}",
            hint="name the password of that time with server.password_file in cloud.yaml, stop the server, which has today's,"
            " and run the same command again",
        ) from error
    except ServerUnreachable as error:
        raise RestoreFailed(f"the server does not come up: {error.message}") from error


def demand_equal(bench: Bench, place: Place, taken: Taken, production: ServerPrint, cloud: Cloud) -> Comparison:
    """Compare the server with production at the snapshot's point, every table, and demand that nothing differs.

    Raises:
        RestoreFailed: each difference is named.
        ServerUnreachable, QueryFailed
    """
    address = cloud.address()
    told, clock = progress(bench, place, "comparing", taken.raw_bytes), time.monotonic()

    def hear(now: Progress) -> None:
        told(now.bytes_done, time.monotonic() - clock)

    connections = max(2, bench.jobs)
    with open_server(address, cloud.password()) as server, open_point(server, taken.schemas, connections=connections) as point:
        point.hold()
        found = read_print(point, taken.schemas, hear)
    if taken.method == "logical":
        # The server's accounts are its own: those that a window had locked then may be open now, and the other way round.
        production, found = production.unlocked(), found.unlocked()
    comparison = compare(production, found, restarted=True, server_wide=taken.method == "physical")
    if not comparison.is_equal:
        lines = [str(one) for one in (*comparison.skipped, *comparison.differences)]
        raise RestoreFailed(f"what came up is not what was taken: {comparison}:\n" + "\n".join(lines[:_SHOWN]))
    return comparison
