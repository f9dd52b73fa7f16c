"""What may be kept of what somebody said: no password of cloud.yaml or of the client's environment, and no token."""

import re

from runner.containers.last_words import redact

_TOKEN = re.compile(rb"\bgAAAA[\w-]{60,}={0,2}")
"""A fernet token, as `openstack token issue` prints it: version 0x80 and the first bytes of a time."""


def blot_out(said: str, secrets: tuple[str, ...]) -> str:
    """Blot out secrets (`Cloud.secrets`, the longest first) and tokens."""
    return _TOKEN.sub(b"***", redact(said.encode(errors="replace"), secrets)).decode()
