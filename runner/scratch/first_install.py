"""The commands that install seven projects for the first time, as data: their own, in the order their guides give.

Source: "Install and configure" of each project's 2023.1 installation guide; each was run with its options before it was
written down, at 2023.1 and at train, ussuri and victoria. `{keystone}`, `{nova}` ... stand for database URLs, `{etc}` for
the directory a one-shot finds its files in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

SCHEMAS: dict[str, tuple[str, ...]] = {
    "keystone": ("keystone",),
    "glance": ("glance",),
    "placement": ("placement",),
    "nova": ("nova_api", "nova_cell0", "nova", "nova_cell2"),
    "cinder": ("cinder",),
    "neutron": ("neutron",),
    "heat": ("heat",),
}
"""Project -> its schemas, named as its guide names them; the project's service account has rights on these alone."""

Described = str | dict[str, str | dict[str, str]]
DATABASES: dict[str, Described] = {
    **{project: schemas[0] for project, schemas in SCHEMAS.items() if project != "nova"},
    "nova": {"api": "nova_api", "cell": {"cell0": "nova_cell0", "cell1": "nova", "cell2": "nova_cell2"}},
}
"""The same, as cloud.yaml's `databases` wants it."""


@dataclass(frozen=True)
class Lane:
    """Commands that run one after another, with `files` (name -> template). Lanes run side by side, `then` after its lane."""

    name: str
    project: str
    files: Mapping[str, str]
    commands: tuple[tuple[str, ...], ...]
    then: "Lane | None" = None
    environment: Mapping[str, str] = field(default_factory=dict)


_KEYSTONE = """\
[database]
connection = {keystone}
[fernet_tokens]
key_repository = {etc}
[fernet_receipts]
key_repository = {etc}
[credential]
key_repository = {etc}
"""

_GLANCE = """\
[DEFAULT]
metadata_source_path = /opt/openstack/etc/glance/metadefs
[database]
connection = {glance}
"""
"""Without the path, where pip put the definitions, db_load_metadefs finds none in /etc and says that all is well."""

_NOVA = """\
[DEFAULT]
transport_url = rabbit://nova:{secret}@%s:5672/
[api_database]
connection = {nova_api}
[database]
connection = {%s}
"""

BOOTSTRAP_PASSWORD = "bootstrap-password"  # noqa: S105  # a file's name
_WITH_PASSWORD = ("sh", "-c", f'OS_BOOTSTRAP_PASSWORD=$(cat {{etc}}/{BOOTSTRAP_PASSWORD}) exec "$@"', "bootstrap")
"""Bootstrap takes its password from its arguments or environment only; here it is in neither of the container's."""

_SYNC_CELL = ("nova-manage", "--config-file", "{etc}/nova.conf", "db", "sync", "--local_cell")
_CELLS = ("nova-manage", "--config-file", "{etc}/nova.conf", "cell_v2")
_BOOTSTRAP = (
    *("keystone-manage", "--config-file", "{etc}/keystone.conf", "bootstrap"),
    *("--bootstrap-region-id", "RegionOne"),
    *("--bootstrap-public-url", "https://keystone.demo.example.org/v3"),
)

_SECOND_CELL = Lane(
    "nova-cell2-mapping",
    "nova",
    {"nova.conf": _NOVA % ("rabbit-2", "nova_cell2")},
    ((*_CELLS, "create_cell", "--name", "cell2"),),
)
"""create_cell stores the message bus and database of its configuration; as arguments they would show their passwords."""

LANES = (
    Lane(
        "nova-api",
        "nova",
        {"nova.conf": _NOVA % ("rabbit-1", "nova")},
        (
            ("nova-manage", "--config-file", "{etc}/nova.conf", "api_db", "sync"),
            (*_CELLS, "map_cell0"),
            (*_CELLS, "create_cell", "--name", "cell1"),
        ),
        _SECOND_CELL,
    ),
    Lane("nova-cell0", "nova", {"nova.conf": _NOVA % ("rabbit-1", "nova_cell0")}, (_SYNC_CELL,)),
    Lane("nova-cell1", "nova", {"nova.conf": _NOVA % ("rabbit-1", "nova")}, (_SYNC_CELL,)),
    Lane("nova-cell2", "nova", {"nova.conf": _NOVA % ("rabbit-2", "nova_cell2")}, (_SYNC_CELL,)),
    Lane(
        "neutron",
        "neutron",
        {"neutron.conf": "[database]\nconnection = {neutron}\n"},
        (("neutron-db-manage", "--config-file", "{etc}/neutron.conf", "--subproject", "neutron", "upgrade", "heads"),),
    ),
    Lane(
        "keystone",
        "keystone",
        {"keystone.conf": _KEYSTONE},
        (
            ("keystone-manage", "--config-file", "{etc}/keystone.conf", "db_sync"),
            (*_WITH_PASSWORD, *_BOOTSTRAP),
        ),
    ),
    Lane(
        "glance",
        "glance",
        {"glance-api.conf": _GLANCE},
        (
            ("glance-manage", "--config-file", "{etc}/glance-api.conf", "db_sync"),
            ("glance-manage", "--config-file", "{etc}/glance-api.conf", "db_load_metadefs"),
        ),
    ),
    Lane(
        "heat",
        "heat",
        {"heat.conf": "[database]\nconnection = {heat}\n"},
        (("heat-manage", "--config-file", "{etc}/heat.conf", "db_sync"),),
    ),
    Lane(
        "cinder",
        "cinder",
        {"cinder.conf": "[DEFAULT]\ntransport_url = fake://\n[database]\nconnection = {cinder}\n"},
        (("cinder-manage", "--config-file", "{etc}/cinder.conf", "db", "sync"),),
    ),
    Lane(
        "placement",
        "placement",
        {"placement.conf": "[placement_database]\nconnection = {placement}\n"},
        (("placement-manage", "--config-file", "{etc}/placement.conf", "db", "sync"),),
    ),
)
"""The longest first, so that none of them is left over at the end."""


@dataclass(frozen=True)
class Installation:
    """How one project is put up.

    `schemas` maps the names that its lanes' templates have for them to its schemas; the project's service account has rights
    on these alone. `databases` is what cloud.yaml's `databases` says of it. It does `without` what else its templates name.
    """

    schemas: Mapping[str, str]
    databases: Described
    lanes: tuple[Lane, ...]
    without: tuple[str, ...] = ()


KNOWN: dict[str, Installation] = {
    project: Installation(
        {schema: schema for schema in schemas},
        DATABASES[project],
        tuple(lane for lane in LANES if lane.project == project),
    )
    for project, schemas in SCHEMAS.items()
}
