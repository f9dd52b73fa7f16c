"""What the engine's builder says is put together again: it cuts and colours lines anywhere."""

from typing import Any

from runner.containers.build import _read


def test_lines_that_were_cut_are_whole_again() -> None:
    events = [{"stream": "Step 1/2 : RUN x\n"}, {"stream": "\x1b[91mFailed to "}, {"stream": "\x1b[0m\x1b[91mfetch\n\x1b[0m"}]
    assert [line for line, _ in _read(events)] == ["Step 1/2 : RUN x", "Failed to fetch"]


def test_an_error_ends_the_line_before_it() -> None:
    events: list[dict[str, Any]] = [{"stream": "downloading"}, {"error": "no space left on device", "errorDetail": {}}]
    assert [line for line, _ in _read(events)] == ["downloading", "no space left on device"]


def test_the_images_id_is_found() -> None:
    events: list[dict[str, Any]] = [{"stream": "done\n"}, {"aux": {"ID": "sha256:abc"}}]
    assert list(_read(events)) == [("done", ""), ("image sha256:abc", "sha256:abc")]


def test_passwords_stay_out_even_when_they_were_cut() -> None:
    events = [{"stream": "at https://me:sec"}, {"stream": "ret@index.example/simple\n"}]
    assert [line for line, _ in _read(events)] == ["at https://***@index.example/simple"]
