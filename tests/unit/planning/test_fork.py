from dataclasses import replace

import pytest

from runner.errors import UnknownRevision
from runner.planning.fork import nearest_known
from runner.planning.manifest import Chain, Revision
from tests.support.planning import CLOUD, KNOWLEDGE, drafted, found


def line(**down: tuple[str, ...]) -> Chain:
    revisions = tuple(Revision(id=name, down=before) for name, before in down.items())
    return Chain(kind="alembic", heads={"": revisions[-1].id}, revisions=revisions)


def test_the_nearest_known_ancestor_is_found_past_several_of_the_forks_own() -> None:
    fork = line(m0=(), m1=("m0",), x1=("m1",), x2=("x1",))
    assert nearest_known("x2", {"m0", "m1"}, [fork]) == ("m1",)


def test_a_merge_has_several_nearest_known_ancestors() -> None:
    fork = line(a=(), b=("a",), c=("a",), x1=("b",), merged=("x1", "c"))
    assert set(nearest_known("merged", {"a", "b", "c"}, [fork])) == {"b", "c"}


@pytest.mark.parametrize("chains", [[], [line(y=(), x=("y",))], [line(x=("x",))]], ids=["unheard of", "all its own", "a loop"])
def test_there_may_be_no_known_ancestor(chains: list[Chain]) -> None:
    assert nearest_known("x", {"m1"}, chains) == ()


def test_a_plan_for_a_forks_database_is_refused_with_the_nearest_ancestor_that_the_release_has() -> None:
    image = KNOWLEDGE.manifests["2023.1"]
    nova = image.projects["nova"]
    fork = nova.model_copy(update={"chains": {**nova.chains, "api": line(a0=(), a1=("a0",), vendor=("a1",))}})
    images = {**KNOWLEDGE.manifests, "2023.1": image.model_copy(update={"projects": {**image.projects, "nova": fork}})}
    with pytest.raises(UnknownRevision) as refused:
        drafted(found("nova.api", "vendor"), *CLOUD[2:4], knowledge=replace(KNOWLEDGE, manifests=images))
    assert str(refused.value) == (
        "nova.api: it stands at vendor, which nova of 2024.1 does not have; the nearest known ancestor is a1"
    )
    assert "take vendor back with the fork's own code" in refused.value.advice


def test_a_head_that_the_recipe_knows_is_no_forks() -> None:
    """A later release squashes older migrations away: that is for floors, not a fork."""
    image = KNOWLEDGE.manifests["2024.1"]
    nova = image.projects["nova"]
    squashed = nova.model_copy(update={"chains": {**nova.chains, "api": line(a2=())}})
    images = {**KNOWLEDGE.manifests, "2024.1": image.model_copy(update={"projects": {**image.projects, "nova": squashed}})}
    assert drafted(*CLOUD[1:4], knowledge=replace(KNOWLEDGE, manifests=images)).steps
