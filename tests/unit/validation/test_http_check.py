"""An http check, on a real server that answers well, wrongly, slowly, in part, or not at all."""

import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.containers.throwaway import free_port
from runner.errors import MissingFile
from runner.validation.request import KEPT
from tests.support.validating import DB_PASSWORD, PASSWORD, ask
from tests.support.web import Handler, Web, answer, drip, serve

DOCUMENT = {"version": {"id": "v3.14", "ready": True, "count": 1}, "endpoints": [{"name": "public"}], "none": None}


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as serving:
        yield serving


def hang_up_in_the_middle(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"half")
    handler.close_connection = True


def hang_up_at_once(handler: Handler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def test_an_answer_that_is_what_it_should_be_holds(tmp_path: Path, web: Web) -> None:
    web.acts["/v3?a=b"] = answer(200, json.dumps(DOCUMENT))
    wanted = {"version.id": "v3.14", "version.ready": True, "version.count": 1.0, "endpoints.0.name": "public", "none": None}
    said = ask(tmp_path, {"http": f"{web.url}/v3?a=b", "json": wanted})
    assert said.holds is True, said
    assert "version.id is 'v3.14'" in said.detail
    assert json.dumps(DOCUMENT) in said.output
    assert 0 < said.seconds < 5


@pytest.mark.parametrize(
    ("path", "wanted", "fault"),
    [
        ("version.id", "v3.8", "version.id is 'v3.14', not 'v3.8'"),
        ("version.ready", 1, "version.ready is True, not 1"),
        ("version.count", True, "version.count is 1, not True"),
        ("version", "v3", "version is a mapping, not 'v3'"),
        ("endpoints", None, "endpoints is a list, not None"),
        ("endpoints.1.name", "public", "endpoints.1.name is not there (at '1'); it should be 'public'"),
        ("endpoints.name", "public", "endpoints.name is not there (at 'name'); it should be 'public'"),
        ("version.id.x", 1, "version.id.x is not there (at 'x'); it should be 1"),
    ],
)
def test_another_value_in_its_json_is_told_with_what_was_wanted(
    tmp_path: Path, web: Web, path: str, wanted: Any, fault: str
) -> None:
    web.acts["/"] = answer(200, json.dumps(DOCUMENT))
    said = ask(tmp_path, {"http": web.url, "json": {path: wanted}})
    assert (said.holds, said.detail) == (False, (fault,))


@pytest.mark.parametrize("body", ["<html>", "", b"\xff\xfe{", "[" * 100_000])
def test_an_answer_that_is_no_json_does_not_hold(tmp_path: Path, web: Web, body: bytes | str) -> None:
    web.acts["/"] = answer(200, body)
    said = ask(tmp_path, {"http": web.url, "json": {"a": 1}})
    assert (said.holds, said.detail) == (False, ("the answer is no JSON",))


def test_another_status_is_told_with_its_answer_kept(tmp_path: Path, web: Web) -> None:
    web.acts["/"] = answer(503, "the pool is empty")
    said = ask(tmp_path, {"http": web.url})
    assert (said.holds, said.detail) == (False, ("status 503, not 200",))
    assert said.output == "status 503\nthe pool is empty"


def test_a_redirect_is_told_and_not_followed(tmp_path: Path, web: Web) -> None:
    web.acts["/"] = answer(302, Location=f"{web.url}/elsewhere")
    web.acts["/elsewhere"] = answer(200)
    said = ask(tmp_path, {"http": web.url})
    assert (said.holds, said.detail) == (False, (f"status 302, not 200; it leads to {web.url}/elsewhere, and is not followed",))
    assert [path for _, path, _ in web.asked] == ["/"]


def test_a_redirect_that_is_wanted_holds(tmp_path: Path, web: Web) -> None:
    web.acts["/"] = answer(302, Location="/elsewhere")
    assert ask(tmp_path, {"http": web.url, "status": 302}).holds is True


def test_one_that_is_too_slow_does_not_hold(tmp_path: Path, web: Web) -> None:
    web.acts["/"] = lambda _: time.sleep(1)
    said = ask(tmp_path, {"http": web.url, "within": "200ms"})
    assert (said.holds, said.detail) == (False, ("no whole answer within 0.2 s",))
    assert said.seconds < 0.9


def test_one_that_drips_is_cut_off_in_time_though_no_single_wait_is_long(tmp_path: Path, web: Web) -> None:
    web.acts["/"] = drip(b"{", every=0.05, times=60)
    said = ask(tmp_path, {"http": web.url, "within": "300ms"})
    assert (said.holds, said.detail) == (False, ("no whole answer within 0.3 s",))
    assert said.seconds < 1.5


def test_where_less_time_was_left_than_it_may_take_it_cannot_be_told(tmp_path: Path, web: Web) -> None:
    web.acts["/"] = lambda _: time.sleep(1)
    assert ask(tmp_path, {"http": web.url, "within": "5s"}, at_most=0.2).holds is None


@pytest.mark.parametrize("act", [hang_up_in_the_middle, hang_up_at_once])
def test_one_that_hangs_up_cannot_be_told(tmp_path: Path, web: Web, act: Any) -> None:
    web.acts["/"] = act
    said = ask(tmp_path, {"http": web.url})
    assert (said.holds, said.detail) == (None, ("closed before the answer's end",))


def test_one_that_is_not_there_cannot_be_told(tmp_path: Path) -> None:
    said = ask(tmp_path, {"http": f"http://127.0.0.1:{free_port()}"})
    assert (said.holds, said.detail) == (None, ("cannot be reached: Connection refused",))


def test_one_that_has_no_address_cannot_be_told(tmp_path: Path) -> None:
    said = ask(tmp_path, {"http": "http://nobody.invalid/"})
    assert said.holds is None
    assert said.detail[0].startswith("cannot be reached: ")


def test_one_that_speaks_something_else_cannot_be_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:

        def greet() -> None:
            link = door.accept()[0]
            link.recv(1000)
            link.sendall(b"220 mail.example.org ESMTP\r\n")
            link.close()

        thread = threading.Thread(target=greet)
        thread.start()
        said = ask(tmp_path, {"http": f"http://127.0.0.1:{door.getsockname()[1]}"})
        thread.join()
    assert (said.holds, said.detail) == (None, ("what answered does not speak HTTP (BadStatusLine)",))


def test_of_an_answer_without_an_end_only_the_beginning_is_read(tmp_path: Path, web: Web) -> None:
    web.acts["/"] = answer(200, b'"' + b"x" * (KEPT + 10) + b'"')
    assert ask(tmp_path, {"http": web.url, "within": 20}).holds is True
    said = ask(tmp_path, {"http": web.url, "within": 20, "json": {"a": 1}})
    assert said.holds is None
    assert "longer than" in said.detail[0]
    assert len(said.output) < 100_000


def test_a_password_that_it_says_is_in_nothing_that_is_kept(tmp_path: Path, web: Web) -> None:
    web.acts["/"] = answer(200, json.dumps({"password": PASSWORD, "database": DB_PASSWORD}))
    said = ask(tmp_path, {"http": web.url, "json": {"password": "x"}}, login={"user": "ada", "project": "engines"})
    assert (said.holds, said.detail) == (False, ("password is '***', not 'x'",))
    assert said.output.endswith('{"password": "***", "database": "***"}')


# -- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("ours"), "localhost")


def make_certificate(folder: Path, name: str) -> Path:
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
    files = ["-addext", f"subjectAltName=DNS:{name}", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"]
    subprocess.run([*request, *files], check=True, capture_output=True)
    return folder


def test_a_certificate_of_the_authority_that_is_named_is_believed(tmp_path: Path, authority: Path) -> None:
    with serve(authority) as web:
        web.acts["/"] = answer(200)
        assert ask(tmp_path, {"http": web.url, "ca": f"{authority}/cert.pem"}).holds is True


def test_the_file_of_an_authority_is_relative_to_cloud_yaml(tmp_path: Path, authority: Path) -> None:
    (tmp_path / "ca.pem").write_bytes((authority / "cert.pem").read_bytes())
    with serve(authority) as web:
        web.acts["/"] = answer(200)
        assert ask(tmp_path, {"http": web.url, "ca": "ca.pem"}).holds is True


def test_a_certificate_of_another_authority_cannot_be_told(tmp_path: Path, authority: Path) -> None:
    other = make_certificate(tmp_path, "localhost")
    with serve(authority) as web:
        for ca in ({"ca": f"{other}/cert.pem"}, {}):
            said = ask(tmp_path, {"http": web.url, **ca})
            assert said.holds is None
            assert said.detail[0].startswith("its certificate is not believed: ")
        assert web.asked == []


def test_a_certificate_of_another_name_cannot_be_told(tmp_path: Path) -> None:
    make_certificate(tmp_path, "elsewhere.example.org")
    with serve(tmp_path) as web:
        said = ask(tmp_path, {"http": web.url, "ca": "cert.pem"})
    assert said.holds is None
    assert "certificate is not believed" in said.detail[0]


def test_one_that_is_silent_where_tls_should_begin_is_cut_off_in_time(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        said = ask(tmp_path, {"http": f"https://localhost:{door.getsockname()[1]}", "within": "300ms"})
    assert (said.holds, said.detail) == (False, ("no whole answer within 0.3 s",))
    assert said.seconds < 1.5


def test_one_that_does_not_speak_tls_cannot_be_told(tmp_path: Path, web: Web) -> None:
    said = ask(tmp_path, {"http": web.url.replace("http:", "https:")})
    assert said.holds is None
    assert said.detail[0].startswith("TLS failed: ")


@pytest.mark.parametrize("content", [None, "no certificate at all"])
def test_certificates_that_cannot_be_read_are_missed_before_anything_is_asked(tmp_path: Path, content: str | None) -> None:
    if content:
        (tmp_path / "ca.pem").write_text(content)
    with pytest.raises(MissingFile, match=r"cannot read the certificates in .*/ca\.pem: "):
        ask(tmp_path, {"http": "https://localhost", "ca": "ca.pem"})
