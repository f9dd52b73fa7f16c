"""Which database of which project is each schema of a server? Told by its version rows, where nobody wrote it down. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from runner.errors import BadDocument, NoVersionTable, ThingAMeError
from runner.planning.cloud import Database
from runner.planning.detection import Knowledge, detect
from runner.planning.facts import DatabaseFacts

Found = dict[str, str | dict[str, str | dict[str, str]]]
"""What cloud.yaml's `databases` wants."""
Read = Callable[[Sequence[Database]], Sequence[DatabaseFacts]]
"""Reads the facts of databases."""


def candidates(schemas: Iterable[str], knowledge: Knowledge) -> tuple[Database, ...]:
    """Name each schema as a database of every project and role; the schema stands for the member's name."""
    return tuple(
        Database(project, role, schema, schema)
        for schema in schemas
        for project, recipe in knowledge.recipes.items()
        for role in recipe.roles
    )


def identify(facts: Sequence[DatabaseFacts], knowledge: Knowledge) -> dict[str, Database]:
    """Say what each schema is; one without any project's version rows is left out.

    Raises:
        UnknownRevision, HalfMovedHeads, CrossCheckFailed: a schema has a project's tables, and stands nowhere.
        NoVersionTable: there is no schema of any project.
    """
    claims: dict[str, list[Database]] = {}
    refusals: dict[str, ThingAMeError] = {}
    for one in facts:
        try:
            standing = detect(one, knowledge)
        except ThingAMeError as refusal:
            if knowledge.recipes[one.database.project].signature_of(one.database.role) <= one.tables:
                refusals.setdefault(one.database.schema, refusal)
            continue
        if standing.heads:
            claims.setdefault(one.database.schema, []).append(one.database)
    found = _settle(claims, knowledge)
    if unplaced := [refusals[schema] for schema in refusals if schema not in found]:
        raise unplaced[0]
    if not found:
        raise NoVersionTable("no schema has the version rows of a project that we know")
    return found


def _settle(claims: Mapping[str, Sequence[Database]], knowledge: Knowledge) -> dict[str, Database]:
    """Choose for each schema what it is: TaskFlow's tables are what they are for octavia and for masakari alike.

    A database that a cloud may do without is one of a project that is there, and no schema that its project needs.
    """

    def needed(one: Database) -> bool:
        return not knowledge.recipes[one.project].roles[one.role].optional

    there = {one.project for many in claims.values() for one in many if needed(one)}
    return {
        schema: ([one for one in many if needed(one)] or [one for one in many if one.project in there] or many)[-1]
        for schema, many in claims.items()
    }


def describe_databases(found: Mapping[str, Database], members: Mapping[str, str], knowledge: Knowledge) -> Found:
    """Write what was found as cloud.yaml's `databases`; `members` maps a schema to the name that its project has for it.

    Raises:
        BadDocument: two schemas are the same database.
    """
    described: Found = {}
    for schema, database in found.items():
        role = knowledge.recipes[database.project].roles[database.role]
        roles = described.setdefault(database.project, {})
        assert isinstance(roles, dict)
        if role.many:
            of_role = roles.setdefault(database.role, {})
            assert isinstance(of_role, dict)
            # Nova does not mind two cells of one name.
            name = members.get(schema, schema)
            of_role[schema if name in of_role else name] = schema
        elif database.role in roles:
            raise BadDocument(f"{roles[database.role]} and {schema} are both the database of {database.project}")
        else:
            roles[database.role] = schema
    return described
