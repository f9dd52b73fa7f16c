"""The vigil over a window: its clock, its lease, what somebody decided - and so whether the run may go on."""

import datetime
import math
import threading
import time
from dataclasses import dataclass, field

from runner import boot_clock
from runner.events import Event, Note, Tell
from runner.flows.decision import Decision, take_decision
from runner.flows.leased import while_held
from runner.flows.outlook import Outlook
from runner.journal import window_entry as w
from runner.journal.moment import moment_of
from runner.journal.reader import read_entries
from runner.journal.window_position import WindowPosition, replay_window
from runner.journal.writer import Journal
from runner.mariadb.lease import Lease
from runner.planning.timetable import Timetable
from runner.planning.window import Moment, look_ahead, say_forecast
from runner.window_settings import WindowSettings

CLOCK = "the clock"
"""Who turns back where nobody did."""
_TELL = 60.0
_LOOK = 0.5
"""Seconds between two looks at the time, the lease and what somebody may have decided."""


class TurnBack(Exception):
    """The window is to be turned back now."""

    def __init__(self, reason: str, by: str) -> None:
        super().__init__(reason)
        self.reason, self.by = reason, by


@dataclass
class Vigil:
    """Watches over one run's window; any thread may ask it.

    `wish` is why it is to be turned back, once somebody said so or the clock ran out.
    """

    journal: Journal
    settings: WindowSettings
    timetable: Timetable
    lease: Lease
    tell: Tell
    wish: TurnBack | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _looked: float = 0.0
    _told: float = field(default_factory=time.monotonic)
    _past: str = ""
    _held: bool = False
    _doubtful: bool = False
    _silent: bool = False

    def __post_init__(self) -> None:
        self._may_go_on = while_held(self.lease)
        self._outlook = Outlook(self.journal.folder, self.note)

    @property
    def position(self) -> WindowPosition:
        return replay_window(read_entries(self.journal.folder))

    def note(self, text: str) -> None:
        self.tell(Note(about="window", text=text))

    @property
    def elapsed(self) -> float:
        """Seconds since the window was opened; 0 before."""
        position = self.position
        if not (position.opened and position.opened_at):
            return 0.0
        began = boot_clock.Instant(position.opened.boot, position.opened.boot_seconds)
        elapsed = boot_clock.elapsed_since(began, position.opened_at)
        if not elapsed.exact and not self._doubtful:
            self._doubtful = True
            self.note("the window was opened in another boot: its time is told by the wall clock")
        return elapsed.seconds

    def demand(self) -> bool:
        """Demand that the run may go on; False: nothing new is to begin until somebody decides, or the server speaks again.

        It is asked often, from several threads, and looks twice a second.

        Raises:
            TurnBack: somebody said so, or the last safe moment has passed.
            LeaseLost: another runner took over, or the server was silent for minutes: nothing is begun, and nothing undone.
        """
        with self._lock:
            if self._is_due():
                self._silent = not self._may_go_on()
                self._look()
            return not self._held and not self._silent

    def heed(self) -> None:
        """Heed what was decided, and the clock, but not the lease: in a pause of ours nothing confirms it.

        Raises:
            TurnBack
        """
        with self._lock:
            if self._is_due():
                self._look()

    def _is_due(self) -> bool:
        if self.wish:
            # Whoever heard it first may be a thread that nobody listens to any more.
            raise self._turn_back(self.wish.reason, self.wish.by)
        if time.monotonic() - self._looked < _LOOK:
            return False
        self._looked = time.monotonic()
        return True

    def _look(self) -> None:
        self._heed(take_decision(self.journal.folder))
        self._demand_time()
        self._outlook.tell_news()
        if time.monotonic() - self._told > _TELL:
            self.tell_forecast()

    def await_leave(self) -> None:
        """Wait until something new may begin: until the server speaks, and nobody is asked any more.

        Raises:
            TurnBack, LeaseLost
        """
        while not self.demand():
            time.sleep(_LOOK)

    def await_decision(self, about: str) -> Decision:
        """Wait until somebody says to go on; the window's end still counts.

        Raises:
            TurnBack, LeaseLost
        """
        self._ask(about)
        while True:
            self._may_go_on()
            if decision := take_decision(self.journal.folder):
                self._heed(decision)
                if decision.what == "proceed":
                    return decision
            self._demand_time()
            self._outlook.tell_news()
            time.sleep(_LOOK)

    def heeding(self, tell: Tell) -> Tell:
        """Tell, and heed what was decided, and the clock: for phases that ask nothing while they work."""

        def told(event: Event) -> None:
            tell(event)
            self.demand()

        return told

    def _ask(self, about: str) -> None:
        name, position = self.journal.folder.name, self.position
        # Who answers, answers to all that is asked.
        about = f"{position.waiting}; besides: {about}" if position.waiting else about
        self.journal.append(w.Waiting(about=about))
        back = "" if position.is_past_return else f", `thing-a-me abort {name}` turns back"
        self.note(f"{about}: `thing-a-me proceed {name}` goes on{back}")

    def _heed(self, decision: Decision | None) -> None:
        if decision and decision.what == "abort" and self.position.is_past_return:
            # It was said before, and found too late.
            self.note(f"{decision.by} said abort; the point of no return was passed already")
        elif decision and decision.what == "abort":
            raise self._turn_back("abort", decision.by)
        elif decision and (about := self.position.waiting):
            self._held = False
            self.journal.append(w.Decided(about=about, by=decision.by))

    def _demand_time(self) -> None:
        """Past the last safe moment, do what was asked for beforehand."""
        position = self.position
        if self._past or position.opened is None or position.is_past_return or self.left_to_turn_back() > 0:
            return
        self._past = "the last safe moment to turn back has passed"
        match self.settings.at_deadline:
            case "roll-back":
                raise self._turn_back(self._past, CLOCK)
            case "hold":
                self._held = True
                self._ask(f"{self._past}; nothing is begun (--at-deadline hold)")
            case "continue":
                self.note(f"{self._past}; going on (--at-deadline continue)")

    def _turn_back(self, reason: str, by: str) -> TurnBack:
        self.wish = TurnBack(reason, by)
        return self.wish

    def moment(self) -> Moment:
        """Where the window is now, for its arithmetic."""
        return moment_of(read_entries(self.journal.folder), self.elapsed)

    def left_to_turn_back(self) -> float:
        """Seconds until the last safe moment to turn back; more than any window lasts where nothing leads back."""
        left = look_ahead(self.timetable, self.moment()).turn_back_left
        return math.inf if left is None else left

    def tell_forecast(self) -> None:
        """Say in one line where the window is."""
        self._told = time.monotonic()
        self.note(say_forecast(look_ahead(self.timetable, self.moment()), datetime.datetime.now().astimezone()))
