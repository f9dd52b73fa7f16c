"""What the demo cloud is filled with: rows that say what a cloud of a few hundred instances says.

The rows are computed without a database (`rows_of`), so that a test can ask them; `fill` puts them into the schemas that
2023.1's own commands made.
"""

from collections.abc import Callable, Iterator

from runner.demo.seed import cinder, glance, heat, keystone, neutron, nova_api, nova_cells, placement
from runner.demo.seed.rows import Rows, put
from runner.demo.seed.story import Installed, Size
from runner.errors import SchemaMissing
from runner.mariadb.connection import DatabaseServer

SEEDS: dict[str, tuple[Callable[[Size, Installed], Iterator[Rows]], ...]] = {
    "keystone": (keystone.seed,),
    "glance": (glance.seed,),
    "placement": (placement.seed,),
    "nova": (nova_api.seed, nova_cells.seed),
    "cinder": (cinder.seed,),
    "neutron": (neutron.seed,),
    "heat": (heat.seed,),
}


def fill(server: DatabaseServer, size: Size | None = None) -> int:
    """Fill a freshly installed demo cloud and return the number of rows that were inserted.

    Raises:
        SchemaMissing: the first-install commands have not been run.
        QueryFailed: the cloud is filled already, or is not one of 2023.1.
    """
    installed = read_installed(server)
    return sum(put(server, batch) for batch in rows_of(size or Size(), installed))


def rows_of(size: Size, installed: Installed) -> Iterator[Rows]:
    """Yield every project's rows, in the order their foreign keys ask for; the same for the same size."""
    for seeds in SEEDS.values():
        for seed in seeds:
            yield from seed(size, installed)


def read_installed(server: DatabaseServer) -> Installed:
    """Read what the first-install commands made under ids of their own.

    Raises:
        SchemaMissing: bootstrap, cinder's sync or nova's create_cell left nothing to read.
    """
    password_hash = server.scalar("SELECT password_hash FROM keystone.password ORDER BY id LIMIT 1")
    default_type = server.scalar("SELECT id FROM cinder.volume_types WHERE name = '__DEFAULT__'")
    cells = {str(name): int(number) for name, number in server.rows("SELECT name, id FROM nova_api.cell_mappings")}
    roles = {str(name): str(role) for name, role in server.rows("SELECT name, id FROM keystone.role")}
    if password_hash is None or default_type is None or not {"cell0", "cell1", "cell2"} <= set(cells):
        raise SchemaMissing(
            "the demo cloud's schemas are there, but not what the first-install commands put into them",
            hint="`thing-a-me demo --clean` removes what was made; then run the demo again",
        )
    return Installed(password_hash=str(password_hash), roles=roles, default_volume_type=str(default_type), cells=cells)
