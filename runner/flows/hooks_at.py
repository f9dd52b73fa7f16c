"""Hooks at the window's points: run once, written down, and what follows when one fails is decided beforehand."""

from runner import events
from runner.errors import HookFailed
from runner.flows.hooks import run_hook
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
    for number, hook in enumerate(window.run.world.cloud.document.hooks.get(point, ()), 1):
        name = hook.name or f"{point} {number}"
        if (point, name) not in window.position.hooks:
            _run(window, point, name, hook)


def _run(window: Window, point: HookPoint, name: str, hook: Hook) -> None:
    run, attempt = window.run, 1 + sum(one == (point, name) for one in window.position.tried)
    secrets = run.world.cloud.secrets()
    end = run_hook(hook, name, _facts(window, point), folder=run.folder, attempt=attempt, secrets=secrets)
    window.say(w.HookEnded(point=point, name=name, exit_code=end.exit_code, seconds=end.seconds, log=end.log))
    window.run.tell(events.HookEnded(point=point, name=name, exit_code=end.exit_code, seconds=end.seconds))
    if end.exit_code == 0:
        return
    said = f"hook {name} ({point}): {end.last_words} (log: {window.run.folder / end.log})"
    match hook.on_failure:
        case "roll-back":
            raise HookFailed(said)
        case "hold":
            window.vigil.await_decision(said)
        case "go-on":
            window.note(f"{said}; going on, as was agreed")


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
