"""Loading recipes: ours, the operator's own, and what is wrong with them."""

from pathlib import Path

import pytest

from runner.errors import BadDocument, MissingFile
from runner.recipes import load_recipes, read_script

BARBICAN = """\
project: barbican
package: barbican
roles:
  barbican: {chain: barbican}
chains:
  barbican: {alembic: barbican/model/migration/alembic_migrations}
configuration:
  barbican.conf: "[database]\\nconnection = {barbican}\\n"
commands:
  - name: sync
    kind: schema
    argv: [barbican-db-manage, --config-file, "{etc}/barbican.conf", upgrade]
    writes: [barbican]
    moves: [barbican]
    source: fact sheet (b)
signature: [secret_stores, container_secret, encrypted_data]
heads:
  "2023.1": {barbican: ["8c74e2d7f1ff"]}
"""


def write(directory: Path, text: str, name: str = "barbican.yaml") -> Path:
    (directory / name).write_text(text, encoding="utf-8")
    return directory


def test_an_operators_recipe_joins_ours(tmp_path: Path) -> None:
    recipes = load_recipes(write(tmp_path, BARBICAN))
    assert list(recipes)[:2] == ["barbican", "cinder"]
    assert len(recipes) == 8


def test_an_operators_recipe_takes_the_place_of_ours(tmp_path: Path) -> None:
    text = BARBICAN.replace("barbican", "heat")
    assert load_recipes(write(tmp_path, text, "heat.yaml"))["heat"].commands[0].argv[0] == "heat-db-manage"


def test_a_directory_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="not a directory of recipes"):
        load_recipes(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("package:", "packages:", r"barbican\.yaml:2: packages: unknown key"),
        ("moves: [barbican]", "moves: [main]", "names chain 'main'; the chains are barbican"),
        ("writes: [barbican]", "writes: [api]", "names role 'api'; the roles are barbican"),
        ('"2023.1"', "2023.1.5", "names releases that do not exist: 2023.1.5"),
        ("project: barbican", "project: secrets", "its file has to be secrets.yaml"),
        ("    source: fact sheet (b)\n", "", r"commands\.0\.source: is missing"),
    ],
)
def test_what_is_wrong_is_said_with_its_file(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(BadDocument, match=says):
        load_recipes(write(tmp_path, BARBICAN.replace(old, new)))


READS = """\
read_back:
  script: barbican_reads.py
  entities:
    secrets: {role: barbican, ids: SELECT id FROM secrets WHERE deleted = 0}
  source: barbican/model/repositories.py
"""


def test_a_script_of_ours_and_one_of_the_operators_is_found_by_its_name(tmp_path: Path) -> None:
    write(tmp_path, BARBICAN + READS)
    (tmp_path / "barbican_reads.py").write_text("print()", encoding="utf-8")
    assert load_recipes(tmp_path)["barbican"].read_back
    assert read_script("barbican_reads.py", tmp_path) == "print()"
    assert "nova" in read_script("read_back/nova.py", tmp_path)


def test_a_script_that_is_not_there_is_missed_at_once(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"barbican_reads\.py"):
        load_recipes(write(tmp_path, BARBICAN + READS))


def test_an_entity_of_a_role_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match="entity 'secrets' names role 'vault'; the roles are barbican"):
        load_recipes(write(tmp_path, BARBICAN + READS.replace("role: barbican", "role: vault")))
