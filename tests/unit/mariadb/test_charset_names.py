import pytest

from runner.mariadb.charset_names import name_on, one_name
from runner.mariadb.schema import _column

OLD, NEW = (10, 6, 0), (10, 6, 1)


@pytest.mark.parametrize(("old", "new"), [("utf8", "utf8mb3"), ("utf8_unicode_ci", "utf8mb3_unicode_ci")])
def test_each_server_is_spoken_to_in_its_own_words(old: str, new: str) -> None:
    assert one_name(old) == one_name(new) == new
    assert (name_on(OLD, old), name_on(OLD, new)) == (old, old)
    assert (name_on(NEW, old), name_on(NEW, new)) == (new, new)


@pytest.mark.parametrize("name", ["utf8mb4", "utf8mb4_general_ci", "latin1_swedish_ci", ""])
def test_other_charsets_have_one_name(name: str) -> None:
    assert one_name(name) == name_on(OLD, name) == name_on(NEW, name) == name


def test_a_column_of_an_older_server_is_one_of_a_newer() -> None:
    """Rows as 10.5 and 10.11 give them for the same VARCHAR."""
    named = ("utf8", "utf8_general_ci"), ("utf8mb3", "utf8mb3_general_ci")
    old, new = (("id", 1, "varchar(36)", "NO", None, " ", *names, "") for names in named)
    assert _column(old) == _column(new)
