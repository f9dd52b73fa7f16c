"""Pack files the way the engine takes them: as one tar archive, in memory."""

import io
import tarfile
from collections.abc import Mapping


def pack(files: Mapping[str, bytes], mode: int = 0o644, *, owner: int = 0) -> bytes:
    """Pack small files; times are zero, so that equal files make equal layers.

    A name that ends with `/` is a folder, which its owner alone may enter. `owner` is a user's number, and its group's.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.uid, member.gid = len(content), mode, owner, owner
            if name.endswith("/"):
                member.type, member.mode = tarfile.DIRTYPE, 0o700
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()
