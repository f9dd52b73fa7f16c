"""How a cell's collation is judged on servers that there is none of here. What nova then does is asked of a real one."""

from runner.checks.default_collation import MADE, judge
from runner.checks.finding import Finding
from runner.planning.cloud import Database
from runner.planning.path import Hop

SHARE_MAPPING = next(made for made in MADE if made.makes == "share_mapping")
CELL = Database("nova", "cell", "cell1", "nova")


def of(collation: str, numbers: tuple[int, int, int], **collations: str) -> tuple[Finding, ...]:
    return judge(SHARE_MAPPING, {CELL: collation}, Hop("2023.1", "2024.1"), numbers, collations)


def test_the_two_names_of_one_collation_are_no_difference() -> None:
    assert of("utf8_general_ci", (10, 5, 29)) == of("utf8mb3_general_ci", (10, 11, 18)) == ()
    assert of("utf8mb3_general_ci", (11, 8, 2), utf8mb3="utf8mb3_general_ci") == ()


def test_a_way_out_is_in_the_words_of_the_server_that_is_asked() -> None:
    (old,) = of("utf8_unicode_ci", (10, 5, 29))
    assert old.says.endswith("would be utf8_general_ci")
    assert old.way_out.endswith("CONVERT TO CHARACTER SET utf8 COLLATE utf8_general_ci")
    (present,) = of("utf8mb3_unicode_ci", (10, 11, 18))
    assert present.way_out.endswith("CONVERT TO CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci")


def test_a_server_is_told_another_default_where_it_can_be() -> None:
    (finding,) = of("utf8mb3_general_ci", (11, 8, 2), utf8mb3="utf8mb3_uca1400_ai_ci")
    assert "COLLATE utf8mb3_uca1400_ai_ci; or set character_set_collations='utf8mb3=utf8mb3_general_ci'" in finding.way_out
    (other,) = of("utf8mb4_general_ci", (11, 8, 2))
    assert "character_set_collations" not in other.way_out
