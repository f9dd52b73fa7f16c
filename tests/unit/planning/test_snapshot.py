import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.planning.snapshot import Rung, StoredFile, compare_files

FILES = (StoredFile(name="a", size=1, sha256="1"), StoredFile(name="b/c", size=2, sha256="2"))


def test_the_ladder_ends_with_the_comparison() -> None:
    assert [str(rung) for rung in Rung] == ["taken", "hashed", "prepared", "restored", "started", "compared"]


def test_files_that_are_the_same_have_no_fault_in_whatever_order() -> None:
    assert compare_files(FILES, FILES[::-1]) == ()


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (FILES[:1], "b/c is missing"),
        ((*FILES, StoredFile(name="d", size=0, sha256="")), "d was not there before"),
        ((FILES[0], StoredFile(name="b/c", size=1, sha256="2")), "b/c has 1 bytes, had 2"),
        ((FILES[0], StoredFile(name="b/c", size=2, sha256="3")), "b/c was changed: its SHA-256 is another"),
    ],
)
def test_each_fault_names_its_file(found: tuple[StoredFile, ...], fault: str) -> None:
    assert compare_files(FILES, found) == (fault,)


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 3), st.sampled_from("xy")), unique_by=lambda one: one[0]))
def test_nothing_but_the_same_is_faultless(found: list[tuple[str, int, str]]) -> None:
    files = tuple(StoredFile(name=name, size=size, sha256=sha) for name, size, sha in found)
    assert (compare_files(FILES, files) == ()) == (set(files) == set(FILES))
