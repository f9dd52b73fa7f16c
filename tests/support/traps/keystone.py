"""Keystone's rows."""

from tests.support.traps.trap import Trap

TRAPS = (
    Trap(
        "keystone-trusts-of-one-second",
        "keystone",
        "2023.1",
        "2023.2",
        (
            (
                "INSERT INTO {keystone}.trust"
                " (id, trustor_user_id, trustee_user_id, project_id, impersonation, expires_at, expires_at_int) VALUES"
                " ('a', 'u', 'v', 'p', 0, '2030-01-01', 1893456000000001),"
                " ('b', 'u', 'v', 'p', 0, '2030-01-01', 1893456000000002)"
            ),
        ),
        says="duplicate_trust_constraint",
        mended=("DELETE FROM {keystone}.trust WHERE id = 'b'",),
    ),
)
