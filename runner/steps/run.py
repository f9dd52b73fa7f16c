"""Run a step: one container, started with a configuration made for it, taken by its exit code."""

from runner.containers.engine import ETC, OneShot
from runner.planning.plan import Step
from runner.planning.recipe import ExitMeaning
from runner.steps.site import Account, Site


def start(step: Step, site: Site, attempt: int) -> str:
    """Start the step's container and return its id.

    Raises:
        EngineRefused, EngineMissing
    """
    return site.engine.start(
        OneShot(
            image=site.plan.images[step.end],
            argv=tuple(word.replace("{etc}", ETC) for word in step.argv),
            network=site.network.name,
            labels=site.labels(step, attempt),
            files=configuration(step, site),
            environment=site.recipes[step.project].environment,
        )
    )


def configuration(step: Step, site: Site) -> dict[str, bytes]:
    """Make the step's configuration files: the recipe's templates with the URLs of its databases."""
    account = site.accounts[step.project]
    urls = {
        role: database_url(site, account, site.plan.database(database).schema_name)
        for role, database in step.configuration.items()
    }
    files = site.recipes[step.project].configuration
    return {name: template.format_map(urls).encode() for name, template in files.items()}


def database_url(site: Site, account: Account, schema: str) -> str:
    """The SQLAlchemy URL of a schema, as a step sees it. Account names and passwords are ours: nothing needs quoting."""
    return f"mysql+pymysql://{account.name}:{account.password}@{site.network.host}:{site.network.port}/{schema}"


def judge(step: Step, exit_code: int) -> ExitMeaning:
    """Say what an exit code means for this command; one that the recipe does not list is a failure."""
    return step.exits.get(exit_code, ExitMeaning.FAILED)
