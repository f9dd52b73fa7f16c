"""What an engine's errors are taken for."""

import docker.errors
import pytest
import requests
import requests.exceptions

from runner.containers.client import engine_errors, room_errors
from runner.errors import DiskFull, EngineMissing, EngineRefused


def test_an_answer_that_says_no_is_a_refusal_and_not_an_engine_that_went_away() -> None:
    with pytest.raises(EngineRefused, match=r"refused making a volume: .*no such driver"), engine_errors("making a volume"):
        raise docker.errors.APIError("400 Client Error", requests.Response(), explanation="no such driver")


@pytest.mark.parametrize("error", [requests.exceptions.ConnectionError("reset"), requests.exceptions.ReadTimeout("silent")])
def test_no_answer_is_an_engine_that_went_away(error: Exception) -> None:
    with pytest.raises(EngineMissing, match="went away while waiting"), engine_errors("waiting"):
        raise error


FULL = "Error processing tar file(exit status 1): write /usr/share/zoneinfo/Zulu: no space left on device"


@pytest.mark.parametrize(
    "error",
    [docker.errors.APIError("500", requests.Response(), explanation=FULL), docker.errors.ImageLoadError(FULL)],
)
def test_an_engine_whose_disk_is_full_is_told_from_one_that_refuses(error: docker.errors.DockerException) -> None:
    with pytest.raises(DiskFull, match=r"has no room for loading 2024.1: .*no space left"):
        fail_at_once(error)
    with pytest.raises(EngineRefused):
        fail_at_once(docker.errors.APIError("400 Client Error", requests.Response(), explanation="no such driver"))


def fail_at_once(error: Exception) -> None:
    with engine_errors("loading 2024.1"), room_errors("loading 2024.1"):
        raise error
