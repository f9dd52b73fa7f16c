"""Alone: whoever changes a cloud's databases holds the cloud meanwhile, and begins only where nobody is at work on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.containers.network import runs_at_work
from runner.errors import RunBusy
from runner.events import Tell
from runner.flows.clone import clear_left_clones
from runner.flows.sweep import sweep
from runner.flows.text_left import demand_none_left
from runner.flows.world import World
from runner.journal.lock import find_holder, lock_cloud
from runner.journal.runs import list_runs


@contextmanager
def holding_cloud(world: World, *, resumed: Path | None = None, mends_text: bool = False, tell: Tell) -> Iterator[None]:
    """Hold the cloud for the length of the block; `resumed` is the run whose steps may be at work already.

    `mends_text` says that it goes on with a mend of text that was left half way; nothing else begins beside one.

    Raises:
        RunUnfinished: there is such a mend.
        RunBusy: another runner works on this cloud, or a step that a dead one left, as far as this machine's run folders tell.
        QueryFailed, EngineRefused, EngineMissing: what dead runners left cannot be given back.
    """
    with lock_cloud(world.cloud.runs):
        clear_left_clones(world.client, tell=tell)
        sweep(world, tell=tell)
        at_work = runs_at_work(world.client)
        for folder in list_runs(world.cloud.runs):
            if holder := find_holder(folder):
                raise RunBusy(f"run {folder.name} is held by {holder}")
            if folder.name in at_work and folder != resumed:
                raise RunBusy(
                    f"a step of run {folder.name} still runs, and its runner is gone",
                    hint=f"`thing-a-me resume {folder.name}` adopts it",
                )
        if not mends_text:
            demand_none_left(world.cloud.runs)
        yield
