import pytest

from runner.containers.last_words import last_words, redact

STAMP = b"2026-11-20 12:00:00.123 7 ERROR nova [None req-1 - - - -] "
EVENTLET = b"""Traceback (most recent call last):
  File "/opt/eventlet/green/threading.py", line 1, in patched
    ^^^^^^
AttributeError: 'Semaphore' object has no attribute '_at_fork_reinit'
Exception ignored in: <function _after_fork at 0x7f>
"""


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (b"", "it said nothing"),
        (b"\n  \n", "it said nothing"),
        (b"one\ntwo\n", "two"),
        (b"DBError: no table\nall done\n", "DBError: no table"),
        (b"first failed\nthen refused\nand on\n", "then refused"),
        (b"DBError: first\nDBError: second\n", "DBError: second"),
        (STAMP + b"(1265, \"Data truncated for column 'use_quota'\")\n", "(1265, \"Data truncated for column 'use_quota'\")"),
        (STAMP + b"Error: x\n" + EVENTLET, "Error: x"),
        (
            b"sqlalchemy.exc.OperationalError: lost\n(Background on this error at: https://x)\n",
            "sqlalchemy.exc.OperationalError: lost",
        ),
        (b"terror errored\nplain\n", "plain"),
        (b"Error: \xff\n", "Error: \ufffd"),
    ],
)
def test_the_last_line_that_means_something_is_told(log: bytes, words: str) -> None:
    assert last_words(log) == words


def test_a_long_line_is_cut() -> None:
    assert last_words(b"Error: " + b"x" * 1000) == "Error: " + "x" * 393
    assert last_words(b"Error: xyz", limit=8) == "Error: x"


def test_secrets_are_blotted_out_wherever_they_stand() -> None:
    log = b"connect mysql://u:pa55@h\nError: pa55 and other1\n"
    assert redact(log, ("pa55", "other1")) == b"connect mysql://u:***@h\nError: *** and ***\n"
    assert last_words(log, secrets=("pa55", "other1")) == "Error: *** and ***"


def test_a_secret_at_the_cut_is_not_half_shown() -> None:
    assert "pa" not in last_words(b"Error: pa55", secrets=("pa55",), limit=9)
