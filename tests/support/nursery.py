"""Fixtures: the server that small clouds are copied on, and a copy for each test. For a conftest to take over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clouds import Nursery, SmallCloud, install, open_nursery


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with open_nursery() as opened:
        yield opened


@pytest.fixture(scope="session")
def with_neutron(nursery: Nursery) -> Nursery:
    """The nursery with a neutron too, whose database nobody has filled."""
    install(nursery, ("neutron",))
    return nursery


@pytest.fixture
def cloud(nursery: Nursery, tmp_path: Path) -> Iterator[SmallCloud]:
    """Glance and placement: three steps, and enough to tell that they are at 2023.1."""
    copy = nursery.copy(tmp_path, ("placement", "glance"))
    yield copy
    nursery.forget(copy)


@pytest.fixture
def whole_cloud(nursery: Nursery, tmp_path: Path) -> Iterator[SmallCloud]:
    """Keystone too: five steps, two of them in its lane."""
    copy = nursery.copy(tmp_path)
    yield copy
    nursery.forget(copy)


@pytest.fixture
def neutron(with_neutron: Nursery, tmp_path: Path) -> Iterator[SmallCloud]:
    """Neutron alone."""
    copy = with_neutron.copy(tmp_path, ("neutron",))
    yield copy
    with_neutron.forget(copy)


__all__ = ["cloud", "neutron", "nursery", "whole_cloud", "with_neutron"]
