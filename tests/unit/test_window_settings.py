"""What cloud.yaml says of the window: what it means, and what is told where it is wrong: file, line, what is allowed."""

import re
from pathlib import Path

import pytest

from runner.errors import BadDocument
from runner.settings import Cloud, CloudDocument, read_cloud
from runner.window_settings import CommandCheck, DockerTarget, HttpCheck, KeystoneCheck, ServiceSettings
from tests.support.planning import RECIPES

CLOUD = """\
server: {host: db.example, user: admin, password_file: secret}
databases: {keystone: keystone}
"""
_KINDS = "needs exactly one of docker, systemd, kubernetes, commands"
_DURATION = "should be a duration such as 250ms, 90s, 10m or 4h"
_POINTS = (
    "'before-silence', 'after-silence', 'after-snapshot', 'after-chain', 'roll-out', 'validate', 'after' or 'on-roll-back'"
)


def read(folder: Path, text: str) -> Cloud:
    (folder / "cloud.yaml").write_text(CLOUD + text, encoding="utf-8")
    return read_cloud(folder / "cloud.yaml", RECIPES)


def document(folder: Path, text: str) -> CloudDocument:
    return read(folder, text).document


def faults(folder: Path, text: str) -> list[str]:
    """Every fault, its line counted from the first line of `text`."""
    with pytest.raises(BadDocument) as refusal:
        read(folder, text)

    def counted(found: re.Match[str]) -> str:
        return f"{int(found[1]) - len(CLOUD.splitlines())}:"

    lines = refusal.value.message.splitlines()
    assert all(line.startswith(f"{folder}/cloud.yaml:") for line in lines)
    return [re.sub(r"^(\d+):", counted, line.removeprefix(f"{folder}/cloud.yaml:")) for line in lines]


# -- the window -------------------------------------------------------------------------------------------------------


def test_a_window_takes_four_hours_unless_said(tmp_path: Path) -> None:
    window = document(tmp_path, "").window
    assert (window.length, window.margin, window.at_deadline, window.close) == (14400, 600, "roll-back", "when-valid")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("250ms", 0.25), ("90s", 90), ("10m", 600), ("4h", 14400), ("1.5 h", 5400), ("90", 90), ("0.5", 0.5)],
)
def test_a_duration_is_a_number_with_a_unit_or_seconds(tmp_path: Path, said: str, seconds: float) -> None:
    assert document(tmp_path, f"window: {{length: {said}}}").window.length == seconds


WRONG_WINDOW = [
    ("window: {length: soon}", f"1: window.length: {_DURATION}, not 'soon'"),
    ("window: {length: 4d}", f"1: window.length: {_DURATION}, not '4d'"),
    ("window: {length: true}", f"1: window.length: {_DURATION}, not True"),
    ("window: {length: [4h]}", f"1: window.length: {_DURATION}"),
    ("window: {length: 0}", "1: window.length: input should be greater than 0, not 0"),
    ("window: {length: .inf}", "1: window.length: input should be a finite number, not inf"),
    ("window:\n  margin: -1", "2: window.margin: input should be greater than or equal to 0, not -1"),
    ("window:\n  at_deadline: wait", "2: window.at_deadline: input should be 'roll-back', 'hold' or 'continue', not 'wait'"),
    ("window:\n  close: never", "2: window.close: input should be 'when-valid' or 'by-hand', not 'never'"),
    (
        "window:\n  lenght: 4h",
        "2: window.lenght: unknown key; allowed here: length, margin, at_deadline, on_failure, close, valid_within, expect",
    ),
]


# -- services ---------------------------------------------------------------------------------------------------------


def test_each_kind_of_service_is_told_by_its_key(tmp_path: Path) -> None:
    services = document(
        tmp_path,
        """\
services:
  keystone: {docker: keystone, group: 2, timeout: 90s, roll_out: {image: keystone:2026.1, command: [serve]}}
  nova: {docker: {label: kolla=nova}}
  glance: {systemd: glance-api, shell: [ssh, ctl1], read_only: {enter: ro, leave: rw}}
  heat: {kubernetes: {deployment: heat-api}}
  neutron: {commands: {stop: a, start: b, status: c}}
services_at_once: 2
""",
    ).services
    assert {name: one.kind for name, one in services.items()} == {
        "keystone": "docker",
        "nova": "docker",
        "glance": "systemd",
        "heat": "kubernetes",
        "neutron": "commands",
    }
    assert services["nova"].docker == DockerTarget(label="kolla=nova")
    assert (services["keystone"].group, services["keystone"].timeout) == (2, 90)


WRONG_SERVICES = [
    ("services:\n  nova: {}", f"2: services.nova: {_KINDS}"),
    ("services:\n  nova: {docker: x, systemd: y}", f"2: services.nova: {_KINDS}"),
    ("services:\n  nova: nova-api", "2: services.nova: input should be an object, not 'nova-api'"),
    ("services:\n  nova: {docker: 5}", "2: services.nova.docker: should be a string or a mapping, not 5"),
    ("services:\n  nova: {docker: [x]}", "2: services.nova.docker: should be a string or a mapping"),
    ("services:\n  nova: {docker: ''}", "2: services.nova.docker: string should have at least 1 character, not ''"),
    ("services:\n  nova: {docker: {}}", "2: services.nova.docker: needs either name or label"),
    ("services:\n  nova: {docker: {name: a, label: b}}", "2: services.nova.docker: needs either name or label"),
    (
        "services:\n  nova:\n    docker:\n      nmae: a",
        "4: services.nova.docker.nmae: unknown key; allowed here: name, label",
    ),
    ("services:\n  nova: {docker: {label: 5}}", "2: services.nova.docker.label: input should be a valid string, not 5"),
    ("services:\n  nova: {systemd: [x]}", "2: services.nova.systemd: input should be a valid string"),
    ("services:\n  nova: {kubernetes: {}}", "2: services.nova.kubernetes.deployment: is missing"),
    (
        "services:\n  nova:\n    kubernetes: {deployment: a, name: b}",
        "3: services.nova.kubernetes.name: unknown key; allowed here: deployment, namespace, kubectl",
    ),
    (
        "services:\n  nova: {kubernetes: {deployment: a, kubectl: kubectl}}",
        "2: services.nova.kubernetes.kubectl: input should be a valid array, not 'kubectl'",
    ),
    ("services:\n  nova: {commands: {stop: a, start: b}}", "2: services.nova.commands.status: is missing"),
    ("services:\n  nova: {systemd: a, shell: []}", "2: services.nova.shell: "),
    ("services:\n  nova: {systemd: a, group: 0}", "2: services.nova.group: input should be greater than or equal to 1, not 0"),
    (
        "services:\n  nova:\n    systemd: a\n    timeout: 0s",
        "4: services.nova.timeout: input should be greater than 0, not '0s'",
    ),
    ("services:\n  nova: {systemd: a, read_only: {enter: b}}", "2: services.nova.read_only.leave: is missing"),
    (
        "services:\n  nova: {systemd: a, roll_out: {image: b}}",
        "2: services.nova: roll_out goes with docker, and with one container by its name",
    ),
    (
        "services:\n  nova: {docker: {label: a}, roll_out: {image: b}}",
        "2: services.nova: roll_out goes with docker, and with one container by its name",
    ),
    ("services:\n  nova:\n    docker: a\n    roll_out: {}", "4: services.nova.roll_out.image: is missing"),
    (
        "services:\n  nova: {docker: a, roll_out: {image: b}, read_only: {enter: c, leave: d}}",
        "2: services.nova: read_only and roll_out exclude one another: what is recreated is stopped",
    ),
    (
        "services:\n  nova:\n    systemd: a\n    stop: b",
        f"4: services.nova.stop: unknown key; allowed here: {', '.join(ServiceSettings.model_fields)}",
    ),
    ("services_at_once: 0", "1: services_at_once: input should be greater than or equal to 1, not 0"),
]


# -- silence, hooks ---------------------------------------------------------------------------------------------------

WRONG_SILENCE = [
    ("silence: {spare: root}", "1: silence.spare: input should be a valid array, not 'root'"),
    ("silence:\n  observe: -1s", f"2: silence.observe: {_DURATION}, not '-1s'"),
    ("silence:\n  patience: 0", "2: silence.patience: input should be greater than 0, not 0"),
    ("silence:\n  spared: []", "2: silence.spared: unknown key; allowed here: spare, observe, patience"),
]


def test_a_hook_is_a_line_or_words(tmp_path: Path) -> None:
    hooks = document(tmp_path, "hooks:\n  after: [{run: make it so}, {run: [make, it], timeout: 5m, on_failure: hold}]\n").hooks
    assert [(one.run, one.timeout, one.on_failure) for one in hooks["after"]] == [
        ("make it so", 600, "roll-back"),
        (("make", "it"), 300, "hold"),
    ]


WRONG_HOOKS = [
    ("hooks:\n  after-the-party: []", f"2: hooks.after-the-party: input should be {_POINTS}, not 'after-the-party'"),
    ("hooks: {after: {run: x}}", "1: hooks.after: input should be a valid array"),
    ("hooks:\n  after:\n  - name: x", "3: hooks.after.0.run: is missing"),
    ("hooks: {after: [{run: 5}]}", "1: hooks.after.0.run: should be a string or a list, not 5"),
    ("hooks: {after: [{run: {a: b}}]}", "1: hooks.after.0.run: should be a string or a list"),
    ("hooks: {after: [{run: [a, 5]}]}", "1: hooks.after.0.run.1: input should be a valid string, not 5"),
    ("hooks: {after: [{run: []}]}", "1: hooks.after.0.run: tuple should have at least 1 item"),
    ("hooks: {after: [{run: ''}]}", "1: hooks.after.0.run: string should have at least 1 character, not ''"),
    ("hooks:\n  after:\n  - run: x\n    timeout: long", f"4: hooks.after.0.timeout: {_DURATION}, not 'long'"),
    (
        "hooks:\n  after:\n  - run: x\n    on_failure: shrug",
        "4: hooks.after.0.on_failure: input should be 'roll-back', 'hold' or 'go-on', not 'shrug'",
    ),
    (
        "hooks:\n  after:\n  - run: a\n  - command: b",
        "4: hooks.after.1.run: is missing",
        "4: hooks.after.1.command: unknown key; allowed here: run, name, timeout, on_failure",
    ),
]


# -- validation -------------------------------------------------------------------------------------------------------


def test_each_kind_of_check_is_told_by_its_key(tmp_path: Path) -> None:
    checks = document(
        tmp_path,
        """\
validate:
- {http: "https://api.example.org:8774/", status: 300, json: {a.0: x, b: 1, c: 1.5, d: true, e: null}, within: 2s, ca: ca.pem}
- {keystone: "https://api.example.org:5000/v3"}
- {command: openstack token issue, timeout: 2m}
- {command: [tempest, run]}
""",
    ).validation
    assert checks == (
        HttpCheck(
            http="https://api.example.org:8774/",
            status=300,
            json={"a.0": "x", "b": 1, "c": 1.5, "d": True, "e": None},
            within=2.0,
            ca="ca.pem",
        ),
        KeystoneCheck(keystone="https://api.example.org:5000/v3"),
        CommandCheck(command="openstack token issue", timeout=120.0),
        CommandCheck(command=("tempest", "run")),
    )


_URL = "should be a URL that begins with http:// or https://, without white space"
WRONG_VALIDATION = [
    ("validate:\n- {}", "2: validate.0: needs exactly one of http, keystone, command"),
    ("validate:\n- htp: http://x", "2: validate.0: needs exactly one of http, keystone, command"),
    ("validate:\n- {http: 'http://x', command: y}", "2: validate.0: needs exactly one of http, keystone, command"),
    ("validate: [http]", "1: validate.0: needs exactly one of http, keystone, command, not 'http'"),
    ("validate: {http: 'http://x'}", "1: validate: input should be a valid array"),
    (
        "validate:\n- command: x\n- http: http://x\n  statsu: 300",
        "4: validate.1.statsu: unknown key; allowed here: http, status, json, within, ca",
    ),
    (
        "validate:\n- keystone: http://x/v3\n  status: 300",
        "3: validate.0.status: unknown key; allowed here: keystone, within, ca",
    ),
    ("validate:\n- command: x\n  within: 5", "3: validate.0.within: unknown key; allowed here: command, timeout"),
    ("validate:\n- http: http://x\n  status: '200'", "3: validate.0.status: input should be a valid integer, not '200'"),
    ("validate:\n- http: http://x\n  status: 600", "3: validate.0.status: input should be less than or equal to 599, not 600"),
    ("validate:\n- http: http://x\n  within: 0", "3: validate.0.within: input should be greater than 0, not 0"),
    ("validate:\n- http: http://x\n  json: [a]", "3: validate.0.json: input should be an object"),
    (
        "validate:\n- http: http://x\n  json:\n    a: {b: c}",
        "4: validate.0.json.a: should be a string, a number or true or false",
    ),
    ("validate:\n- http: http://x\n  ca: ca.pem", "2: validate.0: ca goes with a URL that begins with https://"),
    ("validate:\n- http: example.org", f"2: validate.0.http: {_URL}, not 'example.org'"),
    ("validate:\n- http: ftp://x", f"2: validate.0.http: {_URL}, not 'ftp://x'"),
    ("validate:\n- http: 'http://x/a b'", f"2: validate.0.http: {_URL}, not 'http://x/a b'"),
    ("validate:\n- http: http://x/\u00fc", f"2: validate.0.http: {_URL}, not 'http://x/\u00fc'"),
    ("validate:\n- http: http:///v3", f"2: validate.0.http: {_URL}, not 'http:///v3'"),
    ("validate:\n- http: 'http://x:0/'", "2: validate.0.http: should have a port of 1 to 65535, or none, not 'http://x:0/'"),
    ("validate:\n- http: 'http://x:66666/'", "2: validate.0.http: port out of range 0-65535, not 'http://x:66666/'"),
    ("validate:\n- http: 'http://x/#a'", "2: validate.0.http: should have no fragment (#), not 'http://x/#a'"),
    ("validate:\n- http: 5", "2: validate.0.http: input should be a valid string, not 5"),
    ("validate:\n- keystone: http://x", "2: validate.0: the URL of keystone should end with /v3"),
    ("validate:\n- keystone: http://x/v3?y", "2: validate.0: the URL of keystone should end with /v3"),
    ("validate:\n- command: 5", "2: validate.0.command: should be a string or a list, not 5"),
    ("validate:\n- command: []", "2: validate.0.command: tuple should have at least 1 item"),
]


def test_a_password_in_a_url_is_refused_and_not_shown(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "validate:\n- http: https://ada:canary@x/v3")
    assert fault == "2: validate.0.http: should not have a user or a password in it, not 'https://***@x/v3'"


# -- the watch --------------------------------------------------------------------------------------------------------


def test_nothing_is_watched_unless_said(tmp_path: Path) -> None:
    assert document(tmp_path, "").watch is None


def test_each_kind_of_target_is_told_by_its_key(tmp_path: Path) -> None:
    text = (
        "watch:\n  targets: {a: {tcp: '[::1]:22'}, b: {http: 'http://x'}, c: {icmp: x}, d: {command: [x]}}\n  budget: 500ms\n"
    )
    watch = document(tmp_path, text).watch
    assert watch
    assert [one.kind for one in watch.targets.values()] == ["tcp", "http", "icmp", "command"]
    assert (watch.every, watch.timeout, watch.budget) == (0.25, 1, 0.5)


_WATCHED = "needs exactly one of tcp, http, icmp, command"
WRONG_WATCH = [
    ("watch: {}", "1: watch.targets: is missing"),
    ("watch:\n  targets: {}", "2: watch.targets: dictionary should have at least 1 item"),
    ("watch:\n  targets:\n    a: {}", f"3: watch.targets.a: {_WATCHED}"),
    ("watch:\n  targets:\n    a: {tcp: 'x:1', http: 'http://x'}", f"3: watch.targets.a: {_WATCHED}"),
    ("watch:\n  targets:\n    a: {udp: x}", "3: watch.targets.a.udp: unknown key; allowed here: tcp, http, icmp, command"),
    ("watch: {targets: {a: {tcp: x}}}", "1: watch.targets.a.tcp: "),
    ("watch: {targets: {a: {http: x}}}", f"1: watch.targets.a.http: {_URL}, not 'x'"),
    ("watch: {targets: {a: {command: 5}}}", "1: watch.targets.a.command: should be a string or a list, not 5"),
    ("watch:\n  targets: {a: {icmp: x}}\n  every: 0s", "3: watch.every: input should be greater than 0, not '0s'"),
    ("watch:\n  targets: {a: {icmp: x}}\n  budget: none", f"3: watch.budget: {_DURATION}, not 'none'"),
    ("watch:\n  target: {a: {icmp: x}}", "1: watch.targets: is missing", "2: watch.target: unknown key; allowed here: targets"),
]


@pytest.mark.parametrize(
    "wrong",
    [*WRONG_WINDOW, *WRONG_SERVICES, *WRONG_SILENCE, *WRONG_HOOKS, *WRONG_VALIDATION, *WRONG_WATCH],
    ids=lambda one: one[0],
)
def test_a_fault_is_told_with_its_line_and_what_is_allowed(tmp_path: Path, wrong: tuple[str, ...]) -> None:
    text, *expected = wrong
    found = faults(tmp_path, text)
    assert len(found) == len(expected), found
    for fault, beginning in zip(found, expected, strict=True):
        assert fault.startswith(beginning)
