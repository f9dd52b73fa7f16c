"""The cloud's databases on a clone, where flows, steps and checks do what they do on production."""

from dataclasses import replace

from runner.containers.claims import remove_left_clones
from runner.containers.client import Client
from runner.containers.copies import PLAIN, Copy
from runner.events import Note, Tell
from runner.flows.world import World
from runner.mariadb.clone_accounts import let_in
from runner.mariadb.stored_url_rewrite import rewrite_stored_urls
from runner.snapshots.clone import Clone


def clear_left_clones(client: Client, *, tell: Tell) -> None:
    """Remove the clones of runners that died, and tell of each.

    Raises:
        EngineRefused, EngineMissing
    """
    for name in remove_left_clones(client):
        tell(Note(about="clone", text=f"removed {name}, which a runner that died had left"))


def move_to(world: World, clone: Clone, *, tell: Tell) -> World:
    """Open the cloud on a clone, its stored URLs rewritten so that none names production; `world` itself is not changed.

    Raises:
        QueryFailed: a table that a recipe names is not there.
    """
    tell(Note(about="clone", text=f"ready in {clone.seconds:.1f} s on a copy by {_how(clone.copy)}"))
    document = world.cloud.document.model_copy(update={"server": clone.address})
    cloned = replace(world, cloud=replace(world.cloud, document=document), server=clone.server)
    users: dict[str, None] = {}
    for project in dict.fromkeys(database.project for database in cloned.cloud.databases):
        stored = world.recipes[project].stored_urls
        databases = cloned.cloud.of(project)
        for done in rewrite_stored_urls(clone.server, databases, stored, host=clone.address.host, port=clone.address.port):
            users.update(dict.fromkeys(done.users))
            if done.rows:
                tell(Note(about="clone", text=f"{done.rows} URLs in {done.database} {done.column} led away from production"))
    for user in users:
        if let_in(clone.server, user):
            tell(Note(about="clone", text=f"account {user!r} may log in to the clone from any host"))
    return cloned


def _how(copy: Copy) -> str:
    """Name the way; where it cost the data's whole size, and why."""
    return f"{copy.way} ({'; '.join(copy.passed_over)})" if copy.way == PLAIN.name else copy.way
