"""How large schemas are on a clone's disk: asked of its files, which no table has to be opened for."""

import re
from collections.abc import Sequence

from runner.containers.client import Client, engine_errors

_PLAIN = re.compile(r"[^A-Za-z0-9_]")


def folder_of(schema: str) -> str:
    """Name a schema's folder: MariaDB writes other characters as @ and their code (kb/en/identifier-to-file-name-mapping)."""
    return _PLAIN.sub(lambda found: f"@{ord(found[0]):04x}", schema)


def measure_schemas(client: Client, container: str, schemas: Sequence[str]) -> int:
    """Add up the bytes of the files of schemas, as the clone in `container` has them now.

    Raises:
        EngineRefused, EngineMissing
    """
    folders = [f"/var/lib/mysql/{folder_of(schema)}" for schema in schemas]
    with engine_errors(f"measuring files in {container}"):
        # A file that an ALTER drops meanwhile makes du complain, and not be wrong.
        _, output = client.containers.get(container).exec_run(["du", "-sbc", *folders], demux=True)
    lines = (output[0] or b"").decode().splitlines()
    return int(lines[-1].split()[0]) if lines else 0
