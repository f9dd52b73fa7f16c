"""Accounts and roles with what they may do; of their passwords only digests.

Facts: https://mariadb.com/kb/en/show-grants/, https://mariadb.com/kb/en/show-create-user/.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Literal

from runner.errors import QueryFailed
from runner.mariadb.connection import quote
from runner.mariadb.rights import Grant
from runner.mariadb.session import Session
from runner.planning.fingerprint import AccountPrint

OURS = "tam_"
"""What the names of all accounts begin with that are ours, for a run or for a clone."""

_SECRET = re.compile(r"(BY PASSWORD|USING) '((?:[^'\\]|\\.|'')*)'")
_IN_NO_EFFECT = "(1141)"
_WHERE = re.compile(r"GRANT (?P<rights>.+?) ON (?:[A-Z ]+ )?(?:\*|`(?P<schema>(?:[^`]|``)+)`)\.(?P<all>\*)?", re.DOTALL)
_ROLE = re.compile(r"GRANT (?P<role>`(?:[^`]|``)+`) TO ")


def read_accounts(session: Session, schemas: Sequence[str]) -> tuple[AccountPrint, ...]:
    """Read every account and role of the server but ours, ordered by name.

    Raises:
        RightsMissing: our account may not read the schema `mysql`.
    """
    listed = session.rows("SELECT user, host, is_role FROM mysql.user ORDER BY user, host")
    grants: dict[str, tuple[str, ...]] = {}
    definitions: dict[str, str] = {}
    for user, host, is_role in listed:
        if user.startswith(OURS):
            continue
        name = _name(user, host, is_role=is_role == "Y")
        try:
            grants[name] = tuple(line for (line,) in session.rows(f"SHOW GRANTS FOR {name}"))
            definitions[name] = "role" if is_role == "Y" else session.rows(f"SHOW CREATE USER {name}")[0][0]
        except QueryFailed as error:
            if not error.message.endswith(_IN_NO_EFFECT):
                raise
            # A server that resolves no names (skip_name_resolve) knows no account whose host is one, and lets none in.
            grants[name], definitions[name] = (), "in no effect on this server"
    return tuple(
        AccountPrint(
            name=name,
            reach=_reach(name, grants, schemas),
            definition=_SECRET.sub(r"\1 (not shown)", definition),
            secrets=tuple(_digest(match[2]) for match in _SECRET.finditer(definition)),
            grants=tuple(sorted(_SECRET.sub(r"\1 (not shown)", grant) for grant in grants[name])),
        )
        for name, definition in sorted(definitions.items())
    )


def _name(user: str, host: str, *, is_role: bool) -> str:
    """Write an account as GRANT does; everybody's role takes no quotes."""
    if is_role:
        return user if user == "PUBLIC" else quote(user)
    return f"{quote(user)}@{quote(host)}"


def _reach(name: str, grants: Mapping[str, Sequence[str]], schemas: Sequence[str]) -> Literal["schemas", "server", "none"]:
    found = set(_reaches(name, grants, schemas, set()))
    return "schemas" if "schemas" in found else "server" if "server" in found else "none"


def _reaches(name: str, grants: Mapping[str, Sequence[str]], schemas: Sequence[str], seen: set[str]) -> Iterator[str]:
    """Say what each grant reaches that an account has, by itself or by a role, whatever roles that one has."""
    seen.add(name)
    for line in grants.get(name, ()):
        role, where = _ROLE.match(line), _WHERE.match(line)
        if role and role["role"] not in seen:
            yield from _reaches(role["role"], grants, schemas, seen)
        elif where and where["rights"] != "USAGE":
            if where["schema"] is None:
                yield "server"
            elif _is_among(where, schemas):
                yield "schemas"


def _is_among(where: re.Match[str], schemas: Sequence[str]) -> bool:
    """Say whether one of the schemas is meant by what comes after ON: a pattern of schemas, or a part of one schema."""
    named = where["schema"].replace("``", "`")
    if where["all"]:
        return any(Grant(frozenset(), named, may_pass_on=False).covers(schema) for schema in schemas)
    return named in schemas


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()[:16]
