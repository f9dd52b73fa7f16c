"""A machine with a real systemd: a privileged container, into which `docker exec` is the shell."""

import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from docker.models.containers import Container

from runner.containers.blueprint import Blueprint
from runner.containers.build import build_once
from runner.containers.client import Client, connect
from runner.containers.engine import LABEL
from runner.containers.foundation import base_blueprint, ensure_base
from runner.containers.release_image import SUITE
from runner.containers.tarball import pack
from runner.events import silent
from runner.settings import EngineSettings
from tests.support.images import HERE, SITE


@dataclass(frozen=True)
class SystemdHost:
    """The machine. `shell` is what cloud.yaml would say."""

    container: Container

    @property
    def shell(self) -> tuple[str, ...]:
        return ("docker", "exec", "-i", str(self.container.name), "sh", "-c")

    def run(self, command: str) -> str:
        """Run something on it, by a way of the tests' own."""
        return str(self.container.exec_run(["sh", "-c", command]).output.decode()).strip()

    def open_ssh(self, folder: Path) -> tuple[str, ...]:
        """Let us in by ssh, with a key in `folder`; what cloud.yaml would say then."""
        key = folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        self.run("mkdir -p -m 700 /root/.ssh")
        self.container.put_archive("/root/.ssh", pack({"authorized_keys": key.with_suffix(".pub").read_bytes()}, mode=0o600))
        self.run("systemctl start ssh")
        self.container.reload()
        address = self.container.attrs["NetworkSettings"]["IPAddress"]
        known = f"UserKnownHostsFile={folder / 'known'}"
        options = ("BatchMode=yes", "StrictHostKeyChecking=accept-new", known)
        return ("ssh", "-i", str(key), *(word for one in options for word in ("-o", one)), f"root@{address}")

    def add_unit(self, name: str, text: str) -> None:
        """Put a unit there; it is not started."""
        self.container.put_archive("/etc/systemd/system", pack({name: text.encode()}, mode=0o644))
        self.run("systemctl daemon-reload")


@contextmanager
def open_systemd_host() -> Iterator[SystemdHost]:
    """Start one, and wait until its systemd answers; it is gone at the end."""
    name = f"{LABEL}-test-systemd-{secrets.token_hex(4)}"
    with closing(connect(EngineSettings())) as client:
        try:
            container = client.containers.create(
                _image(client),
                name=name,
                cap_add=["SYS_ADMIN"],
                security_opt=["seccomp=unconfined", "apparmor=unconfined"],
                tmpfs={"/run": "", "/run/lock": "", "/tmp": ""},
                # Not privileged: machines that tests run on may lack a capability themselves.
                cgroupns="host",
                volumes=["/sys/fs/cgroup:/sys/fs/cgroup:rw", "/var/run/docker.sock:/engine.sock"],
                labels={f"{LABEL}.test": name},
            )
            container.start()
            host = SystemdHost(container)
            until = time.monotonic() + 60
            while host.run("systemctl is-system-running") not in ("running", "degraded"):
                assert time.monotonic() < until, container.logs().decode()
                time.sleep(0.2)
            yield host
        finally:
            for one in client.containers.list(all=True, ignore_removed=True, filters={"name": f"^{name}$"}):
                one.remove(force=True, v=True)


def _image(client: Client) -> str:
    ensure_base(client, SUITE, SITE, silent)
    blueprint = Blueprint(
        name="test-systemd-host",
        suite=SUITE,
        dockerfile=(HERE / "systemd_host.Dockerfile").read_bytes(),
        parents={"BASE": base_blueprint(SUITE).reference},
    )
    return build_once(client, blueprint, SITE.build)
