"""The page: well-formed, whole in one file, nothing in it that a journal could smuggle in."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given

from runner.journal import window_entry as w
from runner.journal.entry import CheckAnswered, Entry, Noted, PlannedStep, ProofGiven, RunEnded, Stamped, StepFailed, StepProved
from runner.reporting.html.page import write_html
from runner.reporting.report import report_of
from tests.unit.journal.histories import BEGAN, FAILED, PROVED, UNFINISHED, journals, stamp
from tests.unit.journal.test_window_position import OPENED
from tests.unit.reporting.nights import night, steps_of, told, turned_back

HOSTILE = '<script>alert("1")</script>&amp;\'"><img src=x onerror=alert(1)>\x00\ud7ff'
NIGHT = write_html(told(night(steps_of(51))))
BACK = write_html(told(turned_back(steps_of(20))))
PLAIN = write_html(report_of(stamp(PROVED)))
LINES = {"p", "span", "strong", "a", "code", "small"}
BLOCKS = {"div", "p", "ul", "li", "table", "section", "details", "dl", "h1", "h2", "h3", "blockquote", "figure"}


def parse(page: str) -> ET.Element:
    """As XML: stricter than any browser."""
    return ET.fromstring(page.encode())


def text(page: str) -> str:
    return " ".join(" ".join(parse(page).itertext()).split())


def section_text(page: str, name: str) -> str:
    found = parse(page).find(f".//section[@id='{name}']")
    assert found is not None
    return " ".join(" ".join(found.itertext()).split())


def sections(page: str) -> list[str]:
    return [one.attrib["id"] for one in parse(page).iter("section")]


@pytest.mark.parametrize("page", [NIGHT, BACK, PLAIN])
def test_a_page_is_one_file_that_asks_for_nothing(page: str) -> None:
    root = parse(page)
    tags = {one.tag for one in root.iter()}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "image", "base", "form"}
    names = {name for one in root.iter() for name in one.attrib}
    assert not [name for name in names if name in {"src", "srcset", "action", "data"} or name.startswith("on")]
    style = root.find("head/style")
    assert style is not None
    assert "@import" not in (style.text or "")
    assert set(re.findall(r"url\((.)", page)) <= {"#"}
    ids = [one.attrib["id"] for one in root.iter() if "id" in one.attrib]
    assert len(ids) == len(set(ids))
    targets = {*(f"#{name}" for name in ids)}
    assert {one.attrib["href"] for one in root.iter() if "href" in one.attrib} <= targets
    policy = root.find("head/meta[@http-equiv='Content-Security-Policy']")
    assert policy is not None
    assert policy.attrib["content"].startswith("default-src 'none';")


@pytest.mark.parametrize("page", [NIGHT, BACK, PLAIN])
def test_a_page_can_be_read_by_ear(page: str) -> None:
    root = parse(page)
    assert root.attrib["lang"] == "en"
    body = root.find("body")
    assert body is not None
    assert [one.tag for one in body if one.tag != "svg"] == ["header", "nav", "main", "footer"]
    levels = [int(one.tag[1]) for one in root.iter() if one.tag in {"h1", "h2", "h3"}]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for table in root.iter("table"):
        assert table.find("caption") is not None
        assert all(cell.attrib.get("scope") for cell in table.iter("th"))
    for drawing in root.iter("svg"):
        assert drawing.attrib.get("aria-hidden") or (drawing.attrib.get("role") == "img" and drawing.findtext("title"))


@pytest.mark.parametrize("page", [NIGHT, BACK, PLAIN])
def test_no_browser_has_to_mend_the_nesting(page: str) -> None:
    wrong = [
        (one.tag, inner.tag) for one in parse(page).iter() for inner in one if one.tag in {"p", "span", "strong", "a", "code"}
    ]
    assert not [pair for pair in wrong if pair[1] in BLOCKS]


@given(journals())
def test_every_journal_makes_a_page(history: tuple[Stamped, ...]) -> None:
    page = write_html(report_of(history))
    assert report_of(history).run in text(page)


def test_what_a_journal_says_is_text_and_nothing_else() -> None:
    step = PlannedStep(step=f"heat/{HOSTILE}", lane=HOSTILE, project=HOSTILE, start="2023.1", end=HOSTILE, argv=(HOSTILE,))
    opened = OPENED.model_copy(update={"by": HOSTILE})
    entries = [told for told in night((step,), opened=opened, hook=HOSTILE) if not isinstance(told[1], StepProved | RunEnded)]
    more: tuple[Entry, ...] = (
        CheckAnswered(check=HOSTILE, findings=(HOSTILE,)),
        ProofGiven(proof=HOSTILE, subject=HOSTILE, holds=False, detail=(HOSTILE,) * 5),
        StepFailed(step=step.step, error="StepFailed", message=HOSTILE),
        w.ServiceStopping(service=HOSTILE, running=(HOSTILE,)),
        w.ServiceStopped(service=HOSTILE, seconds=1),
        w.SnapshotTaken(snapshot=HOSTILE, seconds=1),
        w.TurningBack(reason=HOSTILE, by=HOSTILE),
        Noted(about=HOSTILE, text=HOSTILE),
        RunEnded(outcome="failed", message=HOSTILE),
    )
    page = write_html(told(iter([*entries, *((1000 + place, one) for place, one in enumerate(more))])))
    seen = {one.tag for one in parse(page).iter()}
    assert seen <= {one.tag for good in (NIGHT, BACK, PLAIN) for one in parse(good).iter()} | {"blockquote"}
    assert text(page).count('<script>alert("1")</script>&amp;') > 15
    assert "<script" not in page
    assert "<img" not in page


def test_the_sections_come_in_the_order_in_which_they_are_read() -> None:
    assert sections(NIGHT) == [
        "attention",
        "timeline",
        "lanes",
        "downtime",
        "changes",
        "evidence",
        "watch",
        "hooks",
        "decisions",
        "made-of",
        "notes",
    ]
    links = [one.attrib["href"] for one in parse(NIGHT).iter("a")]
    assert links == [f"#{name}" for name in sections(NIGHT)]


def test_what_has_nothing_to_say_is_left_out() -> None:
    assert sections(PLAIN) == ["attention", "findings", "timeline", "lanes", "changes", "evidence", "made-of"]
    assert not {"downtime", "watch", "hooks", "decisions", "notes"} & set(sections(PLAIN))
    bare = write_html(report_of(stamp(PROVED[:1])))
    assert sections(bare) == ["changes", "made-of"]


def test_the_verdict_says_how_it_ended_and_whether_the_window_was_kept() -> None:
    assert "10 of 11 proofs hold (1 could not be told) and the window had 3 h 50 min to spare." in text(NIGHT)
    late = write_html(told(night(steps_of(51), opened=OPENED.model_copy(update={"length": 300}))))
    assert "the window was exceeded by 4 min 57 s." in text(late)
    assert "The window was turned back, and all is as it was." in text(BACK)
    assert "its runner died" in text(write_html(report_of(stamp(UNFINISHED))))


def test_what_somebody_has_to_look_at_is_all_there() -> None:
    attention = section_text(NIGHT, "attention")
    assert "upgrade-check of nova" in attention
    assert "vm (icmp): one gap of 1.2 s" in attention
    assert "MigrationStuck: 3 rows are left" in section_text(write_html(report_of(stamp(FAILED))), "attention")
    held = section_text(write_html(report_of(stamp(UNFINISHED))), "attention")
    assert "account tam_cinder may still exist" in held
    assert "cinder/online@2024.1 began, and nothing says how it ended" in held
    assert "Nothing needs looking at." in text(PLAIN)


def test_a_check_that_found_something_does_not_say_that_all_is_well() -> None:
    check = BEGAN.model_copy(update={"flow": "check", "steps": (), "moves": ()})
    asked = (check, CheckAnswered(check="blockers", findings=("cinder: 70 rows",)), RunEnded(outcome="proved"))
    page = write_html(report_of(stamp(asked)))
    assert "Something found 1 check found 1 thing." in text(page)
    assert "1 finding: see Findings" in section_text(page, "attention")
    clean = write_html(report_of(stamp((check, CheckAnswered(check="blockers", findings=()), asked[-1]))))
    assert "Nothing found 1 check found nothing." in text(clean)
    assert "Nothing needs looking at." in section_text(clean, "attention")


def test_proofs_at_every_release_count_for_their_project() -> None:
    more = (ProofGiven(proof="schema", subject=f"cinder at {release}", holds=True) for release in ("2024.1", "2025.1"))
    page = write_html(report_of(stamp((*PROVED[:-1], *more, PROVED[-1]))))
    assert "2 of 2 hold" in section_text(page, "changes")


def test_what_is_worst_comes_first() -> None:
    attention = section_text(NIGHT, "attention")
    assert attention.index("vm (icmp)") < attention.index("upgrade-check")


def test_a_window_that_nobody_closed_is_open() -> None:
    cut = [one for one in night(steps_of(20)) if one[0] < 100]
    page = write_html(told(iter(cut)))
    assert "Window open of 4 h" in text(page)
    assert "service keystone-api was not started again" in section_text(page, "attention")
    assert "Downtime goes on" in text(page)
    assert "still down" in section_text(page, "downtime")


def test_a_night_past_midnight_says_which_day() -> None:
    late = [(0 if not at else at + 11.9 * 3600, one) for at, one in night(steps_of(51))]
    said = section_text(write_html(told(iter(late))), "timeline")
    assert "window's end 03:54:01 +1 d, after 4 h" in said


def bars(page: str, kind: str) -> list[str]:
    return [one.findtext("title") or "" for one in parse(page).iter("rect") if one.attrib.get("class") == kind]


def test_steps_are_drawn_against_what_they_took_in_rehearsal() -> None:
    rehearsed = [one for one in bars(NIGHT, "planned") if "in rehearsal" in one]
    assert len(rehearsed) == len([one for one in bars(NIGHT, "done") if "/sync" in one])
    assert any("9.0 s (rehearsed: 12.0 s), proved, exit code 0" in one for one in bars(NIGHT, "done"))
    without = write_html(told(night(steps_of(51)), rehearsed=False))
    assert bars(without, "planned") == []
    assert "rehears" not in text(without)


def test_phases_are_drawn_against_what_was_planned() -> None:
    assert [one for one in bars(NIGHT, "planned") if "as planned" in one] == [
        "stop as planned: 20.0 s",
        "chain as planned: 8:00",
    ]
    assert any(one.startswith("stop: ") and one.endswith("(planned: 20.0 s)") for one in bars(NIGHT, "done"))
    assert not [one for one in bars(BACK, "planned") if one.startswith(("undo", "chain"))]


def test_undos_are_another_kind_of_bar_and_say_so_in_words() -> None:
    assert "undo chain: 14.0 s" in bars(BACK, "back")
    assert "copy: 12.0 s" in bars(BACK, "part")
    assert "chain: 7.0 s, not ended" in bars(BACK, "cut")
    assert "Nothing stays of it: a snapshot was put back." in text(BACK)
    assert bars(NIGHT, "part") == []


def test_an_attempt_that_was_repeated_is_told_from_the_last() -> None:
    assert len([one for one in bars(PLAIN, "again") if one]) == 2


def test_a_chain_of_51_steps_stays_small() -> None:
    assert len(NIGHT.encode()) < 300_000
    assert len(parse(NIGHT).findall(".//section[@id='changes']/details")) == 8
