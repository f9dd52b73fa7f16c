"""Where builds get things from: written for thrown-away stages, and never told."""

from pathlib import Path

import pytest

from runner.containers.site_settings import redact, site_files, sources_list
from runner.errors import MissingFile
from runner.settings import BuildSettings


def test_a_mirror_in_debians_layout_gives_updates_and_security_too() -> None:
    assert sources_list("http://mirror.example/debian", "bookworm").splitlines() == [
        "deb http://mirror.example/debian bookworm main",
        "deb http://mirror.example/debian bookworm-updates main",
        "deb http://mirror.example/debian-security bookworm-security main",
    ]


def test_a_mirror_in_a_layout_of_its_own_gives_the_suite_alone() -> None:
    assert sources_list("http://mirror.example/frozen", "bookworm") == "deb http://mirror.example/frozen bookworm main\n"


def test_every_setting_lies_below_site(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(b"a certificate")
    settings = BuildSettings(
        index_url="https://user:pw@index.example/simple", ca_bundle=str(bundle), http_proxy="http://proxy:3128"
    )
    files = site_files(settings, "bookworm")
    assert all(name.startswith("site/") for name in files)
    assert files["site/ca.pem"] == b"a certificate"
    environment = files["site/environment"].decode()
    assert "export UV_DEFAULT_INDEX=https://user:pw@index.example/simple\n" in environment
    assert "export http_proxy=http://proxy:3128\n" in environment
    assert "export SSL_CERT_FILE=/site/ca.pem\n" in environment
    assert 'CAInfo "/site/ca.pem"' in files["site/apt.conf"].decode()


def test_a_value_cannot_break_out_of_the_shell() -> None:
    files = site_files(BuildSettings(no_proxy="a; rm -rf /"), "bookworm")
    assert b"export no_proxy='a; rm -rf /'\n" in files["site/environment"]


def test_a_ca_bundle_that_is_not_there_is_named() -> None:
    with pytest.raises(MissingFile, match=r"/nowhere/ca\.pem"):
        site_files(BuildSettings(ca_bundle="/nowhere/ca.pem"), "bookworm")


def test_passwords_in_urls_are_not_told() -> None:
    assert redact("looking at https://me:secret@index.example/simple") == "looking at https://***@index.example/simple"
