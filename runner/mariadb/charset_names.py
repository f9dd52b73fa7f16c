"""The two names of one charset: what is utf8mb3 since MariaDB 10.6.1 was utf8 before, in `utf8_general_ci` and the like too.

Facts: https://mariadb.com/kb/en/mariadb-1061-release-notes/. An older server knows no utf8mb3_general_ci; a newer one may
take utf8 for utf8mb4 (`old_mode`), so that each has to be spoken to in its own words.
"""

RENAMED = (10, 6, 1)

_OLD, _NEW = "utf8", "utf8mb3"


def one_name(name: str) -> str:
    """Call a charset or a collation what newer servers call it, so that the two names compare as one."""
    return f"{_NEW}{name.removeprefix(_OLD)}" if name == _OLD or name.startswith(f"{_OLD}_") else name


def name_on(numbers: tuple[int, int, int], name: str) -> str:
    """Call a charset or a collation what a server of this version calls it."""
    name = one_name(name)
    is_ours = name == _NEW or name.startswith(f"{_NEW}_")
    return f"{_OLD}{name.removeprefix(_NEW)}" if is_ours and numbers < RENAMED else name
