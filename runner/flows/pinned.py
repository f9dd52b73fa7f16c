"""The snapshots that no retention takes: what runs and sealed plans still need."""

import datetime
from contextlib import suppress

from runner import documents
from runner.errors import JournalBroken, RunMissing, ThingAMeError
from runner.flows.seal import SEALED
from runner.journal.reader import read_entries
from runner.journal.replay import replay
from runner.journal.runs import list_runs
from runner.journal.window_position import replay_window
from runner.planning.seal import Seal, SealedPlan
from runner.settings import Cloud


def held_by_windows(cloud: Cloud) -> dict[str, str]:
    """Map the snapshots that windows which are not over would be turned back with to their runs."""
    found: dict[str, str] = {}
    for folder in list_runs(cloud.runs):
        with suppress(JournalBroken, RunMissing):
            entries = read_entries(folder)
            if (snapshot := replay_window(entries).snapshot) and not replay(entries).is_over:
                found[snapshot] = folder.name
    return found


def rehearsed_last(cloud: Cloud, now: datetime.datetime) -> tuple[str, ...]:
    """Name the snapshot of the newest sealed plan that may be run, if there is one.

    It has to outlast every window that is turned back, each with a snapshot of its own. Of older rehearsals none is kept.
    """
    seals = [seal for seal in _read_seals(cloud) if seal.verdict == "proved" and now < seal.expires_at]
    return tuple(seal.snapshot for seal in sorted(seals, key=lambda seal: seal.sealed_at)[-1:])


def _read_seals(cloud: Cloud) -> list[Seal]:
    found = []
    for folder in list_runs(cloud.runs):
        if (file := folder / SEALED).is_file():
            # One that cannot be read cannot be run either.
            with suppress(ThingAMeError):
                found.append(documents.read(SealedPlan, file).seal)
    return found
