"""The process that watches: it beats, counts and has it written down until it is told to end."""

import asyncio
import gc
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from runner import boot_clock
from runner.identity import identify
from runner.planning.gaps import Began, Counted, Ended
from runner.watch.layout import NOW, PROCESS
from runner.watch.ledger import Ledger
from runner.watch.probes import PROBES, Probe
from runner.watch.process import STOP
from runner.watch.pulse import Pulse
from runner.watch.recorder import Recorder
from runner.window_settings import WatchSettings

End = Literal["stopped", "terminated", "time is up", "vanished"]

_SIGNALS: tuple[tuple[signal.Signals, End], ...] = (
    (STOP, "stopped"),
    (signal.SIGTERM, "terminated"),
    (signal.SIGINT, "terminated"),
)
_MINUTE = 60


def keep_watch(settings: WatchSettings, folder: Path, longest: float) -> None:
    """Watch, until told to end, the folder is gone, or `longest` seconds are over."""
    with suppress(OSError):
        os.nice(-10)
    probes = {name: PROBES[watched.kind].prepare(watched, settings) for name, watched in settings.targets.items()}
    # What is there now stays; collections look at what came since, which is little.
    gc.collect()
    gc.freeze()
    asyncio.run(_watch(settings, probes, folder, longest))


async def _watch(settings: WatchSettings, probes: dict[str, Probe], folder: Path, longest: float) -> None:
    loop = asyncio.get_running_loop()
    # A resolver that hangs must not keep another target's question waiting.
    loop.set_default_executor(ThreadPoolExecutor(len(probes) + 1))
    ended: asyncio.Future[End] = loop.create_future()

    def end(why: End) -> None:
        if not ended.done():
            ended.set_result(why)

    for number, why in _SIGNALS:
        loop.add_signal_handler(number, end, why)
    loop.call_later(longest, end, "time is up")
    began = _begin(settings)
    with Recorder(folder, partial(loop.call_soon_threadsafe, end, "vanished")) as recorder:
        _carry_over(folder, recorder)
        recorder.add(began)
        (folder / PROCESS).write_text(identify(os.getpid()).model_dump_json(), encoding="utf-8")
        ledgers = {name: Ledger(name, settings.every) for name in probes}
        pulses = [
            Pulse(probe, ledgers[name], every=settings.every, timeout=settings.timeout, tell=recorder.add)
            for name, probe in probes.items()
        ]
        why = await _beat(pulses, settings.every, ended, partial(_count, began, ledgers, recorder))
        recorder.add(_counted(began, ledgers))
        recorder.show(_counted(began, ledgers))
        recorder.add(Ended(at=_now(), why=why))


async def _beat(pulses: list[Pulse], every: float, ended: "asyncio.Future[End]", count: partial[None]) -> End:
    """Run all pulses, a part of an interval apart from one another, and count each second; then wait for the last beats."""
    start = asyncio.get_running_loop().time()
    starts = [start + every * place / len(pulses) for place in range(len(pulses))]
    running: list[asyncio.Task[Any]] = [
        asyncio.create_task(pulse.run(begin)) for pulse, begin in zip(pulses, starts, strict=True)
    ]
    running.append(asyncio.create_task(_each_second(count)))
    try:
        waited: list[asyncio.Future[Any]] = [ended, *running]
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in running:
            task.cancel()
    for result in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(result, Exception):
            raise result
    for pulse in pulses:
        await pulse.finish()
    return ended.result()


async def _each_second(count: partial[None]) -> None:
    second = 0
    while True:
        await asyncio.sleep(1.0)
        second += 1
        count(second)


def _count(began: Began, ledgers: dict[str, Ledger], recorder: Recorder, second: int) -> None:
    counted = _counted(began, ledgers)
    recorder.show(counted)
    if second % _MINUTE == 0:
        recorder.add(counted)


def _counted(began: Began, ledgers: dict[str, Ledger]) -> Counted:
    return Counted(at=_now(), began=began.at, targets={name: ledger.count() for name, ledger in ledgers.items()})


def _begin(settings: WatchSettings) -> Began:
    return Began(
        at=_now(),
        utc=round(time.time(), 3),
        boot=boot_clock.boot_id(),
        pid=os.getpid(),
        every=settings.every,
        timeout=settings.timeout,
        budget=settings.budget,
        targets={name: watched.kind for name, watched in settings.targets.items()},
    )


def _carry_over(folder: Path, recorder: Recorder) -> None:
    """Add to the record what one before us counted last: its file is ours from now on."""
    with suppress(OSError, ValidationError):
        recorder.add(Counted.model_validate_json((folder / NOW).read_text(encoding="utf-8")))


def _now() -> float:
    return round(boot_clock.seconds(), 3)
