"""Files as the engine takes them."""

import io
import tarfile

from runner.containers.tarball import pack


def test_files_and_folders_are_their_owners_and_folders_his_alone() -> None:
    packed = pack({"keys/": b"", "keys/0": b"a key"}, mode=0o400, owner=42424)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        folder, key = archive.getmembers()
        content = archive.extractfile(key)
        assert content is not None
        assert content.read() == b"a key"
    assert (folder.name, folder.isdir(), folder.mode, folder.uid, folder.gid) == ("keys", True, 0o700, 42424, 42424)
    assert (key.isfile(), key.mode, key.uid, key.gid) == (True, 0o400, 42424, 42424)


def test_equal_files_make_equal_archives() -> None:
    assert pack({"a": b"1"}) == pack({"a": b"1"})
