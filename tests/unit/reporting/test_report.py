import json
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given

from runner.errors import RunMissing
from runner.journal.entry import Entry, ProofGiven, RunEnded, Stamped, StepFailed
from runner.journal.writer import open_journal
from runner.reporting.junit import write_junit
from runner.reporting.markdown import write_markdown
from runner.reporting.record import Report
from runner.reporting.report import build_report, report_of
from runner.reporting.schema import event_schema, journal_schema, report_schema
from tests.unit.journal.histories import FAILED, PROVED, STEPS, UNFINISHED, journals, stamp

SCHEMAS = Path(__file__).parents[3] / "docs" / "schemas"


def test_the_report_comes_from_the_folder_alone(tmp_path: Path) -> None:
    with pytest.raises(RunMissing):
        build_report(tmp_path)
    with open_journal(tmp_path, create=True) as journal:
        for entry in PROVED:
            journal.append(entry)
    report = build_report(tmp_path)
    assert report.outcome == "proved"
    assert report.steps == report_of(stamp(PROVED)).model_copy(update={"steps": report.steps}).steps
    assert [step.outcome for step in report.steps] == ["proved", "skipped", "proved", "proved", "already-done"]


def test_a_step_tells_all_its_attempts() -> None:
    online = report_of(stamp(PROVED)).steps[3]
    assert online.exit_codes == (1, 2, 0)
    assert online.seconds == 4.5
    assert [attempt.log for attempt in online.attempts] == ["logs/x.1.log", "logs/x.2.log", "logs/x.3.log"]
    assert online.reason == ""


def test_hops_totals_and_rows_add_up() -> None:
    report = report_of(stamp(PROVED))
    assert [(hop.project, hop.start, hop.end, hop.done, hop.steps) for hop in report.hops] == [
        ("glance", "2023.1", "2024.1", 2, 2),
        ("cinder", "2023.1", "2024.1", 2, 2),
        ("cinder", "2024.1", "2025.1", 1, 1),
    ]
    assert [(change.table, change.before, change.after) for change in report.row_changes] == [
        ("quota_classes", None, 6),
        ("volumes", 350, 300),
    ]
    totals = report.totals
    assert (totals.steps, totals.proved, totals.skipped, totals.ahead, totals.containers) == (5, 4, 1, 0, 5)


def test_the_last_word_on_a_subject_is_the_proof() -> None:
    report = report_of(stamp(PROVED))
    assert [(proof.proof, proof.subject, proof.holds) for proof in report.proofs] == [
        ("heads", "cinder", True),
        ("rows", "cinder", True),
    ]


def test_what_a_dead_run_still_holds_is_named() -> None:
    report = report_of(stamp(UNFINISHED))
    assert report.outcome == "unfinished"
    assert report.held_accounts == ("tam_cinder", "tam_glance")
    text = write_markdown(report)
    assert "`cinder/online@2024.1` is in doubt" in text
    assert "account `tam_glance` may still exist" in text


@given(journals())
def test_every_report_can_be_written_in_every_form_and_read_back(history: tuple[Stamped, ...]) -> None:
    report = report_of(history)
    assert Report.model_validate_json(report.model_dump_json()) == report
    assert write_markdown(report).startswith("# migrate to 2025.1: ")
    root = ET.fromstring(write_junit(report))
    assert int(root.attrib["tests"]) == len(STEPS) + 1
    totals = report.totals
    assert totals.proved + totals.skipped + totals.failed + totals.in_doubt + totals.ahead == totals.steps
    assert int(root.attrib["skipped"]) == totals.skipped


def test_in_junit_nothing_that_did_not_run_passes() -> None:
    root = ET.fromstring(write_junit(report_of(stamp(FAILED))))
    cases = {case.attrib["name"]: [child.tag for child in case if child.tag != "system-out"] for case in root.iter("testcase")}
    assert cases == {
        "glance/expand@2024.1": [],
        "glance/migrate@2024.1": ["skipped"],
        "cinder/sync@2024.1": [],
        "cinder/online@2024.1": ["failure"],
        "cinder/sync@2025.1": ["error"],
        "20261120-120000-qkzt": ["failure"],
    }
    assert (root.attrib["failures"], root.attrib["errors"], root.attrib["skipped"]) == ("2", "1", "1")


def test_a_broken_proof_is_a_failed_case() -> None:
    broken: tuple[Entry, ...] = (
        *UNFINISHED,
        ProofGiven(proof="rows", subject="cinder", holds=False, detail=("volumes lost 50 rows",)),
        RunEnded(outcome="failed"),
    )
    report = report_of(stamp(broken))
    assert "- proof rows of cinder does not hold: volumes lost 50 rows" in write_markdown(report)
    assert ET.fromstring(write_junit(report)).find("testsuite[@name='proofs']/testcase/failure") is not None


def test_a_proof_that_could_not_be_told_neither_passes_nor_fails() -> None:
    said = ("glance-status gave no answer",)
    untold = (
        *UNFINISHED,
        ProofGiven(proof="rows", subject="glance", holds=True),
        ProofGiven(proof="upgrade-check", subject="glance", holds=None, detail=said),
        RunEnded(outcome="proved"),
    )
    report = report_of(stamp(untold))
    assert (report.totals.proofs, report.totals.proofs_held, report.totals.proofs_untold) == (2, 1, 1)
    written = write_markdown(report)
    assert "- 1 of 2 proofs hold, 1 could not be told" in written
    assert "- proof upgrade-check of glance could not be told: glance-status gave no answer" in written
    suite = ET.fromstring(write_junit(report)).find("testsuite[@name='proofs']")
    assert suite is not None
    assert [suite.attrib[name] for name in ("tests", "failures", "errors", "skipped")] == ["2", "0", "0", "1"]


def test_what_a_log_said_breaks_neither_tables_nor_xml() -> None:
    said = "bad\x00byte | pipe\nand a line <tag> \ud7ff"
    broken = (*UNFINISHED, StepFailed(step="cinder/online@2024.1", error="StepFailed", message=said))
    report = report_of(stamp(broken))
    ET.fromstring(write_junit(report))
    line = next(line for line in write_markdown(report).splitlines() if "failed:" in line)
    assert "\\| pipe and a line" in line


@pytest.mark.parametrize(
    ("name", "schema"), [("event", event_schema()), ("journal", journal_schema()), ("report", report_schema())]
)
def test_the_published_schemas_are_those_of_the_code(name: str, schema: object) -> None:
    assert json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8")) == schema


def test_reports_and_entries_hold_to_their_schemas() -> None:
    jsonschema.validate(json.loads(report_of(stamp(PROVED)).model_dump_json()), report_schema())
    line = jsonschema.validators.validator_for(schema := journal_schema())(schema)
    for stamped in stamp(PROVED):
        line.validate(json.loads(stamped.model_dump_json()))
