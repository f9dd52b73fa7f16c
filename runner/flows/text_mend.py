"""Mend text: latin1 and what was encoded twice become UTF-8. Planned, proven on a clone, and only then done."""

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from runner import __version__
from runner.errors import BadDocument, NotMendable, SnapshotDemanded, SnapshotMissing
from runner.events import Note, Tell
from runner.flows.alone import holding_cloud
from runner.flows.leased import holding_server
from runner.flows.migrate import demand_nothing_held
from runner.flows.record import ending, open_record
from runner.flows.snapshot import cupboard_of
from runner.flows.text_clone import try_on_clone
from runner.flows.text_left import FLOW, Left, demand_none_left, find_left
from runner.flows.text_production import mend_production, was_put_back
from runner.flows.text_survey import Scope, survey_text
from runner.flows.world import World
from runner.journal import entry as e
from runner.journal.text_entry import TextMendTried
from runner.journal.writer import Journal, open_journal
from runner.mariadb.facts import read_facts
from runner.mariadb.point import SETTINGS
from runner.mariadb.session import open_session
from runner.mariadb.text_proof import TextPrint, print_tables
from runner.planning.text_mend import LEFT, TextPlan
from runner.settings import Cloud
from runner.snapshots.origin import demand_same_cloud
from runner.snapshots.shelf import Place

NAME = FLOW
"""What `check --fix` calls it."""


@dataclass(frozen=True)
class Wanted:
    """What the operator said: what is to be mended, the snapshot to clone, and whether production is to be mended too."""

    scope: Scope
    snapshot: str | None = None
    agreed: bool = False


@dataclass(frozen=True)
class TextMended:
    """What came of it: the run, what was proven on a clone, and whether production was mended."""

    run: str
    tried: TextMendTried
    is_done: bool


def mend_text(world: World, wanted: Wanted, *, tell: Tell) -> TextMended:
    """Plan, prove on a clone, and mend production where that was agreed; or go on with what was left half way.

    Raises:
        NotMendable: there is nothing to mend, or nothing that can be.
        RunUnfinished: an earlier one was left half way, and going on was not agreed; or a window was left.
        SnapshotDemanded: there is no proven snapshot to clone.
        ProductionAhead: there is none of what production is now.
        MendNotProved: what was planned does not hold on the clone; production was not touched.
        StepInDoubt, ProofFailed, QueryFailed: production was begun with; the message says how far it is.
        RunBusy, LeaseHeld, LeaseLost, JournalBroken
    """
    with holding_cloud(world, mends_text=True, tell=tell):
        if left := find_left(world.cloud.runs):
            return _go_on(world, left, wanted, tell)
        return _begin(world, wanted, tell)


def _begin(world: World, wanted: Wanted, tell: Tell) -> TextMended:
    demand_nothing_held(world.cloud)
    plan = _plan(world, wanted.scope, tell)
    place = _find_snapshot(world, wanted.snapshot, tell)
    with open_record(world.cloud, flow=FLOW, target="", snapshot=place.id) as (folder, journal), ending(journal):
        tried = try_on_clone(world, place, plan, _now(world, plan), wanted.scope, tell=tell)
        journal.append(tried)
        _note_proof(journal, tried, tell)
        if wanted.agreed:
            with holding_server(world.cloud, journal, tell=tell) as lease:
                mend_production(world, tried, journal, lease, left=None, tell=tell)
        return TextMended(folder.name, tried, wanted.agreed)


def _go_on(world: World, left: Left, wanted: Wanted, tell: Tell) -> TextMended:
    if was_put_back(world, left):
        tell(Note(about=FLOW, text=f"what run {left.folder.name} had done was put back: beginning anew"))
        with open_journal(left.folder, create=False) as journal:
            journal.append(e.RunEnded(outcome="undone", message="the tables are what they were before"))
        return _begin(world, wanted, tell)
    if not wanted.agreed:
        demand_none_left(world.cloud.runs)
    tell(Note(about=FLOW, text=f"going on with run {left.folder.name}: {left.next}"))
    with open_journal(left.folder, create=False) as journal:
        journal.append(e.RunResumed(pid=os.getpid(), host=socket.gethostname(), version=__version__))
        with ending(journal), holding_server(world.cloud, journal, tell=tell) as lease:
            mend_production(world, left.tried, journal, lease, left=left, tell=tell)
    return TextMended(left.folder.name, left.tried, is_done=True)


def _plan(world: World, scope: Scope, tell: Tell) -> TextPlan:
    _demand_known(world.cloud, scope.projects)
    if read_facts(world.server).wsrep:
        raise NotMendable("on a Galera cluster no table can be locked on all nodes, and so nothing proven of it")
    plan = survey_text(world, scope)
    left = {refused.where for refused in plan.refused if refused.why == LEFT}
    if strangers := sorted(set(scope.leave) - left):
        raise NotMendable(f"nothing would be mended in {', '.join(strangers)}, which is to be left: name schema.table.column")
    for refused in plan.refused:
        tell(Note(about=FLOW, text=f"left as it is: {refused}"))
    if not plan.tables:
        why = "; ".join(map(str, plan.refused))
        raise NotMendable(f"no text can be mended: {why}" if why else "there is no text to be mended")
    return plan


def _find_snapshot(world: World, name: str | None, tell: Tell) -> Place:
    cupboard = cupboard_of(world.cloud, tell=tell)
    hint = "stop the services, `thing-a-me snapshot take`, and run the same command again"
    try:
        place = cupboard.find(name, proven=True)
        demand_same_cloud(cupboard.databases, place.read_manifest().taken)
    except SnapshotMissing as error:
        raise SnapshotDemanded(f"text is mended on a clone first: {error.message}", hint=hint) from error
    return place


def _now(world: World, plan: TextPlan) -> tuple[TextPrint, ...]:
    with open_session(world.server, *SETTINGS) as session:
        return print_tables(session, plan.locked)


def _note_proof(journal: Journal, tried: TextMendTried, tell: Tell) -> None:
    rows = sum(one.rows for one in tried.before)
    said = f"{len(tried.columns)} columns of {len(tried.before)} tables read as they should, {rows} rows; nothing else differs"
    journal.append(e.ProofGiven(proof=FLOW, subject=f"a clone of {tried.snapshot}", holds=True, detail=(said,)))
    tell(Note(about=FLOW, text=f"on a clone of {tried.snapshot}: {said}"))


def _demand_known(cloud: Cloud, projects: Sequence[str]) -> None:
    known = {database.project for database in cloud.databases}
    if strangers := sorted(set(projects) - known):
        raise BadDocument(f"{cloud.file}: has no project {', '.join(strangers)}; it has {', '.join(sorted(known))}")
