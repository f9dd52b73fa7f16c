"""Pack files the way the engine takes them: as one tar archive, in memory."""

import io
import tarfile
from collections.abc import Mapping


def pack(files: Mapping[str, bytes], mode: int = 0o644) -> bytes:
    """Pack small files, owned by root; times are zero, so that equal files make equal layers."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), mode
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()
