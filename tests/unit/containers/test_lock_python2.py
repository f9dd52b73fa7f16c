"""What is taken out of a resolved release, and what goes with it."""

from runner.containers.lock_python2 import without

RESOLVED = """\
django==1.11 \\
    --hash=sha256:01 \\
    --hash=sha256:02
    # via horizon, xstatic
horizon==14.0 \\
    --hash=sha256:03
    # via networking-bgpvpn
pbr==4.0 \\
    --hash=sha256:04
    # via
    #   -r wanted.in
    #   horizon
xstatic==1.0 \\
    --hash=sha256:05
    # via
    #   django
    #   horizon
networking-bgpvpn==9.0 \\
    --hash=sha256:06
    # via -r wanted.in

# The following packages are considered to be unsafe in a requirements file:
setuptools==44.0 \\
    --hash=sha256:07
    # via pbr
"""


def test_nothing_is_taken_out_but_the_comments() -> None:
    kept = without(RESOLVED, [])
    assert "#" not in kept.replace("sha256:", "")
    assert kept.count("==") == 6
    assert kept.startswith("django==1.11 \\\n    --hash=sha256:01 \\\n    --hash=sha256:02\nhorizon==14.0 \\\n")


def test_what_only_the_left_out_ask_for_goes_with_them_even_where_it_asks_in_a_circle() -> None:
    kept = without(RESOLVED, ["horizon"])
    assert [line.partition("==")[0] for line in kept.splitlines() if "==" in line] == ["pbr", "networking-bgpvpn", "setuptools"]
    assert kept.endswith("setuptools==44.0 \\\n    --hash=sha256:07\n")
