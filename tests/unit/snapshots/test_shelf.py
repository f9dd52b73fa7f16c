"""What a folder is, told by its files alone."""

import re
from pathlib import Path

import pytest

from runner.errors import SnapshotBroken, SnapshotBusy, SnapshotFolderUnfit, SnapshotMissing
from runner.planning.snapshot import Origin, Taken
from runner.planning.vouched import vouch
from runner.snapshots.hold import change_shelf, change_snapshot, is_held, use_snapshot
from runner.snapshots.listing import list_snapshots
from runner.snapshots.shelf import Place, State, find_place, list_places, new_place, write_last

ORIGIN = Origin(identity="h/1/", version="10.11.6-MariaDB", image="sha256:1", owner="100:101", options=())


def taken(name: str) -> Taken:
    return Taken.model_validate_json(
        '{"method": "physical", "databases": {}, "schemas": [], "position": "", "gtid": "", "seconds": 1.0, "raw_bytes": 0,'
        ' "began_at": "2026-11-20T12:00:00Z", "taken_at": "2026-11-20T12:00:01Z", "stored": [], "encrypted": false,'
        f' "snapshot": "{name}", "origin": {ORIGIN.model_dump_json()}}}'
    )


def test_a_new_place_is_private_and_unfinished(tmp_path: Path) -> None:
    place = new_place(tmp_path / "shelf")
    assert re.fullmatch(r"\d{8}-\d{6}-[a-z]{4}", place.id)
    assert place.folder.stat().st_mode & 0o077 == 0
    assert place.state is State.UNFINISHED
    with pytest.raises(SnapshotMissing, match="never taken to its end"):
        place.read_taken()


def test_a_snapshot_that_no_window_took_vouches_as_one_of_before_there_were_any() -> None:
    silent = taken("20261120-120000-abcd")
    assert "silenced" not in silent.model_dump(mode="json")
    windows = silent.model_copy(update={"silenced": (("nova", "%"),)})
    assert vouch(windows).digest != vouch(silent).digest
    assert Taken.model_validate_json(windows.model_dump_json()) == windows


def test_what_is_there_is_told_by_the_last_file_that_was_written(tmp_path: Path) -> None:
    place = new_place(tmp_path)
    write_last(place.taken, taken(place.id))
    assert place.state is State.TAKEN
    assert place.read_taken() == vouch(taken(place.id))
    with pytest.raises(SnapshotMissing, match="taken, not proven"):
        place.read_manifest()
    place.manifest.write_text("{")
    assert Place(place.folder).state is State.PROVEN
    with pytest.raises(SnapshotBroken, match=r"cannot read .*snapshot\.json"):
        place.read_manifest()
    assert [one.state for one in list_snapshots(tmp_path)] == ["broken"]


@pytest.mark.parametrize("change", [('"raw_bytes": 0', '"raw_bytes": 1'), ('"digest": "sha256:', '"digest": "sha256:0')])
def test_a_file_that_was_changed_does_not_vouch_for_itself(tmp_path: Path, change: tuple[str, str]) -> None:
    place = new_place(tmp_path)
    write_last(place.taken, taken(place.id))
    text = place.taken.read_text()
    assert change[0] in text
    place.taken.write_text(text.replace(*change))
    with pytest.raises(SnapshotBroken, match=r"taken\.json was changed after it was written"):
        place.read_taken()


def test_a_file_of_another_snapshot_is_told(tmp_path: Path) -> None:
    place, other = new_place(tmp_path), new_place(tmp_path)
    write_last(other.taken, taken(other.id))
    place.taken.write_bytes(other.taken.read_bytes())
    with pytest.raises(SnapshotBroken, match=f"taken.json is that of {other.id}"):
        place.read_taken()


def test_a_half_written_file_has_not_its_name(tmp_path: Path) -> None:
    place = new_place(tmp_path)
    (place.folder / ".taken.json").write_text('{"for')
    assert place.state is State.UNFINISHED


def test_only_folders_with_a_snapshots_name_are_listed(tmp_path: Path) -> None:
    places = [Place(tmp_path / name) for name in ("20261120-120000-aaaa", "20261119-120000-bbbb")]
    for place in places:
        place.folder.mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "20261121-120000-cccc").write_text("")
    assert [place.id for place in list_places(tmp_path)] == ["20261119-120000-bbbb", "20261120-120000-aaaa"]
    assert list_places(tmp_path / "nowhere") == ()


def test_one_is_found_by_its_id_its_letters_or_as_the_newest_that_is_whole(tmp_path: Path) -> None:
    for name in ("20261119-120000-aaaa", "20261120-120000-bbbb"):
        (tmp_path / name).mkdir()
    with pytest.raises(SnapshotMissing, match="there is no snapshot in"):
        find_place(tmp_path, None)
    old, new = list_places(tmp_path)
    write_last(old.taken, taken(old.id))
    assert find_place(tmp_path, None) == old
    assert find_place(tmp_path, "bbbb") == find_place(tmp_path, new.id) == new
    with pytest.raises(SnapshotMissing, match=r"no snapshot is called cccc; there are .*aaaa, .*bbbb"):
        find_place(tmp_path, "cccc")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SnapshotFolderUnfit, match="cannot make a snapshot in"):
        new_place(tmp_path / "file" / "shelf")


def test_who_changes_a_snapshot_is_alone_with_it_and_who_uses_it_is_not(tmp_path: Path) -> None:
    place = new_place(tmp_path)
    with use_snapshot(place), use_snapshot(place):
        assert is_held(place)
        with pytest.raises(SnapshotBusy), change_snapshot(place):
            pass
    with change_snapshot(place), pytest.raises(SnapshotBusy, match="is held by process"), use_snapshot(place):
        pass
    assert not is_held(place)
    with change_shelf(tmp_path), pytest.raises(SnapshotBusy), change_shelf(tmp_path):
        pass
