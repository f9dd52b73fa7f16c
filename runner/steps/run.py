"""Run a step: one container, started with a configuration made for it, taken by its exit code."""

from collections.abc import Mapping

from runner.containers.engine import ETC, OneShot
from runner.planning.asked import ExitMeaning
from runner.planning.plan import Step
from runner.steps.site import Account, Site

_CA = "server-ca.pem"


def start(step: Step, site: Site, attempt: int, *, besides: Mapping[str, str] | None = None) -> str:
    """Start the step's container, with files `besides` its configuration, and return its id.

    Raises:
        EngineRefused, EngineMissing
    """
    return site.engine.start(
        OneShot(
            image=site.plan.image_of(step.project, step.end),
            argv=tuple(map(_placed, step.argv)),
            network=site.network.name,
            labels=site.labels(step, attempt),
            files={
                **configuration(step, site),
                **_authorities(step, site),
                **{name: text.encode() for name, text in (besides or {}).items()},
            },
            environment={name: _placed(value) for name, value in site.recipes[step.project].environment.items()},
        )
    )


def _placed(word: str) -> str:
    return word.replace("{etc}", ETC)


def configuration(step: Step, site: Site) -> dict[str, bytes]:
    """Make the step's configuration files: the recipe's templates with the URLs of its databases."""
    account, recipe = site.accounts[step.project], site.recipes[step.project]
    urls = dict.fromkeys(recipe.roles, "")  # what a cloud does without is configured to be nowhere
    for role, database in step.configuration.items():
        urls[role] = database_url(site, account, site.plan.database(database).schema_name)
    templates = {**recipe.configuration, **recipe.files_of(step.command)}
    tables = " ".join(recipe.moved_in.tables) if recipe.moved_in else ""
    files = {name: text.format_map({**urls, "tables": tables}).encode() for name, text in templates.items()}
    return files | ({_CA: site.tls.ca} if site.tls and site.tls.ca else {})


def _authorities(step: Step, site: Site) -> dict[str, bytes]:
    """Lay the server's authority where the URLs that the step follows seek it."""
    if site.tls is None or site.tls.ca is None or not step.uses_stored_urls:
        return {}
    return dict.fromkeys(site.tls.laid_at, site.tls.ca)


def database_url(site: Site, account: Account, schema: str) -> str:
    """The SQLAlchemy URL of a schema, as a step sees it. Account names and passwords are ours: nothing needs quoting."""
    url = f"mysql+pymysql://{account.name}:{account.password}@{site.network.host}:{site.network.port}/{schema}"
    if site.tls is None:
        return url
    # The certificate is the server's, but a step knows the server by its relay's name.
    authority = f"ssl_ca={ETC}/{_CA}&" if site.tls.ca else ""
    return f"{url}?{authority}ssl_check_hostname=false"


def judge(step: Step, exit_code: int) -> ExitMeaning:
    """Say what an exit code means for this command; one that the recipe does not list is a failure."""
    return step.exits.get(exit_code, ExitMeaning.FAILED)
