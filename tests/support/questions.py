"""The question that checks are asked, about schemas of a real server."""

from dataclasses import replace

from runner.checks.question import Question
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.facts import read_facts
from runner.mariadb.version_rows import read_standing
from runner.planning.cloud import Database
from runner.planning.path import Hop
from runner.recipes import load_calendar, load_recipes
from runner.settings import Server

HOPS = (Hop("2023.1", "2024.1"), Hop("2024.1", "2025.1"), Hop("2025.1", "2026.1"))


def ask_about(server: DatabaseServer, address: Server, *databases: Database, hops: tuple[Hop, ...] = HOPS) -> Question:
    """Build a question about these databases, each project of which takes `hops`."""
    recipes = load_recipes()
    return Question(
        server=server,
        address=address,
        server_facts=read_facts(server),
        databases=databases,
        facts={fact.database: fact for fact in read_standing(server, databases, recipes)},
        recipes=recipes,
        calendar=load_calendar(),
        hops={database.project: hops for database in databases},
        target=hops[-1].end if hops else "2023.1",
    )


def on_version(question: Question, version: str, numbers: tuple[int, int, int], **collations: str) -> Question:
    """The same question of a server of another version."""
    facts = replace(
        question.server_facts, version=version, numbers=numbers, is_mariadb="MariaDB" in version, collations=collations
    )
    return replace(question, server_facts=facts)
