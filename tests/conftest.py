"""Fixtures that more than one package's tests borrow. What is dear is started once a session, whichever tests run in it."""

import itertools
import signal
from collections.abc import Callable, Iterator

import hypothesis
import pytest

from runner.mariadb.connection import DatabaseServer, open_server, quote
from tests.support.mariadb import TestServer, start_server
from tests.support.nursery import cloud, neutron, nursery, whole_cloud, with_neutron
from tests.support.proven import before, production, proven
from tests.support.tls import certificate, strict

MakeSchema = Callable[..., str]

# Whoever begins us in the background of a script has us ignore ^C, and all that we begin: tests of it would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says how busy the machine is, and nothing of ours.
hypothesis.settings.register_profile("without deadline", deadline=None)
hypothesis.settings.load_profile("without deadline")


@pytest.fixture(scope="session")
def mariadb() -> Iterator[TestServer]:
    """One server for the whole session; who changes its settings puts them back."""
    with start_server() as running:
        yield running


@pytest.fixture(scope="session")
def server(mariadb: TestServer) -> Iterator[DatabaseServer]:
    """Root's connection to it."""
    with open_server(mariadb.address, mariadb.password) as opened:
        yield opened


_numbers = itertools.count(1)


@pytest.fixture
def make_schema(server: DatabaseServer) -> Iterator[MakeSchema]:
    """Make fresh schemas, each from its DDL statements; they are gone after the test."""
    made: list[str] = []

    def make(*statements: str, options: str = "") -> str:
        schema = f"test_{next(_numbers)}"
        server.execute(f"CREATE DATABASE {quote(schema)} {options}")
        made.append(schema)
        for statement in statements:
            server.at(schema).execute(statement)
        return schema

    yield make
    for schema in made:
        server.execute(f"DROP DATABASE {quote(schema)}")


__all__ = [
    "before",
    "certificate",
    "cloud",
    "make_schema",
    "mariadb",
    "neutron",
    "nursery",
    "production",
    "proven",
    "server",
    "strict",
    "whole_cloud",
    "with_neutron",
]
