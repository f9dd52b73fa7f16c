"""How a visitor is named."""

import pytest

from runner.mariadb.visitors import Visitor


@pytest.mark.parametrize(
    ("visitor", "words"),
    [
        (Visitor("nova", "10.0.0.7", "nova_api", 12), "nova from 10.0.0.7 in nova_api, 12 times"),
        (Visitor("monitor", "localhost", "", 1), "monitor from localhost"),
    ],
)
def test_it_says_who_from_where_and_how_often(visitor: Visitor, words: str) -> None:
    assert str(visitor) == words
