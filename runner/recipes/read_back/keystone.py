"""Runs inside an image: reads keystone's database through keystone's own managers, and asks its own API for a token.

The keys that tokens are made with are made here, for this container alone. The API is called within this process: there is
no network in between. `login.json` names the user and what his token is for; his password is in `password`.
"""

import base64
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from keystone.application_credential.backends.sql import ApplicationCredentialModel
from keystone.assignment.backends.sql import RoleAssignment
from keystone.assignment.role_backends.sql_model import RoleTable
from keystone.catalog.backends.sql import Endpoint, Region, Service
from keystone.common.provider_api import ProviderAPIs
from keystone.identity.backends.sql import Identity
from keystone.identity.backends.sql_model import Group, User
from keystone.identity.shadow_backends.sql import ShadowUsers
from keystone.resource.backends.base import NULL_DOMAIN_ID
from keystone.resource.backends.sql_model import Project
from keystone.server.flask.core import initialize_application
from keystone.trust.backends.sql import TrustModel
from reading import CONFIGURATION, HERE, Answer, Database, Reading, main, say
from sqlalchemy import func


def read(database: Database) -> Iterator["Reading | Answer"]:
    """Read the one database; where somebody is to log in, let him."""
    api = make_application()
    yield from read_owners(database)
    yield from read_lists(database)
    yield read_assignments(database)
    if (HERE / "login.json").is_file():
        yield log_in(api.test_client(), json.loads((HERE / "login.json").read_text(encoding="utf-8")))


def make_application() -> Any:
    """Make keystone's WSGI application, with keys of its own."""
    keys = Path(tempfile.mkdtemp())
    for name in ("0", "1"):
        (keys / name).write_bytes(base64.urlsafe_b64encode(os.urandom(32)))
    groups = ("fernet_tokens", "fernet_receipts", "credential")
    ours = keys / "keys.conf"
    ours.write_text("".join(f"[{group}]\nkey_repository = {keys}\n" for group in groups), encoding="utf-8")
    return initialize_application("public", config_files=[*CONFIGURATION[1::2], str(ours)])


def read_lists(database: Database) -> Iterator[Reading]:
    """Read what keystone lists all at once."""
    catalog, resource = ProviderAPIs.catalog_api, ProviderAPIs.resource_api
    lists = {
        "projects": (database.all_ids(Project.id, Project.id != NULL_DOMAIN_ID), resource.list_projects, resource.get_project),
        "roles": (database.all_ids(RoleTable.id), ProviderAPIs.role_api.list_roles, ProviderAPIs.role_api.get_role),
        "regions": (database.all_ids(Region.id), catalog.list_regions, catalog.get_region),
        "services": (database.all_ids(Service.id), catalog.list_services, catalog.get_service),
        "endpoints": (database.all_ids(Endpoint.id), catalog.list_endpoints, catalog.get_endpoint),
        "trusts": (
            database.all_ids(TrustModel.id, TrustModel.deleted_at.is_(None)),
            ProviderAPIs.trust_api.list_trusts,
            # A trust that has run out is listed, but not given.
            lambda identity: ProviderAPIs.trust_api.get_trust(identity, deleted=True),
        ),
    }
    for entity, (ids, list_all, get) in lists.items():
        yield Reading(entity, ids, lambda _, list_all=list_all: list_all(), get, lambda one: one["id"], dict)


def read_owners(database: Database) -> Iterator[Reading]:
    """Read what keystone lists by domain or by user."""

    def each(list_of: Any, owner: Any, key: Any) -> Any:
        return lambda ids: (one for value in database.values(owner, key, ids) for one in list_of(value))

    identity, credential = ProviderAPIs.identity_api, ProviderAPIs.application_credential_api
    model = ApplicationCredentialModel
    lists: dict[str, tuple[Iterable[list[str]], Any, Any]] = {
        # A domain's users are listed whole, so one page holds them all.
        "users": (database.all_ids(User.id), each(identity.list_users, User.domain_id, User.id), identity.get_user),
        "groups": (database.all_ids(Group.id), each(identity.list_groups, Group.domain_id, Group.id), identity.get_group),
        "application credentials": (
            database.ids(model.id),
            each(credential.list_application_credentials, model.user_id, model.id),
            credential.get_application_credential,
        ),
    }
    for entity, (pages, many, one) in lists.items():
        yield Reading(entity, pages, many, one, lambda thing: thing["id"], dict)


def read_assignments(database: Database) -> Reading:
    """Read who has which role where, but for roles on the system; an assignment's id is made of all it says."""

    def key(one: dict[str, Any]) -> str:
        kind = f"{'User' if 'user_id' in one else 'Group'}{'Project' if 'project_id' in one else 'Domain'}"
        actor, target = one.get("user_id") or one["group_id"], one.get("project_id") or one["domain_id"]
        return f"{kind} {actor} {target} {one['role_id']} {int('inherited_to_projects' in one)}"

    def many(_: list[str]) -> Iterator[dict[str, Any]]:
        assignments = ProviderAPIs.assignment_api.list_role_assignments()
        return (one for one in assignments if "system" not in one)

    table = RoleAssignment
    columns = (table.type, table.actor_id, table.target_id, table.role_id, table.inherited)
    return Reading("role assignments", database.all_ids(func.concat_ws(" ", *columns)), many, lambda _: None, key, dict)


def log_in(client: Any, login: dict[str, str]) -> Answer:
    """Ask for a token by password, and with it for the catalog."""
    question = f"a token for {login['user']} by password"
    domain = {"name": login["domain"]}
    password = (HERE / "password").read_text(encoding="utf-8")
    user = {"name": login["user"], "domain": domain, "password": password}
    scope = {"project": {"name": login["project"], "domain": domain}}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
    try:
        answer = client.post("/v3/auth/tokens", json=body)
        if "X-Subject-Token" not in answer.headers:
            return Answer(question, False, f"keystone refuses it: {_message(answer)}")
        answer = client.get("/v3/auth/catalog", headers={"X-Auth-Token": answer.headers["X-Subject-Token"]})
        services = answer.get_json().get("catalog")
    except Exception as error:
        return Answer(question, False, f"keystone fails: {say(error)}")
    if services is None:
        return Answer(question, False, f"keystone gives one, and then refuses it: {_message(answer)}")
    endpoints = sum(len(service["endpoints"]) for service in services)
    return Answer(question, True, f"keystone gives it; its catalog has {len(services)} services with {endpoints} endpoints")


def _message(answer: Any) -> str:
    return f"{answer.status} {(answer.get_json(silent=True) or {}).get('error', {}).get('message', '')}"


# What keystone notes down about a login, failed or not: a proof leaves no trace.
for driver, note in ((Identity, "_record_failed_auth"), (Identity, "_reset_failed_auth"), (ShadowUsers, "set_last_active_at")):
    setattr(driver, note, lambda *_: None)

main({"keystone": read})
