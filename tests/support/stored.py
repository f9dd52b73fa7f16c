"""URLs that a small cloud's placement stores, for it has none of its own: a recipe that says so, and the rows."""

from importlib import resources

import yaml

from tests.support.clouds import SmallCloud

_SOURCE = {"role": "placement", "table": "projects", "name_column": "id", "column": "external_id", "source": "a test"}


def store_urls(cloud: SmallCloud, *places: str) -> None:
    """Let placement's `projects` hold a URL for each of these places (`host` or `host:port`)."""
    ours = resources.files("runner.recipes").joinpath("placement.yaml").read_text(encoding="utf-8")
    folder = cloud.file.parent / "recipes"
    folder.mkdir()
    recipe = yaml.safe_load(ours) | {"stored_urls": [_SOURCE]}
    (folder / "placement.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    cloud.rewrite(recipes=folder.name)
    for place in places:
        url = f"mysql+pymysql://somebody:secret@{place}/{cloud.schemas['placement']}"
        cloud.of("placement").execute("INSERT INTO projects (external_id) VALUES (:url)", url=url)
