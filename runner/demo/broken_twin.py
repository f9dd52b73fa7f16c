"""The night that went wrong, on a twin of the demo's server: its data as the snapshot has them, then broken on purpose."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from runner import documents
from runner.containers.client import connect
from runner.containers.engine import LABEL
from runner.containers.release_image import ensure_mariadb_image
from runner.containers.throwaway import remove_server
from runner.containers.twin import start_twin
from runner.demo.night import DEMO_LABEL, Stage
from runner.events import Note, Tell
from runner.flows.images import Workshop
from runner.mariadb.connection import open_server
from runner.mariadb.lease_row import SCHEMA
from runner.mariadb.patience import await_server
from runner.settings import CloudDocument, Server
from runner.snapshots.shelf import find_place

DAMAGES = {
    "a table is gone": "DROP TABLE nova.instance_faults",
    "rows are lost": "DELETE FROM glance.image_properties LIMIT 7",
    "a half moved head": "UPDATE keystone.alembic_version SET version_num = '11c3b243b4cb' WHERE version_num = '29e87d24a316'",
    "NULL turned ''": "UPDATE nova_api.instance_mappings SET user_id = '' WHERE user_id IS NULL",
    "an index is missing": "ALTER TABLE placement.inventories DROP INDEX inventories_resource_class_id_idx",
}


@contextmanager
def broken_twin(workshop: Workshop, stage: Stage, *, keep: bool, tell: Tell) -> Iterator[Path]:
    """Start a twin of the stage's server on the newest snapshot's data, and break it; yields the cloud.yaml that leads to it.

    The twin is gone at the end unless kept.

    Raises:
        SnapshotMissing: there is no snapshot.
        EngineRefused, EngineMissing
    """
    client, name = connect(workshop.site.engine), f"{stage.server.name}-twin"
    image = ensure_mariadb_image(client, workshop.site, tell)
    try:
        tell(Note(about="demo", text="what if it had gone wrong? A twin of the server, its data as the snapshot has them"))
        document = documents.read(CloudDocument, stage.cloud)
        data = find_place(stage.cloud.parent / document.snapshots.folder, None).data
        labels = {LABEL: "server", DEMO_LABEL: stage.server.name}
        port, from_steps = start_twin(client, stage.server.name, data, name, image=image, labels=labels)
        address = document.server.model_copy(update={"port": port, "from_steps": from_steps})
        await_server(address, stage.server.password)
        with open_server(address, stage.server.password) as server:
            # The snapshot is the window's own, of a time when its runner held the server.
            server.execute(f"DROP DATABASE IF EXISTS {SCHEMA}")
            for what, statement in DAMAGES.items():
                server.execute(statement)
                tell(Note(about="demo", text=f"broken on purpose, {what}: {statement}"))
        yield _describe(stage.cloud, document, address, name)
    finally:
        if not keep:
            remove_server(client, name)


def _describe(cloud: Path, document: CloudDocument, address: Server, name: str) -> Path:
    """Write the twin's cloud.yaml beside the stage's: the same cloud, the same shelf, another address."""
    twin = document.model_copy(
        update={
            "server": address,
            "snapshots": document.snapshots.model_copy(update={"container": name}),
            "runs": "twin-runs",
            # Nobody but us is connected to it.
            "services": {},
            "validation": (),
            "watch": None,
        }
    )
    file = cloud.with_name("twin.yaml")
    text = yaml.safe_dump(twin.model_dump(mode="json", by_alias=True, exclude_defaults=True), sort_keys=False)
    file.write_text(text, encoding="utf-8")
    return file
