"""What is done to a file when it is damaged: flipped, cut off, swapped, forged; and what is done to a page of InnoDB's."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.support.innodb_pages import SIZE, IndexPage, index_pages, write_page

Act = Callable[[Path], object]


def flip_bit(path: Path, at: float = 0.5) -> None:
    """Flip the lowest bit of one byte; `at` is its place, from 0 to 1."""
    with path.open("r+b") as file:
        file.seek(int((path.stat().st_size - 1) * at))
        (byte,) = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte ^ 1]))


def cut_off(path: Path, left: float = 2 / 3) -> None:
    with path.open("r+b") as file:
        file.truncate(int(path.stat().st_size * left))


def add_to(path: Path) -> None:
    with path.open("ab") as file:
        file.write(bytes(SIZE))


def zero(path: Path, at: float = 0.5) -> None:
    """Make a page's worth of it zeros; `at` is where it begins, from 0 to 1."""
    with path.open("r+b") as file:
        file.seek(int(path.stat().st_size * at) // SIZE * SIZE)
        file.write(bytes(SIZE))


def swap_with(other: str, path: Path) -> None:
    """Swap it with a file beside it."""
    aside = path.with_name("aside")
    path.rename(aside)
    path.with_name(other).rename(path)
    aside.rename(path.with_name(other))


def take_from_other(path: Path) -> None:
    """Put the same file of another snapshot in its place."""
    (other,) = (folder for folder in path.parents[1].iterdir() if folder.is_dir() and folder != path.parent)
    shutil.copyfile(other / path.name, path)


def rename(path: Path) -> None:
    path.rename(path.with_name(path.name.upper()))


def link_away(path: Path) -> None:
    """Have its content under another name, and a link in its place."""
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def lock_up(path: Path) -> None:
    """Take all rights from its owner, the server."""
    path.chmod(0)


def replace_text(old: str, new: str, path: Path) -> None:
    content = path.read_bytes()
    assert old.encode() in content, f"{path} does not hold {old}"
    path.write_bytes(content.replace(old.encode(), new.encode(), 1))


def edit_hash(path: Path) -> None:
    """Change the last hash that a document records."""
    head, mark, tail = path.read_text().rpartition('"sha256": "')
    path.write_text(head + mark + ("1" if tail[0] == "0" else "0") + tail[1:])


def lose_sectors(path: Path) -> None:
    """Have it on a disk that is gone from where it begins: reading it fails. What is mounted for that, `give_back` unmounts."""
    disk = Path(tempfile.mkdtemp(prefix="bad-disk-", dir=next(one for one in path.parents if one.name == "snapshots").parent))
    image, there = disk / "image", disk / "there"
    there.mkdir()
    with image.open("wb") as file:
        file.truncate(path.stat().st_size + 2 * 1024**2)
    subprocess.run(["mkfs.ext4", "-q", "-O", "^has_journal", "-m", "0", "-N", "16", str(image)], check=True)
    mount = ["mount", "-o", "loop", str(image), str(there)]
    subprocess.run(mount, check=True)
    shutil.copy2(path, there / "file")
    subprocess.run(["umount", str(there)], check=True)
    # Mounted anew, so that nothing of it is in the kernel's cache.
    subprocess.run(mount, check=True)
    begins = image.read_bytes().index(path.read_bytes()[:4096])
    with image.open("r+b") as file:
        file.truncate(begins)
    subprocess.run(["mount", "--bind", str(there / "file"), str(path)], check=True)


def give_back(folder: Path) -> None:
    """Unmount what is mounted below a folder, the last first."""
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for place in reversed([one for one in mounted if Path(one).is_relative_to(folder)]):
        subprocess.run(["umount", place], check=True)


# -- a page of InnoDB's ------------------------------------------------------------------------------------------------

Find = Callable[[Path], IndexPage]
_NAME = re.compile(rb"name-\d{6}")


def rows(path: Path) -> IndexPage:
    """A page that holds rows."""
    return _leaf(path, min(page.index for page in index_pages(path)))


def entries(path: Path) -> IndexPage:
    """A page that holds entries of an index beside the primary key."""
    return _leaf(path, max(page.index for page in index_pages(path)))


def _leaf(path: Path, index: int) -> IndexPage:
    leaves = [page for page in index_pages(path) if (page.index, page.level) == (index, 0)]
    return leaves[len(leaves) // 2]


def zero_page(find: Find, path: Path) -> None:
    """Make a page as empty as one that was never written, which InnoDB takes for sound."""
    write_page(path, find(path).number, bytes(SIZE), mend=False)


def flip_in_page(find: Find, path: Path) -> None:
    page, middle = find(path), SIZE // 2
    flipped = bytes([page.content[middle] ^ 1])
    write_page(path, page.number, page.content[:middle] + flipped + page.content[middle + 1 :], mend=False)


def rename_in_page(find: Find, to: Callable[[bytes], bytes], path: Path) -> None:
    """Change the first name that a page holds, and mend its checksum."""
    page = find(path)
    write_page(path, page.number, _NAME.sub(lambda found: to(found[0]), page.content, count=1), mend=True)


def swap_names(path: Path) -> None:
    """Swap the names of two rows of a page, and mend its checksum."""
    page = rows(path)
    one, other = _NAME.findall(page.content)[:2]
    swapped = {one: other, other: one}
    write_page(path, page.number, _NAME.sub(lambda found: swapped.get(found[0], found[0]), page.content), mend=True)


def next_name(name: bytes) -> bytes:
    """A name that no row has, and that keeps the order of names: theirs go by tens."""
    return name[:-1] + b"1"


def last_name(name: bytes) -> bytes:
    return b"zzzz" + name[4:]


def flip_dictionary(path: Path) -> None:
    """Flip a bit of the page that InnoDB's own dictionary begins with (storage/innobase/include/fsp0types.h)."""
    page = 7
    flip_bit(path, at=(page * SIZE + 100) / path.stat().st_size)
