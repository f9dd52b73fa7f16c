"""Hooks at the window's points: run once, written down, and what follows when one fails is decided beforehand."""

from runner import events
from runner.command import end_left
from runner.errors import HookFailed
from runner.flows.hooks import name_of, run_hook
from runner.flows.window import Window
from runner.identity import Identity, identify
from runner.journal import window_entry as w
from runner.window_settings import Hook, HookPoint


def run_hooks(window: Window, point: HookPoint) -> None:
    """Run the hooks of a point, one after the other; those that ended well in an earlier sitting are not run again.

    Raises:
        HookFailed: one that is to turn the window back where it fails.
        TurnBack: somebody decided so, about one that holds.
    """
    secrets = window.run.world.cloud.secrets()
    for name, hook in hooks_left(window, point).items():
        _run(window, point, name, hook, secrets)


def hooks_left(window: Window, point: HookPoint) -> dict[str, Hook]:
    """The hooks of a point that did not end well yet, by name, in their order."""
    if window.databases_only:
        return {}
    cloud = window.run.world.cloud
    # Its place too: two long commands can begin alike.
    named = {
        f"{number}. {name_of(hook, cloud.secrets())}": hook
        for number, hook in enumerate(cloud.document.hooks.get(point, ()), 1)
    }
    return {name: hook for name, hook in named.items() if (point, name) not in window.position.hooks}


def _run(window: Window, point: HookPoint, name: str, hook: Hook, secrets: tuple[str, ...]) -> None:
    # What is being undone, or is past the point of no return, is not turned back.
    position = window.position
    go_on = (lambda: None) if position.turning or position.is_past_return else window.vigil.demand
    logs = window.run.folder / "logs"

    def begun(pid: int) -> None:
        window.say(w.HookBegan(point=point, name=name, **identify(pid).model_dump()))

    end = run_hook(hook, _facts(window, point), secrets=secrets, log_folder=logs, on_start=begun, go_on=go_on)
    ended = w.HookEnded(point=point, name=name, exit_code=end.exit_code, seconds=end.seconds, log=end.log, said=end.said)
    window.say(ended)
    window.run.tell(events.HookEnded(point=point, name=end.name, exit_code=end.exit_code, seconds=end.seconds))
    if end.exit_code == 0:
        return
    if window.position.turning:
        # Whoever turns back goes on with it: services that stay down help nobody.
        window.note(f"{point}: {end.in_words}; turning back goes on, look after it")
        return
    match hook.on_failure:
        case "roll-back":
            raise HookFailed(f"{point}: {end.in_words}")
        case "hold":
            window.vigil.await_decision(f"{point}: {end.in_words}")
        case "go-on":
            window.note(f"{point}: {end.in_words}; going on, as was agreed")


def end_left_hook(window: Window) -> None:
    """End a hook that outlived the runner that began it: it may start what is about to be stopped, or be run twice."""
    left = window.position.hook
    if left and end_left(Identity(pid=left.pid, started=left.started, boot=left.boot)):
        window.note(f"{left.point}: hook {left.name} had outlived its runner, and was ended")


def _facts(window: Window, point: HookPoint) -> dict[str, object]:
    """What a hook is told; no secret is among it."""
    run, position = window.run, window.position
    return {
        "point": point,
        "run": run.name,
        "folder": str(run.folder),
        "cloud": str(run.world.cloud.file),
        "target": run.plan.target,
        "projects": {journey.project: journey.start for journey in run.plan.journeys},
        "snapshot": position.snapshot,
        "services": {name: list(parts) for name, parts in position.found.items()},
        "turning_back": position.turning.reason if position.turning else None,
    }
