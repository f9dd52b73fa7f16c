"""What our own account may do, read from SHOW GRANTS.

Facts: https://mariadb.com/kb/en/grant/ - to pass a right on, one needs the right and GRANT OPTION at the same level or
above. information_schema.user_privileges would be easier to read, but shows nothing of what comes with a role.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runner.mariadb.accounts import STEP_RIGHTS
from runner.mariadb.connection import DatabaseServer

_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?:\*\.\*|`(?P<pattern>(?:[^`]|``)+)`\.\*) TO (?P<rest>.+)", re.DOTALL)
_WILDCARD = re.compile(r"\\(.)|(%)|(_)", re.DOTALL)


@dataclass(frozen=True)
class Grant:
    """Rights on everything (`pattern` None) or on the schemas that match a LIKE pattern."""

    rights: frozenset[str]
    pattern: str | None
    may_pass_on: bool

    def has(self, right: str) -> bool:
        return right in self.rights or "ALL PRIVILEGES" in self.rights

    def covers(self, schema: str) -> bool:
        return self.pattern is None or re.fullmatch(_like(self.pattern), schema) is not None


@dataclass(frozen=True)
class Rights:
    """Our account's rights; `ungrantable` maps a schema to the rights that it cannot pass on to a step's account."""

    account: str
    creates_accounts: bool
    ungrantable: dict[str, tuple[str, ...]]


def read_rights(server: DatabaseServer, schemas: Sequence[str]) -> Rights:
    """Read the rights of our account and its default role, server-wide and on each schema; nothing is tried out."""
    grants = parse_grants(row[0] for row in server.rows("SHOW GRANTS"))
    everywhere = [grant for grant in grants if grant.pattern is None]
    ungrantable = {
        schema: missing
        for schema in schemas
        if (missing := tuple(right for right in STEP_RIGHTS if not _may_pass_on(grants, right, schema)))
    }
    return Rights(
        account=server.scalar("SELECT CURRENT_USER()"),
        creates_accounts=any(grant.has("CREATE USER") for grant in everywhere),
        ungrantable=ungrantable,
    )


def parse_grants(lines: Iterable[str]) -> tuple[Grant, ...]:
    """Read the grants on everything and on whole schemas; those on single tables and of roles help no step."""
    matches = filter(None, map(_GRANT.fullmatch, lines))
    return tuple(
        Grant(
            rights=frozenset(match["rights"].split(", ")),
            pattern=match["pattern"].replace("``", "`") if match["pattern"] else None,
            may_pass_on=re.search(r" WITH .*\bGRANT OPTION\b", match["rest"]) is not None,
        )
        for match in matches
    )


def _may_pass_on(grants: Sequence[Grant], right: str, schema: str) -> bool:
    return any(grant.may_pass_on and grant.has(right) and grant.covers(schema) for grant in grants)


def _like(pattern: str) -> str:
    """Turn a LIKE pattern, whose escape is a backslash, into a regular expression."""
    parts: list[str] = []
    end = 0
    for match in _WILDCARD.finditer(pattern):
        parts += [re.escape(pattern[end : match.start()]), re.escape(match[1]) if match[1] else ".*" if match[2] else "."]
        end = match.end()
    return "".join([*parts, re.escape(pattern[end:])])
