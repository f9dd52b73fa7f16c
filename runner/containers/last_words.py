"""What a log says of a failure: its last lines that mean something."""

import re

_NOISE = re.compile(
    # Old eventlet on a newer Python prints this last, whatever happened (lab: pike to yoga on Python 3.9).
    r"_at_fork_reinit|^Exception ignored in|^\s*$|^\s+(File|\^)|^Traceback|^\(Background on this error"
)
_ERROR = re.compile(r"(Error|Exception|ERROR|CRITICAL|failed|refused)\b")
_PREFIX = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \d+ (ERROR|CRITICAL|WARNING|INFO) \S+ (\[[^\]]*\] )?")


def last_words(log: bytes, *, secrets: tuple[str, ...] = (), limit: int = 400) -> str:
    """Find the last line that names an error, or else the last one at all; secrets are blotted out."""
    lines = [_PREFIX.sub("", line) for line in redact(log, secrets).decode(errors="replace").splitlines()]
    telling = [line.strip() for line in lines if not _NOISE.search(line)]
    errors = [line for line in telling if _ERROR.search(line)]
    return (errors or telling or ["it said nothing"])[-1][:limit]


_OUR_URL = re.compile(rb"(?<=://)(tam_\w+):[^@\s]+@")
"""An account of ours in a URL; that of a sitting that died has a password nobody knows any more."""


def redact(log: bytes, secrets: tuple[str, ...]) -> bytes:
    """Blot passwords out of a log before it is kept."""
    log = _OUR_URL.sub(rb"\1:***@", log)
    for secret in secrets:
        log = log.replace(secret.encode(), b"***")
    return log
