"""The main line, whole: `thing-a-me demo` on real images, a real server and real migrations."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import docker
import pytest

from runner.journal.runs import list_runs

THING = str(Path(sys.executable).with_name("thing-a-me"))
PROJECTS = ["keystone", "glance", "placement", "cinder", "neutron", "heat", "nova"]
DATABASES = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def summary(folder: Path) -> dict[str, Any]:
    done = subprocess.run([THING, "demo", "--json"], cwd=folder, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture(scope="module")
def report(folder: Path, summary: dict[str, Any]) -> dict[str, Any]:
    run = folder / "thing-a-me-demo" / "runs" / summary["run"]
    shown = subprocess.run([THING, "report", str(run), "--json"], cwd=folder, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(shown.stdout)
    return answer


def test_its_answer_is_one_summary(summary: dict[str, Any]) -> None:
    assert set(summary) == {"from", "to", "projects", "hops", "steps", "skipped", "proved", "seconds", "run"}
    assert (summary["from"], summary["to"], summary["hops"]) == ("2023.1", "2026.1", 3)
    assert sorted(summary["projects"]) == sorted(PROJECTS)
    assert summary["steps"] == summary["proved"] + summary["skipped"]
    assert summary["proved"] >= 30


def test_every_database_is_proved_in_every_way(report: dict[str, Any]) -> None:
    held = [(proof["proof"], proof["subject"]) for proof in report["proofs"] if proof["holds"]]
    others = {(proof["proof"], proof["subject"]): proof["holds"] for proof in report["proofs"] if not proof["holds"]}

    # No service runs: what only they can answer is told as that, and everything else holds.
    unanswered = ("nova: Placement API", "nova: Older than N-1 computes")
    assert others == {("upgrade-check", subject): None for subject in unanswered}
    assert {subject for name, subject in held if name == "upgrade-check"} == set(PROJECTS)
    for proof in ("heads", "rows", "schema", "rehearsed", "read-back"):
        assert len([subject for name, subject in held if name == proof]) == DATABASES
    assert {subject for name, subject in held if name == "online"} >= {"nova.cell0", "nova.cell1", "nova.cell2", "placement"}


def test_everything_is_read_back_by_the_targets_own_code_and_a_user_of_before_gets_a_token(report: dict[str, Any]) -> None:
    said = {proof["subject"]: proof["detail"][0] for proof in report["proofs"] if proof["proof"] == "read-back"}

    cells = [said[f"nova.{cell}"] for cell in ("cell0", "cell1", "cell2")]
    for cell, instances in zip(cells, ("5/5", "152/152", "148/148"), strict=True):
        assert cell.startswith(f"nova 2026.1 reads {instances} instances, ")
    for project, counts in {"cinder": "300/300 volumes", "glance": "300/300 images", "neutron": "320/320 ports"}.items():
        assert counts in said[project]
    assert "7/7 services, 7/7 endpoints" in said["keystone"]
    token = "a token for user-01 by password: keystone gives it; its catalog has 7 services with 7 endpoints"
    assert said["keystone"].endswith(token)


def test_rows_that_go_go_by_a_rule(report: dict[str, Any]) -> None:
    lost = [change for change in report["row_changes"] if (change["after"] or 0) < (change["before"] or 0)]

    assert [(change["schema_name"], change["table"]) for change in lost] == [("neutron", "network_segment_ranges")]


def test_the_cloud_went_through_its_window_and_the_workload_missed_no_beat(report: dict[str, Any]) -> None:
    window = report["window"]
    assert (window["end"], window["still_stopped"], window["still_locked"]) == ("closed", [], [])
    assert [one["service"] for one in window["downtimes"] if one["until"]] == ["keystone"]
    assert window["silence"]["locked"]
    beats = {one["target"]: (one["beats"] > 100, one["misses"], one["gaps"]) for one in window["watched"]["targets"]}
    assert beats == {"workload": (True, 0, 0), "workload-tcp": (True, 0, 0)}
    assert window["watched"]["holds"]


def test_the_old_password_is_good_at_the_target_release(report: dict[str, Any]) -> None:
    (valid,) = [proof for proof in report["proofs"] if proof["proof"] == "validation" and "keystone" in proof["subject"]]
    assert valid["holds"]
    assert "user-01 has a token for team-01" in valid["detail"][0]


def test_every_difference_to_a_fresh_install_is_explained(report: dict[str, Any]) -> None:
    lines = [line for proof in report["proofs"] if proof["proof"] == "schema" for line in proof["detail"]]

    assert not [line for line in lines if line.startswith("drift:")]
    assert [line for line in lines if line.startswith("explained:")], "heat's known differences have to show up"


def test_what_was_planted_was_found_and_mended(folder: Path, summary: dict[str, Any]) -> None:
    reports = [_report(run) for run in list_runs(folder / "thing-a-me-demo" / "runs")]
    (mended,) = [mend for one in reports for mend in one["mended"] if mend["name"] == "cinder-purge"]
    found = [finding for one in reports for answer in one["checks"] for finding in answer["findings"]]

    assert (mended["rows_before"], mended["rows_after"]) == (70, 0)
    assert any("cinder-use-quota" in finding for finding in found)


def _report(run: Path) -> dict[str, Any]:
    shown = subprocess.run([THING, "report", str(run), "--json"], capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(shown.stdout)
    return answer


def test_what_was_broken_on_purpose_was_put_back(folder: Path, summary: dict[str, Any]) -> None:
    (run,) = list_runs(folder / "thing-a-me-demo" / "twin-runs")
    restored = _report(run)

    assert (restored["flow"], restored["outcome"]) == ("restore", "proved")
    (proof,) = restored["proofs"]
    assert proof["holds"]
    compared, _, of = proof["detail"][0].split()[0].partition("/")
    assert compared == of
    assert int(of) > 600
    assert proof["detail"][0].endswith("tables compared, 0 skipped, 0 differences")


def test_it_cleans_up_after_itself(summary: dict[str, Any]) -> None:
    client = docker.DockerClient(base_url="unix:///var/run/docker.sock")

    assert not client.containers.list(all=True, ignore_removed=True, filters={"label": "thing-a-me.demo"})
    assert not [network.name for network in client.networks.list() if network.name.startswith("thing-a-me-demo")]
    client.close()


def test_clean_removes_the_rest(folder: Path, summary: dict[str, Any]) -> None:
    subprocess.run([THING, "demo", "--clean"], cwd=folder, check=True, capture_output=True, timeout=120)

    assert not (folder / "thing-a-me-demo").exists()
