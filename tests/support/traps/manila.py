"""Manila's rows, and a foreign key under another name."""

from tests.support.traps.trap import Trap

KEY = "FOREIGN KEY (share_network_id) REFERENCES {manila}.share_networks (id)"
RENAMED = (
    "ALTER TABLE {manila}.share_servers DROP FOREIGN KEY share_servers_ibfk_1",
    f"ALTER TABLE {{manila}}.share_servers ADD CONSTRAINT _share_servers_ibfk_1 {KEY}",
)
BACK = (
    "ALTER TABLE {manila}.share_servers DROP FOREIGN KEY _share_servers_ibfk_1",
    f"ALTER TABLE {{manila}}.share_servers ADD CONSTRAINT share_servers_ibfk_1 {KEY}",
)
TRAPS = (
    Trap(
        "manila-share-server-key",
        "manila",
        "stein",
        "train",
        RENAMED,
        says="share_servers_ibfk_1",
        mended=BACK,
        leaves_halves=True,
    ),
    Trap(
        "manila-allocations-of-no-server",
        "manila",
        "xena",
        "yoga",
        (
            "ALTER TABLE {manila}.network_allocations DROP FOREIGN KEY network_allocations_ibfk_1",
            (
                "INSERT INTO {manila}.network_allocations (id, deleted, label, share_server_id)"
                " VALUES ('a', 'False', 'user', 'gone')"
            ),
        ),
        says="'NoneType' object is not subscriptable",
        mended=("DELETE FROM {manila}.network_allocations",),
        leaves_halves=True,
    ),
)
