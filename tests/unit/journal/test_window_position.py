"""What a window's entries imply: for whoever takes the run up, and for whoever turns it back."""

from runner.journal import window_entry as w
from runner.journal.entry import Entry, PhaseBegan, PhaseEnded, RunEnded
from runner.journal.window_position import WindowPosition, replay_window
from tests.unit.journal.histories import stamp

OPENED = w.WindowOpened(
    by="op@ctl1", length=14400, margin=600, at_deadline="roll-back", close="when-valid", boot="b1", boot_seconds=100
)
SERVICE = w.SilencedAccount(user="nova", host="%", was_locked=False)
LOCKED_BEFORE = w.SilencedAccount(user="old", host="%", was_locked=True)


def begun(phase: str) -> PhaseBegan:
    return PhaseBegan(phase=phase, number=1, of=9)


def at(*entries: Entry) -> WindowPosition:
    return replay_window(stamp(entries))


def test_a_run_without_a_window_has_none() -> None:
    assert at(begun("chain"), PhaseEnded(phase="chain")).opened is None


def test_the_clock_is_wound_once() -> None:
    again = OPENED.model_copy(update={"boot_seconds": 900.0})
    assert at(OPENED, again).opened == OPENED


def test_phases_are_undone_in_reverse_and_those_that_are_undone_are_not_undone_again() -> None:
    entries = (begun("stop"), PhaseEnded(phase="stop"), begun("silence"), begun("chain"), w.UndoEnded(phase="chain"))
    assert at(*entries).to_undo == ("silence", "stop")
    assert at(*entries).behind == ("stop",)


def test_a_phase_that_is_entered_again_after_it_was_undone_has_to_be_undone_again() -> None:
    assert at(begun("stop"), w.UndoEnded(phase="stop"), begun("stop")).to_undo == ("stop",)


def test_what_ran_is_what_ran_before_anything_was_stopped() -> None:
    first = [w.ServiceStopping(service=name, running=(name,)) for name in ("keystone", "heat")]
    later = w.ServiceStopping(service="keystone", running=())
    assert at(*first, later).found == {"keystone": ("keystone",), "heat": ("heat",)}


def test_what_is_stopped_is_what_was_not_started_again() -> None:
    ran = [w.ServiceStopping(service=name, running=(name,)) for name in ("keystone", "heat")]
    idle = w.ServiceStopping(service="idle", running=())
    stopped = [w.ServiceStopped(service=name, seconds=1) for name in ("keystone", "heat", "idle")]
    assert at(*ran, idle, *stopped, w.ServiceStarted(service="heat", seconds=1)).stopped == {"keystone"}
    assert at(idle, stopped[-1]).holds == (), "one that did not run is not waited for"


def test_who_locks_accounts_again_has_to_give_them_back_again() -> None:
    locking = w.AccountsLocking(accounts=(SERVICE,))
    given = (begun("silence"), locking, w.AccountsGivenBack(), w.UndoEnded(phase="silence"))
    assert (at(*given).is_held, at(*given).to_undo) == (False, ())
    assert (at(*given, locking).is_held, at(*given, locking).to_undo) == (True, ("silence",))


def test_it_waits_until_somebody_decides_or_the_sitting_ends() -> None:
    waiting = w.Waiting(about="after-chain: hook ours")
    assert at(waiting).waiting == "after-chain: hook ours"
    turning = w.TurningBack(reason="abort", by="ada@ctl1")
    ends = (w.Decided(about="after-chain: hook ours", by="ada@ctl1"), turning, RunEnded(outcome="interrupted"))
    assert {at(waiting, end).waiting for end in ends} == {""}


def test_accounts_are_held_until_they_are_given_back_and_their_first_state_counts() -> None:
    again = SERVICE.model_copy(update={"was_locked": True})
    held = at(w.AccountsLocking(accounts=(SERVICE, LOCKED_BEFORE)), w.AccountsLocking(accounts=(again,)))
    assert (held.is_held, held.locked) == (True, (SERVICE, LOCKED_BEFORE))
    assert not at(w.AccountsLocking(accounts=(SERVICE,)), w.AccountsGivenBack()).is_held


def test_a_hook_that_ended_well_is_not_run_again() -> None:
    ended = w.HookEnded(point="roll-out", name="deploy", exit_code=0, seconds=1, log="logs/x")
    failed = w.HookEnded(point="after", name="tell", exit_code=1, seconds=1, log="logs/y")
    timed_out = w.HookEnded(point="after", name="wait", exit_code=None, seconds=1, log="logs/z")
    assert at(ended, failed, timed_out).hooks == {("roll-out", "deploy")}


def test_the_first_reason_to_turn_back_is_the_reason() -> None:
    first, second = (w.TurningBack(reason=reason, by="op@ctl1") for reason in ("the deadline", "a failure on the way"))
    assert at(first, second).turning == first
