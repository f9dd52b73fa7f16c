"""A plan cut into legs, one per release: where a rehearsal stops, looks, and can be taken up again."""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.planning.plan import Plan
from runner.planning.release import Calendar
from runner.planning.sources import release_of


@dataclass(frozen=True)
class Leg:
    """The steps that end at one release, as a plan of their own; what they wait for in earlier legs is over."""

    release: str
    plan: Plan

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases of the projects that stand at this leg's release when it is over."""
        arriving = {journey.project for journey in self.plan.journeys if self.release in journey.stops}
        return tuple(database.id for database in self.plan.databases if database.project in arriving)


def cut(plan: Plan, calendar: Calendar) -> Sequence[Leg]:
    """Cut a plan at its releases, in the calendar's order; every step is in exactly one leg."""
    releases = sorted({step.end for step in plan.steps}, key=calendar.index)
    return tuple(Leg(release, _part(plan, release)) for release in releases)


def until(plan: Plan, release: str, calendar: Calendar) -> Plan:
    """Leave out of a plan whatever comes after a release: what is left decides how the databases are there, and no more."""

    def is_there(series: str) -> bool:
        return not calendar.is_later(series, release)

    journeys = (journey.model_copy(update={"stops": tuple(filter(is_there, journey.stops))}) for journey in plan.journeys)
    return plan.model_copy(
        update={
            "target": release,
            "images": {key: image for key, image in plan.images.items() if is_there(release_of(key))},
            "databases": tuple(database.model_copy(update={"ends": ()}) for database in plan.databases),
            "journeys": tuple(journeys),
            "steps": tuple(step for step in plan.steps if is_there(step.end)),
        }
    )


def _part(plan: Plan, release: str) -> Plan:
    names = {step.id for step in plan.steps if step.end == release}
    steps = tuple(
        step.model_copy(update={"after": tuple(other for other in step.after if other in names)})
        for step in plan.steps
        if step.id in names
    )
    return plan.model_copy(update={"steps": steps})
