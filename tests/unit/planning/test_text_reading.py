"""What bytes read as, by Python's decoders: the second witness of a text mend."""

import pytest

from runner.planning.text_reading import fold, from_latin1, should_read

READ = [
    (b"plain", "latin1", "plain"),
    (b"\xe9", "latin1", "é"),
    ("é 東京".encode(), "latin1", "é 東京"),
    (b"\xe9 \xc3\xa9", "latin1", "é Ã©"),
    (b"\x80\x81", "latin1", "€\x81"),
    ("é".encode(), "utf8mb3", "é"),
    ("Ã©".encode(), "utf8mb3", "é"),
    ("Ã© 東".encode(), "utf8mb3", "Ã© 東"),
    ("Å\x81ukasz".encode(), "utf8mb3", "Łukasz"),
    (b"", "utf8mb4", ""),
]


@pytest.mark.parametrize(("raw", "charset", "read"), READ)
def test_it_reads_as_what_was_meant(raw: bytes, charset: str, read: str) -> None:
    assert should_read(raw, charset) == read


def test_every_byte_of_latin1_is_a_character_of_its_own() -> None:
    assert len(set(from_latin1(bytes(range(256))))) == 256


def test_bytes_that_only_the_server_takes_for_utf8_read_otherwise_here() -> None:
    assert should_read(b"\xed\xa0\x80", "latin1") == "í\xa0€"
    with pytest.raises(UnicodeDecodeError):
        should_read(b"\xed\xa0\x80", "utf8mb3")


def test_readings_are_summed_up_whatever_their_order_and_told_apart() -> None:
    one, other = ("name", "1", "é"), ("name", "2", "é")
    assert fold([one, other]) == fold([other, one])
    assert fold([one, one]) != fold([one, other])
    assert fold([("a", "bc")]) != fold([("ab", "c")])
    assert fold([]) == (0, "0" * 32)
