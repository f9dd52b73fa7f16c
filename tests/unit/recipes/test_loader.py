"""Loading recipes: ours, the operator's own, and what is wrong with them."""

from pathlib import Path

import pytest

from runner.errors import BadDocument, MissingFile
from runner.recipes import load_recipes, read_script

MISTRAL = """\
project: mistral
package: mistral
roles:
  mistral: {chain: mistral}
chains:
  mistral: {alembic: mistral/model/migration/alembic_migrations}
configuration:
  mistral.conf: "[database]\\nconnection = {mistral}\\n"
commands:
  - name: sync
    kind: schema
    argv: [mistral-db-manage, --config-file, "{etc}/mistral.conf", upgrade]
    writes: [mistral]
    moves: [mistral]
    source: fact sheet (b)
signature: [secret_stores, container_secret, encrypted_data]
heads:
  "2023.1": {mistral: ["8c74e2d7f1ff"]}
"""


def write(directory: Path, text: str, name: str = "mistral.yaml") -> Path:
    (directory / name).write_text(text, encoding="utf-8")
    return directory


def test_an_operators_recipe_joins_ours(tmp_path: Path) -> None:
    assert load_recipes(write(tmp_path, MISTRAL)).keys() == load_recipes().keys() | {"mistral"}


def test_an_operators_recipe_takes_the_place_of_ours(tmp_path: Path) -> None:
    text = MISTRAL.replace("mistral", "heat")
    assert load_recipes(write(tmp_path, text, "heat.yaml"))["heat"].commands[0].argv[0] == "heat-db-manage"


def test_a_directory_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="not a directory of recipes"):
        load_recipes(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("package:", "packages:", r"mistral\.yaml:2: packages: unknown key"),
        ("moves: [mistral]", "moves: [main]", "names chain 'main'; the chains are mistral"),
        ("writes: [mistral]", "writes: [api]", "names role 'api'; the roles are mistral"),
        ('"2023.1"', "2023.1.5", "names releases that do not exist: 2023.1.5"),
        ("project: mistral", "project: secrets", "its file has to be secrets.yaml"),
        ("    source: fact sheet (b)\n", "", r"commands\.0\.source: is missing"),
    ],
)
def test_what_is_wrong_is_said_with_its_file(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(BadDocument, match=says):
        load_recipes(write(tmp_path, MISTRAL.replace(old, new)))


READS = """\
read_back:
  script: mistral_reads.py
  entities:
    secrets: {role: mistral, ids: SELECT id FROM secrets WHERE deleted = 0}
  source: mistral/model/repositories.py
"""


def test_a_script_of_ours_and_one_of_the_operators_is_found_by_its_name(tmp_path: Path) -> None:
    write(tmp_path, MISTRAL + READS)
    (tmp_path / "mistral_reads.py").write_text("print()", encoding="utf-8")
    assert load_recipes(tmp_path)["mistral"].read_back
    assert read_script("mistral_reads.py", tmp_path) == "print()"
    assert "nova" in read_script("read_back/nova.py", tmp_path)


def test_a_script_that_is_not_there_is_missed_at_once(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"mistral_reads\.py"):
        load_recipes(write(tmp_path, MISTRAL + READS))


def test_an_entity_of_a_role_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match="entity 'secrets' names role 'vault'; the roles are mistral"):
        load_recipes(write(tmp_path, MISTRAL + READS.replace("role: mistral", "role: vault")))


PART = """\
roles:
  mistral: {chain: mistral, guests: [audit]}
chains:
  audit: {alembic: audit/alembic, table: alembic_version_audit, package: audit}
commands:
  - {name: audit, kind: schema, argv: [audit, "{etc}/mistral.conf"], writes: [mistral], moves: [audit], source: s}
heads:
  "2023.1": {audit: [a1]}
"""


def test_a_part_adds_to_its_recipe(tmp_path: Path) -> None:
    recipe = load_recipes(write(write(tmp_path, MISTRAL), PART, "mistral.audit.yaml"))["mistral"]
    assert [command.name for command in recipe.commands] == ["sync", "audit"]
    assert recipe.guest_tables("mistral") == {"audit": "alembic_version_audit"}
    assert recipe.heads == {"2023.1": {"mistral": ("8c74e2d7f1ff",), "audit": ("a1",)}}


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("secrets.audit.yaml", "", "", r"secrets\.audit\.yaml: is a part of secrets\.yaml, which is not beside it"),
        ("mistral.audit.yaml", "roles:", "rolls:", r"mistral\.audit\.yaml:1: rolls: unknown key"),
        (
            "mistral.audit.yaml",
            "[audit]}",
            "[odd]}",
            r"mistral\.yaml: role names chain 'odd'; the chains are mistral, audit",
        ),
    ],
)
def test_what_is_wrong_with_a_part_is_said_with_its_file(tmp_path: Path, name: str, old: str, new: str, says: str) -> None:
    with pytest.raises(BadDocument, match=says):
        load_recipes(write(write(tmp_path, MISTRAL), PART.replace(old, new, 1), name))
