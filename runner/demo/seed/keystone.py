"""Keystone's rows: teams, their users, and what they may do. Columns as of 2023.1 (keystone.identity, .assignment)."""

from collections.abc import Iterator

from runner.demo.seed.rows import Rows, rows
from runner.demo.seed.story import TEAMS, USERS, Installed, Size, hex_of, moment, team_of, user_of

SCHEMA = "keystone"
DEFAULT_DOMAIN = "default"
SERVICES = ("image", "placement", "compute", "volumev3", "network", "orchestration")
FIRST_LOCAL_ID = 100
"""Bootstrap gave its admin the first few numbers."""
GROUPS = 5
APPLICATION_CREDENTIALS = 10


def seed(size: Size, installed: Installed) -> Iterator[Rows]:
    """Yield keystone's rows in the order their foreign keys ask for."""
    del size  # people do not become more with machines
    yield rows(SCHEMA, "project", (_team(number) for number in range(TEAMS)))
    yield from _users()
    yield from _secrets(installed)
    yield from _groups(installed)
    yield rows(SCHEMA, "assignment", (_membership(number, installed) for number in range(USERS)))
    yield from _service_catalog()


def _team(number: int) -> dict[str, object]:
    return {
        "id": team_of(number),
        "name": f"team-{number + 1:02d}",
        "extra": "{}",
        "description": f"Team {number + 1}",
        "enabled": number != TEAMS - 1,
        "domain_id": DEFAULT_DOMAIN,
        "parent_id": DEFAULT_DOMAIN,
        "is_domain": False,
    }


def _users() -> Iterator[Rows]:
    yield rows(
        SCHEMA,
        "user",
        (
            {
                "id": user_of(number),
                "extra": f'{{"email": "user-{number + 1:02d}@example.org"}}',
                "enabled": number != USERS - 1,
                "default_project_id": team_of(number),
                "created_at": moment(number),
                "domain_id": DEFAULT_DOMAIN,
            }
            for number in range(USERS)
        ),
    )
    yield rows(
        SCHEMA,
        "local_user",
        (
            {
                "id": FIRST_LOCAL_ID + number,
                "user_id": user_of(number),
                "domain_id": DEFAULT_DOMAIN,
                "name": f"user-{number + 1:02d}",
                "failed_auth_count": 0,
            }
            for number in range(USERS)
        ),
    )


def _secrets(installed: Installed) -> Iterator[Rows]:
    """Everybody has the admin's password, in the hash that 2023.1 wrote for it."""
    yield rows(
        SCHEMA,
        "password",
        (
            {
                "id": FIRST_LOCAL_ID + number,
                "local_user_id": FIRST_LOCAL_ID + number,
                "self_service": False,
                "password_hash": installed.password_hash,
                "created_at_int": 1_685_577_600_000_000 + number,
                "created_at": moment(number),
            }
            for number in range(USERS)
        ),
    )
    yield rows(
        SCHEMA,
        "application_credential",
        (
            {
                "internal_id": number + 1,
                "id": hex_of("application-credential", number),
                "name": "ci",
                "secret_hash": installed.password_hash,
                "user_id": user_of(number),
                "project_id": team_of(number),
                "unrestricted": False,
            }
            for number in range(APPLICATION_CREDENTIALS)
        ),
    )


def _groups(installed: Installed) -> Iterator[Rows]:
    numbers = range(GROUPS)
    yield rows(
        SCHEMA,
        "group",
        (
            {
                "id": hex_of("group", number),
                "domain_id": DEFAULT_DOMAIN,
                "name": f"auditors-{number + 1}",
                "description": "",
                "extra": "{}",
            }
            for number in numbers
        ),
    )
    yield rows(
        SCHEMA,
        "user_group_membership",
        ({"user_id": user_of(number), "group_id": hex_of("group", number % GROUPS)} for number in range(2 * GROUPS)),
    )
    yield rows(
        SCHEMA,
        "assignment",
        (
            {
                "type": "GroupProject",
                "actor_id": hex_of("group", number),
                "target_id": team_of(number),
                "role_id": installed.roles["reader"],
                "inherited": False,
            }
            for number in numbers
        ),
    )


def _membership(number: int, installed: Installed) -> dict[str, object]:
    return {
        "type": "UserProject",
        "actor_id": user_of(number),
        "target_id": team_of(number),
        "role_id": installed.roles["member"],
        "inherited": False,
    }


def _service_catalog() -> Iterator[Rows]:
    numbered = tuple(enumerate(SERVICES))
    yield rows(
        SCHEMA,
        "service",
        (
            {"id": hex_of("service", number), "type": kind, "enabled": True, "extra": f'{{"name": "{kind}"}}'}
            for number, kind in numbered
        ),
    )
    yield rows(
        SCHEMA,
        "endpoint",
        (
            {
                "id": hex_of("endpoint", number),
                "interface": "public",
                "service_id": hex_of("service", number),
                "url": f"https://{kind}.demo.example.org",
                "extra": "{}",
                "enabled": True,
                "region_id": "RegionOne",
            }
            for number, kind in numbered
        ),
    )
