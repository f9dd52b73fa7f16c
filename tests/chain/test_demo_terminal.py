"""The demo as somebody sees it who sits before it: one picture at a time."""

import os
import pty
import sys
from pathlib import Path

THING = str(Path(sys.executable).with_name("thing-a-me"))


def test_each_command_has_the_terminal_to_itself(tmp_path: Path) -> None:
    child, terminal = pty.fork()
    if not child:
        os.chdir(tmp_path)
        os.environ["TERM"] = "xterm-256color"
        os.execv(THING, [THING, "demo"])
    seen = bytearray()
    try:
        while piece := os.read(terminal, 65536):
            seen += piece
    except OSError:
        # How Linux says that nobody holds the other end any more.
        pass
    _, status = os.waitpid(child, 0)
    text = seen.decode(errors="replace")
    before, _, played = text.partition("$ thing-a-me inspect")

    assert os.waitstatus_to_exitcode(status) == 0, text[-3000:]
    assert "/4 images" in before
    assert "/4 images" not in played, "the demo's own picture is drawn over those of the commands it plays"
    assert "33/33 steps" in played
