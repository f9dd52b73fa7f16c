"""How events and durations read to a person. One line each; the facts are the events'."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from runner.events import (
    CheckAnswered,
    CheckpointsKept,
    DatabaseInspected,
    Event,
    HandedOver,
    HookEnded,
    ImageProgress,
    LaneStopped,
    Note,
    PhaseBegan,
    ProjectAnswered,
    ProofGiven,
    RunBegan,
    RunEnded,
    RungReached,
    ServiceMoved,
    SilenceReached,
    SnapshotProgress,
    StepBegan,
    StepEnded,
    StepSkipped,
    TurningBack,
    UndoBegan,
)

_FEW, _MINUTE, _HOUR = 10, 60, 3600
_KILO = 1000
# XML 1.0 has no place for these, and a database may say them.
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def say_duration(seconds: float) -> str:
    """Say a duration: `0.4 s`, `59.9 s`, `1:00`, `1:02:03`."""
    if round(seconds, 1) < _MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def say_at_length(seconds: float) -> str:
    """Say a duration to somebody who does not know how we write them: `0.4 s`, `57 s`, `2 min 29 s`, `3 h 58 min`."""
    if round(seconds) < _MINUTE:
        return f"{seconds:.1f} s" if seconds < _FEW else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def say_count(number: int, noun: str, plural: str | None = None) -> str:
    """Say how many of something: `1 step`, `2 steps`, `3 databases`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def say_bytes(number: float) -> str:
    """Say a size: `0 B`, `9.5 MB`, `1.2 GB`; powers of ten, as disks are sold."""
    for unit in ("B", "kB", "MB", "GB"):
        if round(number, 1) < _KILO:
            return f"{number:.0f} B" if unit == "B" else f"{number:.1f} {unit}"
        number /= _KILO
    return f"{number:.1f} TB"


def say_holds(*, holds: bool | None) -> str:
    """Say what came of a proof; None is neither yes nor no."""
    return {True: "holds", False: "DOES NOT HOLD", None: "could not be told"}[holds]


def say_printable(text: str) -> str:
    """Put a replacement character for each that neither XML nor a page can hold."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def say_go_on(target: str | None, snapshot: str | None) -> str:
    """Say the command that goes on from the newest checkpoint of a rehearsal."""
    return f"thing-a-me rehearse --to {target} --snapshot {snapshot} --from-checkpoint"


def say_event(event: Event) -> str:
    """Say an event in one line, whatever line breaks its facts have."""
    return " ".join(_SENTENCES[type(event)](event).split())


def is_bad(event: Event) -> bool:
    """Whether an event is what an operator must not miss."""
    match event:
        case StepEnded(outcome="failed" | "stuck") | LaneStopped() | ProofGiven(holds=False) | RunEnded(outcome="failed"):
            return True
        case TurningBack() | RunEnded(outcome="rolled-back"):
            return True
        case HookEnded(exit_code=exit_code):
            return exit_code != 0
        case CheckAnswered(findings=findings):
            return findings > 0
        case _:
            return False


def _image(event: ImageProgress) -> str:
    took = f" in {say_duration(event.seconds)}" if event.state == "done" and event.seconds else ""
    return f"image {event.release}: {event.state}{took}{', ' + event.detail if event.detail else ''}"


def _inspected(event: DatabaseInspected) -> str:
    first, last = event.releases[0], event.releases[-1]
    where = first if first == last else f"one of {first} to {last}"
    if not event.heads:
        return f"{event.database} is empty: until {last} another project's database keeps its tables"
    return f"{event.database} stands at {where} ({', '.join(event.heads)})"


def _checked(event: CheckAnswered) -> str:
    found = say_count(event.findings, "finding") if event.findings else "nothing found"
    return f"check {event.check}: {found} ({say_duration(event.seconds)})"


def _run_began(event: RunBegan) -> str:
    skipped = f", {event.skipped} with nothing to do" if event.skipped else ""
    return f"run {event.run}: {say_count(event.steps, 'step')} in {say_count(len(event.lanes), 'lane')}{skipped}"


def _step_began(event: StepBegan) -> str:
    return f"{event.step}: {'adopted from a runner that died' if event.adopted else 'begins'}"


def _step_ended(event: StepEnded) -> str:
    outcome = {"already-done": "was done already", "again": "to be run again"}.get(event.outcome, event.outcome)
    code = "" if event.exit_code is None else f", exit code {event.exit_code}"
    took = f" in {say_duration(event.seconds)}" if event.seconds else ""
    return f"{event.step}: {outcome}{took}{code}"


def _lane_stopped(event: LaneStopped) -> str:
    return f"lane {event.lane} stops at {event.step}; {say_count(event.waiting, 'step')} behind it will not run"


def _proof(event: ProofGiven) -> str:
    detail = f": {event.detail}" if event.detail else ""
    return f"proof {event.proof} of {event.subject} {say_holds(holds=event.holds)}{detail}"


def say_transfer(event: SnapshotProgress) -> str:
    """Say how far it is, and how long it will take at this pace; without a total, how much was done."""
    if not event.bytes:
        return f"{event.doing}: {say_bytes(event.bytes_done)}"
    # The first hundredth tells nothing of the pace.
    is_telling = event.bytes_done * 100 >= event.bytes
    left = event.seconds * (event.bytes / event.bytes_done - 1) if is_telling else 0
    eta = f", {say_duration(max(0, left))} left" if is_telling else ""
    return f"{event.doing}: {say_bytes(event.bytes_done)} of about {say_bytes(max(event.bytes, event.bytes_done))}{eta}"


def _kept(event: CheckpointsKept) -> str:
    stay = f"{', '.join(event.releases)} ({say_bytes(event.size)}, until the next rehearsal)"
    return f"checkpoints stay at {stay}; go on with `{say_go_on(event.target, event.snapshot)}`"


def _rung(event: RungReached) -> str:
    detail = f": {event.detail}" if event.detail else ""
    return f"snapshot {event.snapshot} {event.rung} in {say_duration(event.seconds)}{detail}"


def _silence(event: SilenceReached) -> str:
    who = f"{say_count(event.accounts, 'account')} locked, {say_count(event.sessions, 'session')} ended"
    return f"silence after {say_duration(event.seconds)}: {who}, nobody writes"


def _hook(event: HookEnded) -> str:
    end = "ran out of time" if event.exit_code is None else f"exit code {event.exit_code}"
    return f"hook {event.point}: {event.name}: {end} after {say_duration(event.seconds)}"


_SENTENCES: Mapping[type, Callable[[Any], str]] = MappingProxyType(
    {
        PhaseBegan: lambda event: f"phase {event.number}/{event.of}: {event.phase}",
        ImageProgress: _image,
        DatabaseInspected: _inspected,
        CheckAnswered: _checked,
        ProjectAnswered: lambda event: f"{event.question}: {event.project} has answered ({say_duration(event.seconds)})",
        RunBegan: _run_began,
        StepBegan: _step_began,
        StepEnded: _step_ended,
        StepSkipped: lambda event: f"{event.step}: nothing to do: {event.reason}",
        LaneStopped: _lane_stopped,
        ProofGiven: _proof,
        SnapshotProgress: lambda event: f"snapshot {event.snapshot}: {say_transfer(event)}",
        RungReached: _rung,
        HandedOver: lambda event: f"handed over: {event.container} at {event.address}, {event.version}, data in {event.folder}",
        CheckpointsKept: _kept,
        ServiceMoved: lambda event: f"service {event.service}: {event.state} in {say_duration(event.seconds)}",
        SilenceReached: _silence,
        HookEnded: _hook,
        TurningBack: lambda event: f"TURNING BACK, by {event.by}: {event.reason}",
        UndoBegan: lambda event: f"undoing {event.phase}",
        RunEnded: lambda event: f"run {event.run} {event.outcome} in {say_duration(event.seconds)}",
        Note: lambda event: f"{event.about}: {event.text}",
    }
)
