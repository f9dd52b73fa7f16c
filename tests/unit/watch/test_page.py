"""What docs/watch.md shows can be typed."""

from pathlib import Path

from runner.documents import parse
from runner.frozen import Frozen
from runner.watch.probes import PROBES
from runner.window_settings import WatchSettings

PAGE = Path(__file__).parents[3] / "docs" / "watch.md"


class Example(Frozen):
    watch: WatchSettings


def test_the_example_is_valid_and_has_every_kind_of_probe() -> None:
    text = PAGE.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    watch = parse(Example, text, origin="docs/watch.md").watch
    assert (watch.every, watch.timeout, watch.budget) == (0.25, 1.0, 2.0)
    assert {watched.kind for watched in watch.targets.values()} == set(PROBES)
