"""What the source trees of a release require, for its lock: a vendor's fork may ask for more than the release does."""

from collections.abc import Mapping
from contextlib import closing

from runner.containers.client import connect
from runner.containers.definitions import Definition
from runner.containers.foundation import Site, base_blueprint, ensure_base, ensure_builders
from runner.containers.release_image import fetch_trees
from runner.containers.trees import requirements_of, trees_blueprint
from runner.events import ImageProgress, Tell


def ask_trees(definition: Definition, packages: Mapping[str, str], site: Site, tell: Tell) -> tuple[str, ...]:
    """Name what the trees of `sources` require; nothing where there are none.

    Raises:
        MissingFile, BadDocument, IndexUnreachable, HashMismatch, HostNotReady: a tree cannot be had.
        BuildFailed, DiskFull, EngineMissing, EngineRefused: it cannot be asked.
    """
    image = definition.image
    if not image.trees:
        return ()
    trees = fetch_trees(definition, packages, site)
    with closing(connect(site.engine)) as client:
        ensure_base(client, image.base, site, tell)
        ensure_builders(client, [image], site, tell)
        tell(ImageProgress(release=definition.series, state="builder", detail=f"wheels of {', '.join(trees)}"))
        blueprint = trees_blueprint(
            f"{definition.series}-lock-trees",
            image,
            base_blueprint(image.base).reference,
            decisive=dict.fromkeys(trees, b""),
            versions={name: image.projects[name] for name in trees},
        )
        return requirements_of(client, blueprint, trees, site.build)
