"""What a build says: line by line into a file and kept for the verdict, without colours and without passwords."""

import re
from time import monotonic

from runner.containers.blueprint import Blueprint
from runner.containers.build_failures import classify
from runner.containers.cache import cache_dir
from runner.containers.site_settings import redact
from runner.errors import ThingAMeError

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class BuildLog:
    """One build's log; `lines` is what it said so far, without times."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.lines: list[str] = []
        self._name = blueprint.name
        self._path = cache_dir("builds") / f"{blueprint.name.replace('/', '-')}-{blueprint.content[:12]}.log"
        self._file = self._path.open("w", encoding="utf-8", buffering=1)
        self._began = monotonic()
        self._pending = ""

    def close(self) -> None:
        """Write what has no end of line yet."""
        self.hear("\n")
        self._file.close()

    def hear(self, text: str) -> None:
        """Take what was said, which the engine cuts anywhere: only whole lines are written."""
        *whole, self._pending = (self._pending + text).split("\n")
        for line in (redact(_COLOUR.sub("", one).rstrip()) for one in whole):
            if line:
                self._file.write(f"{monotonic() - self._began:7.1f}  {line}\n")
                self.lines.append(line)

    def verdict(self) -> ThingAMeError:
        """Tell what went wrong."""
        return classify(self._name, self.lines, self._path)
