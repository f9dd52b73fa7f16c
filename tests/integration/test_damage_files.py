"""The damage suite, file half: whatever is done to a snapshot's files, its proof catches and names it."""

import os
import subprocess
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

from runner.errors import ThingAMeError
from runner.events import Event, RungReached
from runner.flows.snapshot import open_cupboard, prove_snapshot
from runner.planning.snapshot import Rung
from tests.support.damage_acts import give_back
from tests.support.damage_files import DATA, FILE_DAMAGES, FileDamage, Moment
from tests.support.damage_record import Caught, shorten, write_down
from tests.support.production import open_production
from tests.support.thing import thing

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="the server's files are damaged, and file systems mounted"),
]
LADDER = tuple(Rung)


@dataclass(frozen=True)
class Shelf:
    """A shelf with two proven snapshots, of which copies are damaged."""

    cloud: Path
    victim: str

    def copy(self, folder: Path, moment: Moment) -> Path:
        """Copy the shelf to where damage is done, with its victim as it was at that moment; returns the victim's folder."""
        subprocess.run(["cp", "-a", f"{self.cloud.parent}/.", str(folder)], check=True)
        copied = folder / "snapshots" / self.victim
        if moment is not Moment.PROVEN:
            (copied / "snapshot.json").unlink()
            subprocess.run(["rm", "-r", str(copied / "data")], check=True)
        return copied


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    with open_production(DATA) as production:
        cloud = production.describe(tmp_path_factory.mktemp("shelf"), container=production.made.name, packed=True)
        for _ in range(2):
            done = thing(cloud, "snapshot", "take")
            assert done.code == 0, done.err
    return Shelf(cloud, min(path.name for path in (cloud.parent / "snapshots").iterdir() if path.is_dir()))


@dataclass(frozen=True)
class Outcome:
    """How a proof ended: with which error, and before which rung; None and the last one where it held."""

    error: ThingAMeError | None
    rung: Rung


def proof_of(place: Path, prepared: Callable[[], object]) -> Outcome:
    """Prove it, and call `prepared` when its data directory is: before there is a hash of any file in it."""
    heard = [Rung.TAKEN]

    def tell(event: Event) -> None:
        if isinstance(event, RungReached):
            heard.append(Rung(event.rung))
            if heard[-1] is Rung.PREPARED:
                prepared()

    cupboard = open_cupboard(place.parents[1] / "cloud.yaml", tell=tell)
    with closing(cupboard.bench.client):
        try:
            prove_snapshot(cupboard, place.name, tell=tell)
        except ThingAMeError as error:
            return Outcome(error, LADDER[LADDER.index(heard[-1]) + 1])
    return Outcome(None, heard[-1])


def demand_caught(damage: FileDamage, outcome: Outcome) -> None:
    message = outcome.error.message if outcome.error else ""
    if damage.error is None:
        # Whoever makes it be named, says in the registry that it is caught.
        assert Path(damage.file).stem not in message
        write_down(Caught(damage=damage.name, moment=damage.moment))
        return
    assert type(outcome.error) is damage.error, message
    assert damage.words in message
    told = shorten(next(line for line in message.splitlines() if damage.words in line))
    name = damage.error.__name__
    write_down(Caught(damage=damage.name, moment=damage.moment, rung=outcome.rung, error=name, words=told))


@pytest.mark.parametrize("moment", [Moment.STORED, Moment.PROVEN])
def test_what_is_undamaged_is_proven(shelf: Shelf, tmp_path: Path, moment: Moment) -> None:
    assert proof_of(shelf.copy(tmp_path, moment), lambda: None) == Outcome(None, Rung.COMPARED)


ALONE = [damage for damage in FILE_DAMAGES if not damage.together]
TOGETHER = sorted((damage for damage in FILE_DAMAGES if damage.together), key=lambda damage: damage.together)


@pytest.mark.parametrize(
    "damage",
    # Every one of them by `make damage`, and by `make test-chain`.
    [pytest.param(one, marks=[pytest.mark.soak] if place % 3 else []) for place, one in enumerate(ALONE)],
    ids=lambda damage: f"{damage.moment}: {damage.name}",
)
def test_each_damage_is_caught_and_named(shelf: Shelf, tmp_path: Path, damage: FileDamage) -> None:
    place = shelf.copy(tmp_path, damage.moment)
    try:
        if damage.moment is Moment.PREPARED:
            outcome = proof_of(place, lambda: damage.act(place / damage.file))
        else:
            damage.act(place / damage.file)
            outcome = proof_of(place, lambda: None)
    finally:
        give_back(tmp_path)
    demand_caught(damage, outcome)


@pytest.fixture(scope="module")
def outcomes(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    """What becomes of damages that are done together, each to a table or part of its own."""

    def do(damages: Iterable[FileDamage], place: Path) -> None:
        for damage in damages:
            damage.act(place / damage.file)

    found = {}
    for together, damages in groupby(TOGETHER, key=lambda damage: damage.together):
        place, listed = shelf.copy(tmp_path_factory.mktemp(together), Moment.PREPARED), list(damages)
        found[together] = proof_of(place, lambda listed=listed, place=place: do(listed, place))  # type: ignore[misc]
    return found


@pytest.mark.parametrize("damage", TOGETHER, ids=lambda damage: f"{damage.moment}: {damage.name}")
def test_each_of_many_damages_is_named(outcomes: Mapping[str, Outcome], damage: FileDamage) -> None:
    demand_caught(damage, outcomes[damage.together])
