"""Option files, by which the server's own tools log in: https://mariadb.com/kb/en/configuring-mariadb-with-option-files/."""

from collections.abc import Sequence


def option_file(groups: Sequence[str], user: str, password: str, *more: str) -> bytes:
    """Write the same options for every group: who logs in, and more lines as they are."""
    lines = [f"user={_quoted(user)}", f"password={_quoted(password)}", *more]
    return "".join(f"[{group}]\n" + "".join(f"{line}\n" for line in lines) for group in groups).encode()


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
