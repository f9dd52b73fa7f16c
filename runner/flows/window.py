"""The window that a run is in: all that is around its chain."""

from contextlib import suppress
from dataclasses import dataclass

from runner.errors import JournalBroken
from runner.events import ServiceMoved
from runner.flows.run import Run
from runner.flows.snapshot import Cupboard
from runner.flows.vigil import Vigil
from runner.journal import entry as e
from runner.journal import window_entry as w
from runner.journal.window_position import WindowPosition
from runner.services import demand_allowed
from runner.services.in_groups import GoOn, start_in_groups, stop_in_groups
from runner.services.service import Service


@dataclass(frozen=True)
class Window:
    """A run and what its phases around the chain work with. `operator` began it, or took it up."""

    run: Run
    vigil: Vigil
    cupboard: Cupboard
    services: tuple[Service, ...]
    databases_only: bool
    operator: str

    @property
    def position(self) -> WindowPosition:
        return self.vigil.position

    def say(self, entry: w.WindowEntry) -> None:
        self.run.journal.append(entry)

    def note(self, text: str) -> None:
        """Tell it, and write it down for the report."""
        self.vigil.note(text)
        with suppress(JournalBroken):
            self.run.journal.append(e.Noted(about="window", text=text))

    @property
    def at_once(self) -> int:
        return self.run.world.cloud.document.services_at_once

    def say_stopping(self, service: str, running: tuple[str, ...]) -> None:
        self.say(w.ServiceStopping(service=service, running=running))

    def say_stopped(self, service: str, seconds: float) -> None:
        self.say(w.ServiceStopped(service=service, seconds=seconds))
        self.run.tell(ServiceMoved(service=service, state="stopped", seconds=seconds))

    def say_started(self, service: str, seconds: float) -> None:
        self.say(w.ServiceStarted(service=service, seconds=seconds))
        self.run.tell(ServiceMoved(service=service, state="started", seconds=seconds))

    def start_services(self, go_on: GoOn = lambda: None) -> None:
        """Start what ran before the window, and nothing else.

        Raises:
            ServiceRefused, ServiceMissing, and what `go_on` raises.
        """
        start_in_groups(
            self.services,
            self.position.found,
            at_once=self.at_once,
            on_starting=lambda service, _: self.vigil.lease.say(f"starting {service}"),
            on_started=self.say_started,
            go_on=go_on,
        )

    def stop_services(self, go_on: GoOn = lambda: None) -> None:
        """Stop everything that runs of the services; what ran before the window is what was found first.

        Raises:
            ServiceProtected: one is the data plane's, by the cloud.yaml of now; nothing was stopped.
            ServiceRefused, ServiceMissing, and what `go_on` raises.
        """
        demand_allowed(self.services)
        stop_in_groups(
            self.services,
            at_once=self.at_once,
            ran=self.position.found,
            on_stopping=self.say_stopping,
            on_stopped=self.say_stopped,
            go_on=go_on,
        )
