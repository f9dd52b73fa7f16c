"""Steps that follow stored URLs log in by the services' own accounts, which are locked: they alone are let in, by twins.

nova's online migrations and nova-status go where cell_mappings lead, with the user and the password that stand there.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from runner.containers.network import MAY_STILL_RUN
from runner.errors import CheckCouldNotRun, ThingAMeError
from runner.flows.questions import at_the_end, run_command
from runner.flows.window import Window
from runner.journal import window_entry as w
from runner.mariadb.account_locks import Lockable, lock_accounts, unlock_accounts
from runner.mariadb.stored_urls import read_stored_urls
from runner.mariadb.twin_accounts import Twin, drop_twin, has_twin, make_twin
from runner.planning.asked import ExitMeaning
from runner.planning.errand import Errand
from runner.recipes import read_script
from runner.steps.run import database_url
from runner.steps.site import Site

COMMAND = "seen-from"
_SCRIPT = "read_back/seen_from.py"
_PATIENCE = 60.0


@contextmanager
def letting_in(window: Window, site: Site) -> Iterator[None]:
    """Give every locked account that a stored URL names a twin at the relay's host, for the length of the block.

    Raises:
        CheckCouldNotRun: it cannot be told by which host the server knows the relay.
        RightsMissing, QueryFailed, EngineRefused, EngineMissing
    """
    locked = {one.user for one in window.position.locked} if window.position.is_held else set()
    users = {user: project for user, project in _named(window) if user in locked}
    if not users:
        yield
        return
    host = _seen_from(next(iter(users.values())), site)
    server = window.run.world.server
    wanted = [Twin(user=user, host=host) for user in users]
    # What a sitting that died has made is made anew: it may be half made.
    twins = [one for one in wanted if (one.user, one.host) in window.position.twins or not has_twin(server, one)]
    own = [Lockable(user=one.user, host=one.host, was_locked=False) for one in wanted if one not in twins]
    window.say(w.TwinsMaking(accounts=tuple((one.user, one.host) for one in twins)))
    for twin in twins:
        make_twin(server, twin)
    unlock_accounts(server, own)
    window.note(f"steps follow stored URLs: {', '.join(users)} may log in from {host}, where the server sees steps come from")
    try:
        yield
    except ThingAMeError as error:
        # A step that may still run needs them; whoever takes the run up drops them.
        if not isinstance(error, MAY_STILL_RUN):
            _keep_out(window, own)
        raise
    _keep_out(window, own)


def _keep_out(window: Window, own: Sequence[Lockable]) -> None:
    """Drop the twins, and lock what was the services' own account at that host."""
    drop_twins(window)
    lock_accounts(window.run.world.server, own)


def drop_twins(window: Window) -> None:
    """Drop the twins that are there, also those of a sitting that died."""
    if twins := window.position.twins:
        for user, host in twins:
            drop_twin(window.run.world.server, Twin(user=user, host=host))
        window.say(w.TwinsDropped())


def _named(window: Window) -> Iterator[tuple[str, str]]:
    """Find the users that stored URLs of database servers name, and whose project follows them."""
    world = window.run.world
    for project in dict.fromkeys(database.project for database in window.run.plan.databases):
        if stored := world.recipes[project].stored_urls:
            for row in read_stored_urls(world.server, world.cloud.of(project), stored):
                if row.is_database and row.user:
                    yield row.user, project


def _seen_from(project: str, site: Site) -> str:
    """Ask the server, through the relay, where it sees us come from: it may be the relay, or a host that hides it."""
    schema = next(one.schema_name for one in site.plan.databases if one.project == project)
    url = database_url(site, site.accounts[project], schema)
    files = {"seen_from.py": read_script(_SCRIPT), "database.url": url}
    command = Errand(COMMAND, ("python3", "{etc}/seen_from.py"), {0: ExitMeaning.DONE})
    ended = run_command(command, at_the_end(project, site.plan), site, patience=_PATIENCE, besides=files)
    said = [line.split() for line in ended.log.decode(errors="replace").splitlines() if line.startswith(COMMAND)]
    if ended.exit_code or not said:
        raise CheckCouldNotRun("it cannot be told by which host the server knows the steps' relay")
    return said[-1][1]
