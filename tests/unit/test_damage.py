"""What docs/damage.md says was caught is what the registry of damages holds, no more and no less."""

from scripts.write_schemas import DOCS
from tests.support.damage_files import FILE_DAMAGES
from tests.support.damage_record import BY_SQL, read_record
from tests.support.damage_sql import SQL_DAMAGES
from tests.support.innodb_pages import crc32c

TO_FILES = {(str(one.moment), one.name): one.error.__name__ if one.error else "" for one in FILE_DAMAGES}
EXPECTED = TO_FILES | {(BY_SQL, one.name): "SnapshotNotProved" for one in SQL_DAMAGES}


def test_each_damage_is_another() -> None:
    assert len(EXPECTED) == len(FILE_DAMAGES) + len(SQL_DAMAGES)
    assert len({one.how for one in SQL_DAMAGES}) == len(SQL_DAMAGES)


def test_every_damage_was_done_in_the_recorded_run_and_caught_as_it_should_be() -> None:
    assert {(one.moment, one.damage): one.error for one in read_record().damages} == EXPECTED, "run `make damage`"


def test_what_was_undamaged_always_passed() -> None:
    assert [one.rounds for one in read_record().undamaged] == [20, 20]
    assert all(one.equal == one.rounds for one in read_record().undamaged)


def test_the_readme_tells_the_same_numbers() -> None:
    caught = sum(bool(error) for error in EXPECTED.values())
    assert f"{caught} of {len(EXPECTED)} kinds of damage" in (DOCS.parent / "README.md").read_text(encoding="utf-8")


def test_a_checksum_is_made_as_innodb_makes_it() -> None:
    # The check value of CRC-32C.
    assert crc32c(b"123456789") == 0xE3069283
