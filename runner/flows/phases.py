"""What happens around the chain, phase by phase. Each may be entered again after a crash: what is done is not done twice."""

import math
from dataclasses import replace

from runner import boot_clock
from runner.checks import rights
from runner.containers.build import find_image
from runner.containers.stand_in import recreate, settle
from runner.containers.stay import await_running
from runner.errors import ImageMissing, ServiceCameBack
from runner.events import Event, StepBegan, Tell
from runner.flows import run as chain
from runner.flows.check import ask_server
from runner.flows.hooks_at import end_left_hook, run_hooks
from runner.flows.letting_in import letting_in
from runner.flows.restore import demand_way_back
from runner.flows.silencing import keep_silent, release
from runner.flows.snapshot import take_snapshot
from runner.flows.window import Window
from runner.journal import window_entry as w
from runner.journal.runs import keep_next_log
from runner.mariadb.silence import demand_silenceable
from runner.planning.gaps import Sight, judge, verdict
from runner.planning.window import demand_fit
from runner.proofs import Evidence
from runner.services import demand_allowed
from runner.services.in_groups import find_back
from runner.validation import ask_until, demand, open_validators
from runner.watch.process import start_watch, stop_watch
from runner.watch.reading import read_watch
from runner.window_settings import ServiceSettings

_STEADY = 2.0
"""Seconds that what was rolled out has to stay up; one that is healthy by its own check needs none."""


def pass_gates(window: Window) -> None:
    """Find out what would fail later: the time, the services, the accounts, the images, what validates the result, the rows.

    Raises:
        WindowTooShort: the message has the arithmetic.
        ServiceProtected, ServiceMissing, ServiceRefused
        NotSilent, AccountNotLockable, RightsMissing
        SnapshotForeign: a snapshot could not be put back here.
        ImageMissing, MissingFile, BadDocument
        ChecksBlock, CheckCouldNotRun: something has been written since the rehearsal that makes the chain fail.
    """
    cloud = window.run.world.cloud
    demand_fit(window.vigil.timetable)
    demand_allowed(window.services)
    schemas = sorted(database.schema for database in cloud.databases)
    rights.demand(window.run.world.server, schemas)
    demand_silenceable(window.run.world.server, schemas, cloud.document.silence)
    demand_way_back(window.cupboard, window.run.world.server, schemas)
    if not window.databases_only:
        open_validators(cloud)
        for settings in cloud.document.services.values():
            if settings.roll_out and not find_image(window.run.world.client, settings.roll_out.image):
                raise ImageMissing(f"the engine has no image {settings.roll_out.image} to roll out", hint="pull or build it")
    ask_server(window.run.world, window.run.plan, tell=window.run.tell).demand()


def announce(window: Window) -> None:
    """Wind the window's clock, and say until when it can be turned back."""
    if window.position.opened is None:
        settings, now = window.vigil.settings, boot_clock.now()
        window.say(
            w.WindowOpened(
                by=window.operator,
                length=settings.length,
                margin=settings.margin,
                at_deadline=settings.at_deadline,
                close=settings.close,
                boot=now.boot_id,
                boot_seconds=now.seconds,
            )
        )
    window.vigil.tell_forecast()


def watches(window: Window) -> bool:
    """Whether there is a data plane to watch."""
    return window.run.world.cloud.document.watch is not None and not window.databases_only


def begin_watch(window: Window) -> None:
    """Have the data plane watched from here on, by a process that outlives us."""
    if (settings := window.run.world.cloud.document.watch) and watches(window):
        start_watch(settings, window.run.folder)


def stop_services(window: Window) -> None:
    """Stop the control plane; each of its services has to say that it is stopped.

    Raises:
        ServiceProtected: one is the data plane's; nothing was stopped.
        ServiceRefused, ServiceMissing: the others of its group are stopped.
        HookFailed
    """
    run_hooks(window, "before-silence")
    window.stop_services(window.vigil.await_leave)


def be_silent(window: Window) -> None:
    """Lock the services' accounts, end their sessions, and see that nobody writes.

    Raises:
        NotSilent, AccountNotLockable
        ServiceCameBack: somebody started what we have stopped.
        HookFailed
    """
    _demand_stopped(window)
    keep_silent(window, window.vigil.heed)
    run_hooks(window, "after-silence")


def look_again(window: Window) -> None:
    """See that what an earlier sitting has stopped, silenced and begun to watch still is, before going on.

    Raises:
        ServiceCameBack, NotSilent, WatchFailed
    """
    end_left_hook(window)
    at = window.position
    if "watch" in at.behind and not at.watched:
        begin_watch(window)
    if "silence" in at.behind and "release silence" not in at.begun:
        _demand_stopped(window)
        # A step that runs on may log in as a service does, by its twin: it must not be ended.
        if not window.run.position.in_doubt:
            keep_silent(window, window.vigil.heed)


def _demand_stopped(window: Window) -> None:
    if back := find_back(window.services, at_once=window.at_once):
        raise ServiceCameBack(f"{', '.join(back)} ran again after it was stopped")


def take_way_back(window: Window) -> None:
    """Take the snapshot that is put back if anything goes wrong from here on, and prove it."""
    if not window.position.snapshot:
        began = boot_clock.now()
        silenced = tuple((one.user, one.host) for one in window.position.locked if not one.was_locked)
        cupboard = replace(window.cupboard, bench=replace(window.cupboard.bench, go_on=window.vigil.demand))
        place = take_snapshot(window.run.world, cupboard, only_take=False, silenced=silenced, tell=window.run.tell)
        window.say(w.SnapshotTaken(snapshot=place.id, seconds=round(boot_clock.now().seconds - began.seconds, 3)))
    run_hooks(window, "after-snapshot")


def read_fresh(window: Window) -> None:
    """Make the target's fresh schemas before production is touched, so that no proof fails for want of them later."""
    chain.read_fresh(window.run)


def count_before(window: Window) -> None:
    """Count every table's rows, and what is to be read back."""
    chain.count_before(window.run)


def carry(window: Window) -> None:
    """Run the lanes, if there still is time to turn back after them."""
    if not any(step.attempt for step in window.run.position.steps.values()):
        demand_fit(window.vigil.timetable, window.vigil.moment())
    chain.carry(replace(window.run, tell=_saying_steps(window), around=lambda site: letting_in(window, site)))


def _saying_steps(window: Window) -> Tell:
    """Tell, and let the lease say which step began last: who wants the server too is told how far it is."""

    def told(event: Event) -> None:
        window.run.tell(event)
        if isinstance(event, StepBegan):
            window.vigil.lease.say(event.step)

    return told


def prove(window: Window) -> None:
    """Demand every proof of the result."""
    heeding = window.vigil.heeding(window.run.tell)
    chain.prove(replace(window.run, tell=heeding, around=lambda site: letting_in(window, site)))
    run_hooks(window, "after-chain")


def release_silence(window: Window) -> None:
    """Give the services their accounts back, exactly as they were."""
    release(window)


def roll_out(window: Window) -> None:
    """Have the services run the target release: ours on its images, the others by hooks; then start all that ran before.

    Raises:
        HookFailed, RollOutFailed, ServiceRefused, ServiceMissing
    """
    run_hooks(window, "roll-out")
    mine = {service.name: window.run.world.cloud.document.services[service.name] for service in window.services}
    rolled = {name: settings for name, settings in mine.items() if settings.roll_out and window.position.found.get(name)}
    go_on = window.vigil.await_leave
    for name, settings in sorted(rolled.items(), key=lambda one: -one[1].group):
        go_on()
        _recreate(window, name, settings)
    window.start_services(go_on)
    for settings in rolled.values():
        await_running(window.run.world.client, settings.container or "", settings.timeout, steady=_STEADY, go_on=go_on)


def _recreate(window: Window, name: str, settings: ServiceSettings) -> None:
    """Have a service's container on the target's image; the old one is kept for turning back."""
    assert settings.roll_out, "only such are recreated"
    assert settings.container, "settings demand it"
    kept = f"{settings.container}-before-{window.run.name}"
    image = settings.roll_out.image
    window.say(w.Recreating(service=name, container=settings.container, image=image, kept=kept))
    made = recreate(window.run.world.client, settings.container, image, kept=kept, command=settings.roll_out.command)
    for sentence in made.not_kept:
        window.note(f"{name}: {sentence}")


def validate(window: Window) -> None:
    """Demand that the cloud works, by everything that cloud.yaml asks of it.

    Raises:
        ValidationFailed: each fault is named.
        HookFailed
    """
    run_hooks(window, "validate")
    if window.databases_only:
        return
    vigil = window.vigil
    # Who wanted to be asked, or to go on, has been: only where the clock turns back, nothing lasts beyond that moment.
    at_most = vigil.left_to_turn_back() if vigil.settings.at_deadline == "roll-back" else math.inf
    answers = ask_until(
        open_validators(window.run.world.cloud), vigil.settings.valid_within, at_most=at_most, go_on=vigil.demand
    )
    for answer in answers:
        kept = [f"it said: {keep_next_log(window.run.folder, answer.name, answer.output.encode())}"] if answer.output else []
        chain.note(window.run, Evidence("validation", answer.name, answer.holds, (*answer.detail, *kept)))
    demand(answers)


def close(window: Window) -> None:
    """Pass the point of no return, and remove what was kept for turning back."""
    if not window.position.is_past_return:
        by = window.operator
        if window.vigil.settings.close == "by-hand":
            by = window.vigil.await_decision("the cloud is valid; the point of no return is passed by hand").by
        window.say(w.GatePassed(gate=w.POINT_OF_NO_RETURN, by=by))
    for recreated in window.position.recreated.values():
        settle(window.run.world.client, recreated.kept)
    end_watch_of(window)
    run_hooks(window, "after")


def end_watch_of(window: Window) -> None:
    """End the watch, and write down what it saw; nothing where nobody watches.

    Raises:
        WatchFailed: it does not end.
    """
    if window.position.watched or not watches(window):
        return
    stop_watch(window.run.folder)
    sights = judge(read_watch(window.run.folder))
    window.say(w.WatchEnded(targets=tuple(_watched(one) for one in sights), holds=verdict(sights)))
    for one in sights:
        window.note(one.aloud)


def _watched(sight: Sight) -> w.WatchedTarget:
    return w.WatchedTarget(
        target=sight.target,
        beats=sight.beats,
        misses=sight.missed,
        gaps=len(sight.gaps),
        longest=sight.longest.seconds if sight.longest else 0.0,
        total=sight.total,
        holds=sight.holds,
        aloud=sight.aloud,
    )
