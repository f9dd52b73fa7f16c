"""Make one layer of an image and forget how it came about."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import docker

from runner.containers.client import COMMIT_SECONDS, patience
from runner.containers.inside import created


def flatten(client: docker.DockerClient, image: str, labels: Mapping[str, str]) -> str:
    """Export an image and import it again; what it runs stays, history and lower layers do not. Returns the new id.

    The image itself is removed, also where that fails.

    An image whose RUN steps need an apt mirror, a proxy or a CA bundle would carry them in its lower layers for ever.
    """
    config = client.images.get(image).attrs["Config"]
    try:
        with created(client, image) as container, patience(client, COMMIT_SECONDS):
            reply = client.api.import_image_from_stream(client.api.export(container), changes=_changes(config, labels))
    finally:
        client.api.remove_image(image, force=True)
    return str(json.loads(str(reply).splitlines()[-1])["status"])


def _changes(config: Mapping[str, Any], labels: Mapping[str, str]) -> list[str]:
    """Say an image's configuration in Dockerfile instructions."""
    return list(_instructions(config)) + [f"LABEL {name}={json.dumps(value)}" for name, value in labels.items()]


def _instructions(config: Mapping[str, Any]) -> Iterator[str]:
    for variable in config["Env"] or ():
        name, _, value = variable.partition("=")
        yield f"ENV {name}={json.dumps(value)}"
    for word in ("Entrypoint", "Cmd"):
        if config[word]:
            yield f"{word.upper()} {json.dumps(config[word])}"
    for port in config.get("ExposedPorts") or ():
        yield f"EXPOSE {port}"
    for path in config.get("Volumes") or ():
        yield f"VOLUME {json.dumps([path])}"
    if config["User"]:
        yield f"USER {config['User']}"
