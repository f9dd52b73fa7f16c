"""Hooks at the window's points: run once, written down, and what follows when one fails is decided beforehand."""

from runner import events
from runner.errors import HookFailed
from runner.flows.hooks import name_of, run_hook
from runner.flows.window import Window
from runner.journal import window_entry as w
from runner.window_settings import Hook, HookPoint


def run_hooks(window: Window, point: HookPoint) -> None:
    """Run the hooks of a point, one after the other; those that ended well in an earlier sitting are not run again.

    Raises:
        HookFailed: one that is to turn the window back where it fails.
        TurnBack: somebody decided so, about one that holds.
    """
    if window.databases_only:
        return
    secrets = window.run.world.cloud.secrets()
    for hook in window.run.world.cloud.document.hooks.get(point, ()):
        if (point, name_of(hook, secrets)) not in window.position.hooks:
            _run(window, point, hook, secrets)


def _run(window: Window, point: HookPoint, hook: Hook, secrets: tuple[str, ...]) -> None:
    end = run_hook(hook, _facts(window, point), secrets=secrets, log_folder=window.run.folder / "logs")
    window.say(w.HookEnded(point=point, name=end.name, exit_code=end.exit_code, seconds=end.seconds, log=end.log))
    window.run.tell(events.HookEnded(point=point, name=end.name, exit_code=end.exit_code, seconds=end.seconds))
    if end.exit_code == 0:
        return
    match hook.on_failure:
        case "roll-back":
            raise HookFailed(f"{point}: {end.in_words}")
        case "hold":
            window.vigil.await_decision(f"{point}: {end.in_words}")
        case "go-on":
            window.note(f"{point}: {end.in_words}; going on, as was agreed")


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
