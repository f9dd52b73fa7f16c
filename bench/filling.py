"""The tables of a cloud, of any size: a few big ones (filling.sql), and hundreds of small ones."""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from runner.mariadb.connection import DatabaseServer
from runner.mariadb.session import open_session

SCHEMAS = ("cinder", "heat", "neutron", "nova")
_BIG = Path(__file__).with_name("filling.sql")
_SMALL_TABLES = 300
_SMALL = (
    "CREATE TABLE small_{number} (id VARCHAR(36) PRIMARY KEY, created_at DATETIME, name VARCHAR(255), size INT, KEY (name))",
    "INSERT INTO small_{number} SELECT UUID(), NOW(), CONCAT('name ', seq), seq FROM seq_1_to_50",
)
_QUICKLY = "SET SESSION sql_log_bin = 0, unique_checks = 0, foreign_key_checks = 0, sql_mode = ''"


def fill(server: DatabaseServer, gigabytes: float) -> None:
    """Make the schemas and fill them, two tables at a time; `gigabytes` are of data files, roughly."""
    for schema in SCHEMAS:
        server.execute(f"CREATE DATABASE {schema} CHARACTER SET utf8mb3")
    small = ["USE cinder", *(statement.format(number=number) for number in range(_SMALL_TABLES) for statement in _SMALL)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda statements: _execute(server, statements), (small, *_big(gigabytes))))


def _big(gigabytes: float) -> list[list[str]]:
    """Read the blocks of filling.sql, each a list of statements."""
    _, *blocks = _BIG.read_text(encoding="utf-8").split("\n\n")
    sized = (re.sub(r"\[(\d+)\]", lambda found: str(int(int(found[1]) * gigabytes)), block) for block in blocks)
    named = (re.sub(r"UUID\{(.*?)\}", lambda found: _uuid(found[1]), block) for block in sized)
    return [block.strip().rstrip(";").split(";\n") for block in named]


def _uuid(number: str) -> str:
    """Write the SQL of a UUID. Not as CAST(... AS UUID), which takes no other variants than there are."""
    text = f"MD5({number})"
    for place in (9, 14, 19, 24):
        text = f"INSERT({text}, {place}, 0, '-')"
    return text


def _execute(server: DatabaseServer, statements: Sequence[str]) -> None:
    with open_session(server, _QUICKLY) as session:
        for statement in statements:
            session.execute(statement)
        session.execute("COMMIT")
