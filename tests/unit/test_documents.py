import datetime
from pathlib import Path

import pytest

from runner import documents
from runner.errors import BadDocument, MissingFile
from runner.frozen import Frozen


class Cell(Frozen):
    """A part of the document below."""

    name: str
    size: int = 1


class Document(Frozen):
    """A document with one of everything."""

    title: str
    cells: tuple[Cell, ...] = ()
    day: datetime.date | None = None
    sizes: dict[str, int] = {}  # noqa: RUF012 - pydantic copies it


def faults(text: str) -> list[str]:
    with pytest.raises(BadDocument) as refusal:
        documents.parse(Document, text, origin="x.yaml")
    return refusal.value.message.splitlines()


def test_lists_become_tuples_and_dates_dates() -> None:
    text = "title: t\ncells:\n- name: a\n- {name: b, size: 2}\nday: 2023-03-22\nsizes: {a: 1}\n"
    read = documents.parse(Document, text, origin="x.yaml")
    assert read.cells == (Cell(name="a"), Cell(name="b", size=2))
    assert read.day == datetime.date(2023, 3, 22)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("title: t\ntitel: u\n", "x.yaml:2: titel: unknown key; allowed here: title, cells, day, sizes"),
        ("cells: []\n", "x.yaml:1: title: is missing"),
        (
            "title: t\ncells:\n- name: a\n- name: b\n  size: many\n",
            "x.yaml:5: cells.1.size: input should be a valid integer, not 'many'",
        ),
        ("title: t\ncells:\n- {name: a, sise: 1}\n", "x.yaml:3: cells.0.sise: unknown key; allowed here: name, size"),
        ("title: t\ncells:\n- size: 1\n", "x.yaml:3: cells.0.name: is missing"),
        ("title: t\nsizes:\n  a: 1\n  b: x\n", "x.yaml:4: sizes.b: input should be a valid integer, not 'x'"),
        ("title: 1\n", "x.yaml:1: title: input should be a valid string, not 1"),
        ("title: true\n", "x.yaml:1: title: input should be a valid string, not True"),
        ("title: t\ncells: {name: a}\n", "x.yaml:2: cells: input should be a valid array"),
        ("", "x.yaml:1: document: input should be an object"),
        ("- title\n", "x.yaml:1: document: input should be an object"),
        ("title: t\nsizes:\n  a: 1\n  a: 2\n", "x.yaml:4: key 'a' is given twice"),
    ],
)
def test_a_fault_is_named_with_file_line_and_place(text: str, fault: str) -> None:
    assert faults(text) == [fault]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("title: t\ncells: [\n", 3),
        ("title: t\n\tcells: []\n", 2),
        ("title: t\n---\ntitle: u\n", 2),
        ("title: !!python/name:os.system\n", 1),
    ],
)
def test_what_is_no_yaml_is_named_with_its_line(text: str, line: int) -> None:
    (fault,) = faults(text)
    assert fault.startswith(f"x.yaml:{line}: ")
    assert "None" not in fault


def test_all_faults_are_reported_at_once() -> None:
    assert faults("tilte: t\ncells:\n- {name: a, size: x}\n") == [
        "x.yaml:1: title: is missing",
        "x.yaml:3: cells.0.size: input should be a valid integer, not 'x'",
        "x.yaml:1: tilte: unknown key; allowed here: title, cells, day, sizes",
    ]


def test_a_control_character_is_a_fault_of_the_document() -> None:
    assert faults("title: t\x00\n")


def test_a_key_that_is_a_list_is_a_fault_of_the_document() -> None:
    assert faults("title: t\n? [a]\n: b\n")


def test_a_merged_key_is_no_key_given_twice() -> None:
    text = "title: t\ncells:\n- &one {name: a, size: 3}\n- {<<: *one, name: b}\n"
    assert documents.parse(Document, text, origin="x.yaml").cells[1] == Cell(name="b", size=3)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"cannot read .*/none\.yaml: .*No such file"):
        documents.read(Document, tmp_path / "none.yaml")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MissingFile, match=r"x\.yaml: .*utf-8"):
        documents.read(Document, tmp_path / "x.yaml")


def test_a_file_is_read_under_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("title: t\nmore: 1\n")
    with pytest.raises(BadDocument, match=r"/x\.yaml:2: more: unknown key"):
        documents.read(Document, tmp_path / "x.yaml")


def test_a_value_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Cell(name="a").name = "b"  # type: ignore[misc]
