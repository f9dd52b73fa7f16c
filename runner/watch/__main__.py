"""`python -m runner.watch FOLDER LONGEST`, with the settings on standard input: the watch's process, which parts from us."""

import os
import sys
from pathlib import Path

from runner.watch.keeper import keep_watch
from runner.window_settings import WatchSettings


def main() -> None:
    """Read what to watch, part from whoever started us, and watch."""
    folder, longest = sys.argv[1:]
    settings = WatchSettings.model_validate_json(sys.stdin.buffer.read())
    if os.fork():
        return
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    keep_watch(settings, Path(folder), float(longest))


if __name__ == "__main__":
    main()
