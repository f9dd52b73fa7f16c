"""What an operator gave a container is told from what its image gave it."""

from typing import Any

import pytest

from runner.containers.given_configuration import STAND_IN_LABEL, describe, given_configuration, given_endpoints, restart_policy

ID = "0123456789abcdef" * 4


def container(host: dict[str, Any] | None = None, mounts: list[dict[str, Any]] | None = None, **config: Any) -> dict[str, Any]:
    return {
        "Id": ID,
        "Config": {"Hostname": ID[:12], "Labels": {}, **config},
        "HostConfig": {"NetworkMode": "default", **(host or {})},
        "Mounts": mounts or [],
        "NetworkSettings": {"Networks": {}},
    }


def image(**config: Any) -> dict[str, Any]:
    return {"Config": config}


def test_environment_and_labels_of_the_image_are_left_out() -> None:
    given = given_configuration(
        container(Env=["A=1", "B=2"], Labels={"a": "1", "b": "2", STAND_IN_LABEL: "old"}),
        image(Env=["A=1", "B=3"], Labels={"a": "1"}),
    )

    assert given["Env"] == ["B=2"]
    assert given["Labels"] == {"b": "2"}


@pytest.mark.parametrize(
    ("has", "default", "given"),
    [
        ((None, ["run"]), (None, ["run"]), {}),
        ((["e"], ["run"]), (["e"], ["run"]), {}),
        ((["e"], ["other"]), (["e"], ["run"]), {"Cmd": ["other"]}),
        ((["mine"], ["run"]), (["e"], ["run"]), {"Entrypoint": ["mine"], "Cmd": ["run"]}),
        ((["mine"], None), (["e"], ["run"]), {"Entrypoint": ["mine"], "Cmd": []}),
        ((["e"], None), (["e"], ["run"]), {"Entrypoint": ["e"], "Cmd": []}),
        ((None, ["run"]), (["e"], ["run"]), {"Entrypoint": [""], "Cmd": ["run"]}),
    ],
)
def test_entrypoint_and_command_are_told_apart_together(has: Any, default: Any, given: dict[str, Any]) -> None:
    found = given_configuration(container(Entrypoint=has[0], Cmd=has[1]), image(Entrypoint=default[0], Cmd=default[1]))

    assert {key: found[key] for key in ("Entrypoint", "Cmd") if key in found} == given


def test_an_image_may_say_nothing_at_all() -> None:
    assert given_configuration(container(Cmd=["run"], Env=["A=1"]), {"Config": None})["Cmd"] == ["run"]


def test_a_hostname_that_the_engine_made_is_left_out() -> None:
    assert "Hostname" not in given_configuration(container(), image())
    assert given_configuration(container(Hostname="api"), image())["Hostname"] == "api"


@pytest.mark.parametrize("host", [{"UTSMode": "host"}, {"NetworkMode": "container:abc"}])
def test_a_hostname_goes_not_with_a_host_of_another(host: dict[str, Any]) -> None:
    given = given_configuration(container(host=host, Hostname="api", Domainname="example.org"), image())

    assert "Hostname" not in given
    assert "Domainname" not in given


def test_volumes_without_a_name_are_named_and_the_others_left_as_they_are() -> None:
    def volume(name: str, at: str, **more: Any) -> dict[str, Any]:
        return {"Type": "volume", "Name": name, "Destination": at, **more}

    given = given_configuration(
        container(
            host={
                "Binds": ["named:/a/:ro", "/b"],
                "Mounts": [{"Type": "volume", "Target": "/c"}, {"Type": "tmpfs", "Target": "/t"}],
            },
            mounts=[volume("named", "/a"), volume("b1", "/b"), volume("c1", "/c"), volume("d1", "/d", RW=False)],
        ),
        image(),
    )

    assert given["HostConfig"]["Binds"] == ["named:/a/:ro", "b1:/b"]
    assert given["HostConfig"]["Mounts"] == [
        {"Type": "volume", "Target": "/c", "Source": "c1"},
        {"Type": "tmpfs", "Target": "/t"},
        {"Type": "volume", "Source": "d1", "Target": "/d", "ReadOnly": True},
    ]


def test_links_are_written_as_create_takes_them() -> None:
    given = given_configuration(container(host={"Links": ["/db:/api/database"]}), image())

    assert given["HostConfig"]["Links"] == ["db:database"]


def test_the_network_it_was_created_on_comes_first_and_the_engines_own_words_are_left_out() -> None:
    attached = container(host={"NetworkMode": "front"})
    attached["NetworkSettings"]["Networks"] = {
        "back": {"Aliases": [ID[:12], "api"], "IPAddress": "10.0.0.9", "MacAddress": "02:42:0a:00:00:09", "IPAMConfig": None},
        "front": {"Aliases": None, "IPAMConfig": {"IPv4Address": "10.1.0.9"}},
    }

    assert list(given_endpoints(attached).items()) == [
        ("front", {"IPAMConfig": {"IPv4Address": "10.1.0.9"}}),
        ("back", {"Aliases": ["api"]}),
    ]


@pytest.mark.parametrize("mode", ["host", "none", "container:abc"])
def test_who_has_no_network_of_its_own_is_attached_to_none(mode: str) -> None:
    attached = container(host={"NetworkMode": mode})
    attached["NetworkSettings"]["Networks"] = {mode: {}}

    assert given_endpoints(attached) == {}


def test_no_policy_is_never() -> None:
    assert restart_policy(container(host={"RestartPolicy": {"Name": "", "MaximumRetryCount": 0}})) == {
        "Name": "no",
        "MaximumRetryCount": 0,
    }


def test_a_description_does_not_depend_on_order_or_on_ways_to_say_nothing() -> None:
    mounts = [{"Type": "tmpfs", "Target": "/a"}, {"Target": "/b", "Type": "tmpfs"}]
    one = container(host={"CapAdd": ["A", "B"], "Memory": 0, "Dns": None, "Mounts": mounts}, Env=["A=1", "B=2"])
    other = container(host={"CapAdd": ["B", "A"], "Dns": [], "Mounts": mounts[::-1]}, Env=["B=2", "A=1"])

    assert describe(one, image()) == describe(other, image())
    assert describe(one, image()) != describe(container(host={"CapAdd": ["A"]}, Env=["A=1", "B=2"]), image())
