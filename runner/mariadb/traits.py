"""What of a server decides how a chain goes: who it is, its version, and the variables that change what a statement does."""

from runner.mariadb.clone_options import BEHAVIOUR, FILES
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.facts import read_facts
from runner.planning.seal import ServerTraits


def read_traits(server: DatabaseServer) -> ServerTraits:
    """Read them; a variable that the server does not have is left out.

    Raises:
        QueryFailed
    """
    facts = read_facts(server)
    names = ", ".join(f"'{name}'" for name in (*FILES, *BEHAVIOUR))
    found = server.rows(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({names})")
    return ServerTraits(identity=facts.identity, version=facts.version, settings={name: value or "" for name, value in found})
