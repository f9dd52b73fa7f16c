"""What a report knows of the rehearsals: from the sealed plan in the run's folder, if there is one."""

from pathlib import Path

from runner.flows import record
from runner.journal.timetable import write_timetable
from runner.journal.writer import open_journal
from runner.planning.seal import SealedPlan
from runner.reporting.planned import REHEARSED, Planned, planned_of
from runner.reporting.report import build_report
from tests.support.seals import SEAL
from tests.support.timetables import BRIEFLY
from tests.unit.journal.histories import PROVED


def test_without_a_sealed_plan_nothing_is_held_against_the_run(tmp_path: Path) -> None:
    assert planned_of(tmp_path) is None


def test_a_file_that_cannot_be_read_costs_the_report_nothing_else(tmp_path: Path) -> None:
    (tmp_path / REHEARSED).write_text('{"digest": "sha256:1", "seal": {"format": 99}}')
    with open_journal(tmp_path, create=True) as journal:
        for entry in PROVED:
            journal.append(entry)
    assert build_report(tmp_path).planned is None


def test_the_phases_are_those_of_the_timetable_that_the_window_was_opened_with(tmp_path: Path) -> None:
    (tmp_path / REHEARSED).write_text(SealedPlan(digest=SEAL.digest, seal=SEAL).model_dump_json())
    write_timetable(tmp_path, BRIEFLY)
    planned = planned_of(tmp_path)
    assert planned
    assert planned.phases == {part.phase: part.seconds.median for part in BRIEFLY.ahead}
    assert "chain" in planned.phases


def test_the_seconds_are_the_rehearsals_medians(tmp_path: Path) -> None:
    assert REHEARSED == record.REHEARSED
    (tmp_path / REHEARSED).write_text(SealedPlan(digest=SEAL.digest, seal=SEAL).model_dump_json())
    assert planned_of(tmp_path) == Planned(
        steps={name: one.median for name, one in SEAL.seconds.items()}, total=SEAL.total.median, rehearsals=SEAL.rehearsals
    )
