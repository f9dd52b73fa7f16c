"""Magnum's rows, and tables of two collations."""

from tests.support.traps.trap import Trap

T, C = "55555555-5555-5555-5555-555555555555", "66666666-6666-6666-6666-666666666666"


def template(coe: str, distro: str) -> str:
    return (
        "INSERT INTO {magnum}.cluster_template (uuid, name, project_id, user_id, coe, cluster_distro, server_type, public,"
        " tls_disabled, registry_enabled, labels)"
        f" VALUES ('{T}', 't', 'p', 'u', '{coe}', '{distro}', 'vm', 1, 0, 0, '{{{{}}}}')"
    )


def cluster(project: str) -> str:
    return (
        "INSERT INTO {magnum}.cluster (uuid, name, project_id, user_id, cluster_template_id, status)"
        f" VALUES ('{C}', 'c', {project}, 'u', '{T}', 'CREATE_COMPLETE')"
    )


K8S = template("kubernetes", "fedora-atomic")
OTHER = "CONVERT TO CHARACTER SET utf8 COLLATE utf8_unicode_ci"
TRAPS = (
    Trap(
        "magnum-mixed-collations",
        "magnum",
        "stein",
        "train",
        (f"ALTER TABLE {{magnum}}.cluster {OTHER}", f"ALTER TABLE {{magnum}}.cluster_template {OTHER}"),
        says="Illegal mix of collations",
        mended=("ALTER DATABASE {magnum} COLLATE utf8_unicode_ci",),
        leaves_halves=True,
    ),
    Trap(
        "magnum-clusters-without-template",
        "magnum",
        "stein",
        "train",
        (cluster("'p'"),),
        mended=("DELETE FROM {magnum}.cluster",),
    ),
    Trap(
        "magnum-clusters-unreadable",
        "magnum",
        "stein",
        "train",
        (K8S, cluster("NULL")),
        says="Column 'project_id' cannot be null",
        mended=("UPDATE {magnum}.cluster SET project_id = 'p'",),
    ),
    Trap(
        "magnum-engines-gone",
        "magnum",
        "zed",
        "2023.1",
        (template("mesos", "ubuntu"),),
        mended=("DELETE FROM {magnum}.cluster_template",),
    ),
    Trap(
        "magnum-swarm-gone",
        "magnum",
        "2023.1",
        "2024.1",
        (template("swarm", "fedora-atomic"),),
        mended=("DELETE FROM {magnum}.cluster_template",),
    ),
    Trap("magnum-drivers-gone", "magnum", "2023.1", "2024.1", (K8S, cluster("'p'")), mended=("DELETE FROM {magnum}.cluster",)),
    Trap(
        "magnum-trusts-forgotten",
        "magnum",
        "2026.1",
        "2026.2",
        (K8S, cluster("'p'"), "UPDATE {magnum}.cluster SET trust_id = 'x'"),
        mended=("UPDATE {magnum}.cluster SET trust_id = NULL",),
    ),
    Trap(
        "magnum-public-templates",
        "magnum",
        "stein",
        "train",
        (K8S,),
        mended=("UPDATE {magnum}.cluster_template SET hidden = 0",),
    ),
    Trap(
        "magnum-clusters-without-labels",
        "magnum",
        "queens",
        "rocky",
        (K8S, cluster("'p'")),
        mended=("UPDATE {magnum}.cluster SET labels = '{{}}'",),
    ),
)
