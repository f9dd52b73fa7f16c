"""A container on another image keeps what its operator gave it, and nothing that its old image gave it; and it goes back."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from docker.types import EndpointConfig, LogConfig, Mount, Ulimit

from runner.containers.given_configuration import STAND_IN_LABEL, describe
from runner.containers.stand_in import recreate, settle, take_back
from runner.containers.throwaway import free_port
from runner.errors import ImageMissing, RollOutFailed, ServiceMissing
from tests.support.stand_ins import NEW, OLD, Attributes, Killed, Yard, dying_client

pytestmark = pytest.mark.engine

CHANGES = 6
"""Requests that change something, in the longest of these: stop, rename, create, policy, attach, start."""


def everything(yard: Yard, folder: Path) -> dict[str, Any]:
    """Every option that a container of a service may have been given."""
    return {
        "environment": {"OS_REGION": "one", "EMPTY": "", "RELEASE": "theirs"},
        "command": ["sleep", "900"],
        "working_dir": "/opt",
        "user": "0:0",
        "labels": {"operator": "us", "release": "theirs"},
        "volumes": [f"{folder}:/etc/service:ro,rprivate", f"{yard.prefix}-named:/var/lib/named:rw"],
        "mounts": [Mount("/var/lib/nameless", None, type="volume"), Mount("/scratch", None, type="tmpfs", tmpfs_size=1 << 20)],
        "tmpfs": {"/fleeting": "size=1m,mode=0700"},
        "ports": {"8774/tcp": ("127.0.0.1", free_port()), "9000/udp": [("127.0.0.1", free_port()), ("127.0.0.1", free_port())]},
        "mac_address": "02:00:00:aa:bb:cc",
        "cap_add": ["NET_ADMIN"],
        "cap_drop": ["MKNOD"],
        "security_opt": ["no-new-privileges", "seccomp=unconfined"],
        "ulimits": [Ulimit(name="nofile", soft=1000, hard=2000)],
        "sysctls": {"net.ipv4.ip_unprivileged_port_start": "80"},
        "devices": ["/dev/null:/dev/nothing:rw"],
        "mem_limit": "96m",
        "mem_reservation": "64m",
        "cpu_shares": 300,
        "nano_cpus": 500_000_000,
        "pids_limit": 77,
        "ipc_mode": "shareable",
        "pid_mode": "host",
        "cgroupns": "private",
        "log_config": LogConfig(type="json-file", config={"max-size": "1m", "max-file": "2"}),
        "restart_policy": {"Name": "on-failure", "MaximumRetryCount": 3},
        "extra_hosts": {"controller": "192.0.2.7"},
        "dns": ["192.0.2.53"],
        "dns_search": ["example.org"],
        "dns_opt": ["ndots:2"],
        "init": True,
        "read_only": True,
        "shm_size": "32m",
        "group_add": ["44"],
        "oom_score_adj": 100,
        "healthcheck": {"test": ["CMD", "true"], "interval": 3_000_000_000, "retries": 9},
        "stop_signal": "SIGQUIT",
        "hostname": "api-one",
        "domainname": "example.org",
        "tty": True,
        "stdin_open": True,
    }


def host_side(container: Attributes) -> dict[str, Any]:
    """Everything of HostConfig but how volumes are written down; their truth is in Mounts."""
    return {key: value for key, value in container["HostConfig"].items() if key not in ("Binds", "Mounts")}


def config_side(container: Attributes) -> dict[str, Any]:
    """Everything of Config but what an image may add to."""
    return {
        key: value
        for key, value in container["Config"].items()
        if key not in ("Env", "Labels", "ExposedPorts", "Volumes", "Image")
    }


def mounted(container: Attributes) -> list[tuple[Any, ...]]:
    keys = ("Type", "Name", "Source", "Destination", "RW", "Propagation")
    return sorted((tuple(str(mount.get(key)) for key in keys) for mount in container["Mounts"]), key=lambda one: one[3])


def volumes(container: Attributes) -> set[str]:
    return {mount["Name"] for mount in container["Mounts"] if mount["Type"] == "volume"}


def described(yard: Yard, container: Attributes) -> dict[str, Any]:
    """Describe a container without the volume that came with the new image."""
    mounts = [mount for mount in container["Mounts"] if mount["Destination"] != "/var/lib/new-only"]
    return describe(container | {"Mounts": mounts}, yard.image_of(container))


def test_everything_its_operator_gave_it_is_kept(yard: Yard, tmp_path: Path) -> None:
    before = yard.start(**everything(yard, tmp_path))
    yard.run("sh", "-c", "for it in named nameless declared; do echo $it > /var/lib/$it/it; done")

    done = recreate(yard.client, yard.name, NEW, kept=yard.kept)
    after = yard.inspect(yard.name)

    assert done.not_kept == ()
    assert after["State"]["Running"]
    assert done.container == after["Id"]
    assert done.image == after["Image"] == yard.image_id(NEW)
    assert described(yard, after) == described(yard, before)
    assert host_side(after) == host_side(before)
    assert [one for one in mounted(after) if one[3] != "/var/lib/new-only"] == mounted(before)
    assert config_side(after) == config_side(before) | {"Entrypoint": ["/usr/bin/env", "STARTED_BY=new"]}
    assert yard.run("cat", *(f"/var/lib/{it}/it" for it in ("named", "nameless", "declared"))).split() == [
        "named",
        "nameless",
        "declared",
    ]
    assert yard.inspect(yard.kept)["State"]["Running"] is False
    assert yard.inspect(yard.kept)["HostConfig"]["RestartPolicy"]["Name"] == "no"


def test_the_environment_and_labels_are_the_operators_and_the_new_images(yard: Yard, tmp_path: Path) -> None:
    yard.start(**everything(yard, tmp_path))

    recreate(yard.client, yard.name, NEW, kept=yard.kept, labels={"thing-a-me.run": "seven"})

    config = yard.inspect(yard.name)["Config"]
    assert {one for one in config["Env"] if not one.startswith(("PATH=", "LANG="))} == {
        "OS_REGION=one",
        "EMPTY=",
        "RELEASE=theirs",
        "ONLY_NEW=yes",
    }
    assert (
        config["Labels"].items()
        >= {"operator": "us", "release": "theirs", "only-new": "yes", "thing-a-me.run": "seven"}.items()
    )
    assert config["Labels"][STAND_IN_LABEL] == yard.kept
    assert "only-old" not in config["Labels"]


def test_what_came_from_the_old_image_comes_from_the_new_one(yard: Yard) -> None:
    before = yard.create(stop_signal=None)

    recreate(yard.client, yard.name, NEW, kept=yard.kept)

    after = yard.inspect(yard.name)
    default = yard.image_of(after)["Config"]
    for key in ("Cmd", "Entrypoint", "User", "WorkingDir", "StopSignal", "Healthcheck", "ExposedPorts", "Volumes"):
        assert after["Config"][key] == default[key], key
    assert set(after["Config"]["Env"]) == set(default["Env"])
    assert before["Config"]["Hostname"] != after["Config"]["Hostname"] == after["Id"][:12]


def test_an_entrypoint_of_the_operators_keeps_its_command_though_the_image_has_the_same(yard: Yard) -> None:
    yard.start(entrypoint=["/usr/bin/nice"], command=["sleep", "1001"])

    recreate(yard.client, yard.name, NEW, kept=yard.kept)

    config = yard.inspect(yard.name)["Config"]
    assert (config["Entrypoint"], config["Cmd"]) == (["/usr/bin/nice"], ["sleep", "1001"])


def test_an_entrypoint_that_was_taken_away_stays_away(yard: Yard) -> None:
    yard.start(image=NEW, entrypoint=[""], command=["sleep", "5"])

    recreate(yard.client, yard.name, NEW, kept=yard.kept)

    config = yard.inspect(yard.name)["Config"]
    assert (config["Entrypoint"], config["Cmd"]) == (None, ["sleep", "5"])


def test_another_command_may_be_given(yard: Yard) -> None:
    yard.start(command=["sleep", "900"])

    recreate(yard.client, yard.name, NEW, kept=yard.kept, command=("sleep", "7"))

    assert yard.inspect(yard.name)["Config"]["Cmd"] == ["sleep", "7"]


def test_one_part_of_a_healthcheck_is_kept_and_the_rest_is_the_new_images(yard: Yard) -> None:
    yard.start(healthcheck={"timeout": 7_000_000_000})

    recreate(yard.client, yard.name, NEW, kept=yard.kept)

    health = yard.inspect(yard.name)["Config"]["Healthcheck"]
    assert health == yard.client.api.inspect_image(NEW)["Config"]["Healthcheck"] | {"Timeout": 7_000_000_000}


def on_two_networks(yard: Yard) -> tuple[str, str]:
    """Create the container with a fixed address and aliases on two networks, and start it."""
    front, back = yard.network("10.213.7"), yard.network("10.213.8")
    yard.create(network=front, networking_config={front: EndpointConfig("1.41", aliases=["api"], ipv4_address="10.213.7.77")})
    yard.client.api.connect_container_to_network(
        yard.name, back, ipv4_address="10.213.8.88", aliases=["nova", "nova-api"], links=None
    )
    yard.client.api.start(yard.name)
    return front, back


def addresses(container: Attributes) -> dict[str, tuple[str, set[str]]]:
    return {
        network: (it["IPAddress"], set(it["Aliases"]) - {container["Id"][:12]})
        for network, it in container["NetworkSettings"]["Networks"].items()
    }


def test_two_networks_keep_their_aliases_and_fixed_addresses(yard: Yard) -> None:
    front, back = on_two_networks(yard)

    done = recreate(yard.client, yard.name, NEW, kept=yard.kept)

    assert done.not_kept == ()
    assert addresses(yard.inspect(yard.name)) == {
        front: ("10.213.7.77", {"api"}),
        back: ("10.213.8.88", {"nova", "nova-api"}),
    }
    assert yard.run("getent", "hosts", "nova-api").split()[0] == "10.213.8.88"

    take_back(yard.client, yard.name, yard.kept)
    yard.client.api.start(yard.name)
    assert addresses(yard.inspect(yard.name)) == {
        front: ("10.213.7.77", {"api"}),
        back: ("10.213.8.88", {"nova", "nova-api"}),
    }


def test_a_network_that_it_left_is_not_joined_again(yard: Yard) -> None:
    front, back = on_two_networks(yard)
    yard.client.api.disconnect_container_from_network(yard.name, front)

    recreate(yard.client, yard.name, NEW, kept=yard.kept)

    assert set(addresses(yard.inspect(yard.name))) == {back}


def test_a_container_as_kolla_makes_them(yard: Yard, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    before = yard.start(
        network_mode="host",
        environment={"KOLLA_CONFIG_STRATEGY": "COPY_ALWAYS", "KOLLA_SERVICE_NAME": "nova-api"},
        volumes=[
            f"{tmp_path}:/var/lib/kolla/config_files/:ro",
            "/etc/localtime:/etc/localtime:ro",
            f"{yard.prefix}-kolla_logs:/var/log/kolla/:rw",
        ],
        labels={"kolla_version": "16.0.0", "build-date": "20230901"},
        restart_policy={"Name": "unless-stopped"},
        user="1001",
        healthcheck={"test": ["CMD-SHELL", "true"], "interval": 30_000_000_000},
    )

    done = recreate(yard.client, yard.name, NEW, kept=yard.kept)

    after = yard.inspect(yard.name)
    assert done.not_kept == ()
    assert described(yard, after) == described(yard, before)
    assert yard.run("cat", "/var/lib/kolla/config_files/config.json") == "{}"
    assert after["HostConfig"]["NetworkMode"] == "host"
    assert after["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"


def test_what_cannot_be_kept_is_said(yard: Yard) -> None:
    yard.start(ports={"8774/tcp": None})
    yard.run("sh", "-c", "echo x > /etc/copied-in.conf; echo x > /tmp/nobody-cares")

    done = recreate(yard.client, yard.name, NEW, kept=yard.kept)

    assert done.not_kept == (
        "the port of 8774/tcp is the engine's choice, and becomes another one",
        "files in its own layer stay in the old container: /etc/copied-in.conf",
    )


def test_who_shares_its_network_is_named_and_follows_it(yard: Yard) -> None:
    joined = f"{yard.prefix}-joined"
    yard.create()
    yard.create(name=joined, network_mode=f"container:{yard.name}")

    done = recreate(yard.client, yard.name, NEW, kept=yard.kept)
    recreate(yard.client, joined, NEW, kept=f"{joined}-before", command=("true",))

    assert done.not_kept == (f"{joined} shares its network, and has to be recreated too",)
    assert yard.inspect(joined)["HostConfig"]["NetworkMode"] == f"container:{done.container}"


def test_taken_back_it_is_what_it_was_and_not_started(yard: Yard, tmp_path: Path) -> None:
    before = yard.start(**everything(yard, tmp_path))
    yard.run("sh", "-c", "for it in nameless declared; do echo $it > /var/lib/$it/it; done")
    recreate(yard.client, yard.name, NEW, kept=yard.kept)
    (fresh,) = volumes(yard.inspect(yard.name)) - volumes(before)

    take_back(yard.client, yard.name, yard.kept)

    after = yard.inspect(yard.name)
    assert after["Id"] == before["Id"]
    assert not after["State"]["Running"]
    assert after["HostConfig"] == before["HostConfig"]
    assert mounted(after) == mounted(before)
    assert yard.containers() == [yard.name]
    assert fresh not in yard.volumes()
    yard.client.api.start(yard.name)
    assert yard.run("cat", "/var/lib/nameless/it", "/var/lib/declared/it").split() == ["nameless", "declared"]


def test_settled_the_old_one_is_gone_and_its_volumes_are_in_use(yard: Yard, tmp_path: Path) -> None:
    before = yard.start(**everything(yard, tmp_path))
    yard.run("sh", "-c", "echo kept > /var/lib/nameless/it")
    recreate(yard.client, yard.name, NEW, kept=yard.kept)

    settle(yard.client, yard.kept)
    settle(yard.client, yard.kept)

    assert yard.containers() == [yard.name]
    assert volumes(before) <= yard.volumes()
    assert yard.run("cat", "/var/lib/nameless/it") == "kept"
    again = recreate(yard.client, yard.name, NEW, kept=yard.kept)
    assert again.container == yard.inspect(yard.name)["Id"]
    with pytest.raises(RollOutFailed, match="cannot be taken back"):
        take_back(yard.client, yard.name, yard.kept)


def test_a_next_release_is_rolled_out_on_a_stand_in_that_was_settled(yard: Yard, tmp_path: Path) -> None:
    yard.start(**everything(yard, tmp_path))
    recreate(yard.client, yard.name, NEW, kept=yard.kept)
    settle(yard.client, yard.kept)
    before = yard.inspect(yard.name)

    recreate(yard.client, yard.name, OLD, kept=f"{yard.kept}-2")

    after = yard.inspect(yard.name)
    assert describe(after, yard.image_of(after)) == describe(before, yard.image_of(before))
    assert after["Config"]["Labels"][STAND_IN_LABEL] == f"{yard.kept}-2"


@pytest.mark.soak
def test_killed_after_any_request_it_ends_in_the_same_place_when_called_again(yard: Yard) -> None:
    on_two_networks(yard)
    yard.client.api.update_container(yard.name, restart_policy={"Name": "always"})
    before = yard.inspect(yard.name)
    for after in range(1, CHANGES + 1):
        with pytest.raises(Killed), closing(dying_client(after)) as dying:
            recreate(dying, yard.name, NEW, kept=yard.kept)

        done = recreate(yard.client, yard.name, NEW, kept=yard.kept)

        new, old = yard.inspect(yard.name), yard.inspect(yard.kept)
        assert yard.containers() == [yard.name, yard.kept]
        assert (new["Id"], new["State"]["Running"]) == (done.container, True), after
        assert (old["Id"], old["State"]["Running"]) == (before["Id"], False), after
        assert old["HostConfig"]["RestartPolicy"]["Name"] == "no", after
        assert new["HostConfig"]["RestartPolicy"]["Name"] == "always", after
        assert addresses(new) == addresses(before), after
        take_back(yard.client, yard.name, yard.kept)
        yard.client.api.start(yard.name)
    with closing(dying_client(CHANGES + 1)) as dying:
        recreate(dying, yard.name, NEW, kept=yard.kept)


def test_taken_back_from_wherever_it_was_killed(yard: Yard) -> None:
    on_two_networks(yard)
    yard.client.api.update_container(yard.name, restart_policy={"Name": "always"})
    before = yard.inspect(yard.name)
    for after in range(1, CHANGES + 1):
        with pytest.raises(Killed), closing(dying_client(after)) as dying:
            recreate(dying, yard.name, NEW, kept=yard.kept)

        take_back(yard.client, yard.name, yard.kept)
        take_back(yard.client, yard.name, yard.kept)

        assert yard.containers() == [yard.name]
        found = yard.inspect(yard.name)
        assert (found["Id"], found["State"]["Running"], found["HostConfig"]) == (before["Id"], False, before["HostConfig"]), (
            after
        )
        yard.client.api.start(yard.name)


def test_taking_back_that_was_killed_anywhere_is_ended_by_the_next(yard: Yard) -> None:
    before = yard.start(restart_policy={"Name": "always"})
    for after in range(1, 5):
        recreate(yard.client, yard.name, NEW, kept=yard.kept)
        with pytest.raises(Killed), closing(dying_client(after)) as dying:
            take_back(dying, yard.name, yard.kept)

        take_back(yard.client, yard.name, yard.kept)

        found = yard.inspect(yard.name)
        assert yard.containers() == [yard.name]
        assert (found["Id"], found["HostConfig"]) == (before["Id"], before["HostConfig"]), after


def test_an_image_that_is_not_here_leaves_the_container_alone(yard: Yard) -> None:
    before = yard.start()

    with pytest.raises(ImageMissing, match="nowhere:else"):
        recreate(yard.client, yard.name, "thing-a-me/nowhere:else", kept=yard.kept)

    assert yard.inspect(yard.name)["State"] == before["State"]


def test_a_service_that_is_not_there(yard: Yard) -> None:
    with pytest.raises(ServiceMissing, match=yard.name):
        recreate(yard.client, yard.name, NEW, kept=yard.kept)
    with pytest.raises(ServiceMissing, match=yard.name):
        take_back(yard.client, yard.name, yard.kept)


def test_names_that_are_taken_by_others_are_left_to_them(yard: Yard) -> None:
    yard.create()
    yard.create(name=yard.kept)

    with pytest.raises(RollOutFailed, match="does not stand in for the other"):
        recreate(yard.client, yard.name, NEW, kept=yard.kept)
    with pytest.raises(RollOutFailed, match="does not stand in for the other"):
        take_back(yard.client, yard.name, yard.kept)
    with pytest.raises(RollOutFailed, match="no container stands in for it"):
        settle(yard.client, yard.kept)

    assert yard.containers() == [yard.name, yard.kept]


def test_one_that_goes_when_it_is_stopped_is_refused(yard: Yard) -> None:
    yard.start(auto_remove=True)

    with pytest.raises(RollOutFailed, match="--rm"):
        recreate(yard.client, yard.name, NEW, kept=yard.kept)

    assert yard.inspect(yard.name)["State"]["Running"]


def test_another_image_than_before_is_refused_until_it_is_taken_back(yard: Yard) -> None:
    yard.create()
    recreate(yard.client, yard.name, NEW, kept=yard.kept)

    with pytest.raises(RollOutFailed, match="take it back first"):
        recreate(yard.client, yard.name, OLD, kept=yard.kept)

    take_back(yard.client, yard.name, yard.kept)
    recreate(yard.client, yard.name, OLD, kept=yard.kept)


def test_a_new_one_that_does_not_start_is_told_with_the_engines_words_and_can_be_taken_back(yard: Yard) -> None:
    before = yard.create(restart_policy={"Name": "always"}, devices=["/dev/no-such-thing:/dev/it:r"])

    with pytest.raises(RollOutFailed) as failed:
        recreate(yard.client, yard.name, NEW, kept=yard.kept)

    assert "/dev/no-such-thing" in failed.value.message
    assert f"{yard.name} is created on {NEW}, {yard.kept} is created on {OLD}" in failed.value.message
    take_back(yard.client, yard.name, yard.kept)
    assert yard.inspect(yard.name)["HostConfig"] == before["HostConfig"]
