"""What an engine's errors are taken for."""

import docker.errors
import pytest
import requests
import requests.exceptions

from runner.containers.client import engine_errors
from runner.errors import EngineMissing, EngineRefused


def test_an_answer_that_says_no_is_a_refusal_and_not_an_engine_that_went_away() -> None:
    with pytest.raises(EngineRefused, match=r"refused making a volume: .*no such driver"), engine_errors("making a volume"):
        raise docker.errors.APIError("400 Client Error", requests.Response(), explanation="no such driver")


@pytest.mark.parametrize("error", [requests.exceptions.ConnectionError("reset"), requests.exceptions.ReadTimeout("silent")])
def test_no_answer_is_an_engine_that_went_away(error: Exception) -> None:
    with pytest.raises(EngineMissing, match="went away while waiting"), engine_errors("waiting"):
        raise error
