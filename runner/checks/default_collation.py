"""Would new tables meet old ones in another collation?

A migration that names only a charset gets that charset's default collation, which MariaDB 11.5 changed, and which clouds
created with utf8_unicode_ci never had. Nova 2024.1 creates share_mapping (`mysql_charset='utf8'`) with a foreign key to
instances.uuid, so that one of the two ends decides: https://bugs.launchpad.net/nova/+bug/2084562.
"""

from collections.abc import Mapping

from runner.checks.finding import Finding, Severity
from runner.checks.question import Question
from runner.mariadb.charset_names import name_on, one_name
from runner.planning.cloud import Database
from runner.planning.path import Hop
from runner.planning.recipe import Span

NAME = "default-collation"

CREATES = Span(since="2024.1", until="2024.1")
"""nova/db/main/migrations/versions/13863f4e1612, the only one between 2023.1 and 2026.1 that does so."""

UTF8_COLLATION = "utf8mb3_general_ci"
"""The default before `character_set_collations` (https://mariadb.com/kb/en/setting-character-sets-and-collations/)."""

COLLATIONS_SET = (11, 2, 0)
"""Since then a server can be told the default of each charset: `character_set_collations`."""


def ask(question: Question) -> tuple[Finding, ...]:
    """Compare instances.uuid of every cell with what a new utf8 table would get."""
    hop = question.crossing("nova", CREATES)
    cells = {database.schema: database for database in question.of("nova", "cell")}
    if hop is None or not cells:
        return ()
    rows = question.server.rows(
        "SELECT table_schema, collation_name FROM information_schema.columns"
        " WHERE table_name = 'instances' AND column_name = 'uuid' ORDER BY 1"
    )
    found = {cells[schema]: collation for schema, collation in rows if schema in cells}
    return judge(found, hop, question.server_facts.numbers, question.server_facts.collations)


def judge(
    found: Mapping[Database, str], hop: Hop, numbers: tuple[int, int, int], collations: Mapping[str, str]
) -> tuple[Finding, ...]:
    """Find the cells whose collation differs, and a way out in the words of a server of this version."""
    default = collations.get("utf8mb3", UTF8_COLLATION)
    here = name_on(numbers, default)
    return tuple(
        Finding(
            check=NAME,
            severity=Severity.BLOCKS,
            where=f"{cell.id}.instances",
            says=f"instances.uuid is {collation}; a new table with charset utf8 would be {here}",
            breaks=f"nova {hop}: creating share_mapping fails, its foreign key would be incorrectly formed",
            way_out=_way_out(collation, here, numbers),
        )
        for cell, collation in found.items()
        if one_name(collation) != one_name(default)
    )


def _way_out(collation: str, default: str, numbers: tuple[int, int, int]) -> str:
    charset = name_on(numbers, "utf8mb3")
    convert = f"convert the cell's tables: ALTER TABLE ... CONVERT TO CHARACTER SET {charset} COLLATE {default}"
    if numbers < COLLATIONS_SET or not collation.startswith("utf8mb3_"):
        return convert
    return f"{convert}; or set character_set_collations='utf8mb3={collation}' on the server for the window"
