"""A read-only mode instead of a stop, with a real process."""

from pathlib import Path

import pytest

from runner.errors import ServiceMissing, ServiceRefused
from runner.services.in_groups import find_back
from runner.services.service import Service, State
from tests.support.services import NOTHING, make


def switched(folder: Path, **settings: dict[str, str]) -> Service:
    mode = {"enter": f"touch {folder}/read-only", "leave": f"rm {folder}/read-only"}
    given: dict[str, object] = {"commands": {**NOTHING, "stop": f"touch {folder}/stopped"}, "read_only": mode, **settings}
    return make("one", **given)


def test_it_enters_and_leaves_its_mode_and_is_never_stopped(tmp_path: Path) -> None:
    service = switched(tmp_path)
    ran = service.what_runs()

    service.stop()
    assert [path.name for path in tmp_path.iterdir()] == ["read-only"]
    assert (service.state(), service.stays_up) == (State.RUNNING, True)

    service.start(ran)
    assert list(tmp_path.iterdir()) == []


def test_that_it_runs_on_is_not_coming_back(tmp_path: Path) -> None:
    service = switched(tmp_path)
    service.stop()
    assert find_back([service], at_once=1) == ()


def test_one_that_does_not_run_is_left_as_it_is(tmp_path: Path) -> None:
    service = switched(tmp_path, commands={**NOTHING, "status": "exit 3"})
    service.stop()
    service.start(service.what_runs())
    assert list(tmp_path.iterdir()) == []


def test_a_mode_that_is_refused_is_told_and_so_is_one_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ServiceRefused, match="one did not enter its read-only mode: exit code 1, not me"):
        switched(tmp_path, read_only={"enter": "echo not me; false", "leave": "true"}).stop()
    with pytest.raises(ServiceMissing, match="one is not there"):
        switched(tmp_path, commands={**NOTHING, "status": "exit 4"}).stop()
