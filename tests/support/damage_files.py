"""Damage done to the files of a snapshot, which `snapshot prove` must catch and name: a registry, one entry per kind.

Before the first proof there are no hashes of the prepared directory. What happens to it until then has to be told by the server
that is started on a copy, by its CHECK TABLE, or by the comparison.
"""

import shutil
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from runner.errors import CloneFailed, SnapshotBroken, SnapshotMissing, SnapshotNotProved, ThingAMeError
from tests.support import damage_acts as acts
from tests.support.damage_acts import Act, cut_off, flip_bit, replace_text

SCHEMA = "keystone"


class Moment(StrEnum):
    """When the damage is done."""

    STORED = "stored, not proven yet"
    PREPARED = "prepared, not hashed yet"
    PROVEN = "proven"


@dataclass(frozen=True)
class FileDamage:
    """What is done to a file of a snapshot's folder, and the failure that names it, by these words among others.

    Where `error` is None it is not caught, and `words` say why. What is done `together` with others is told by one proof.
    """

    name: str
    moment: Moment
    file: str
    act: Act
    error: type[ThingAMeError] | None
    words: str
    together: str = ""


def _stored(name: str, file: str, act: Act, words: str, error: type[ThingAMeError] = SnapshotBroken) -> FileDamage:
    return FileDamage(name, Moment.STORED, file, act, error, words)


def _table(name: str, file: str, act: Act, words: str) -> FileDamage:
    return FileDamage(name, Moment.PREPARED, f"data/{SCHEMA}/{file}", act, SnapshotNotProved, words, "tables")


def _part(name: str, file: str, act: Act, words: str) -> FileDamage:
    return FileDamage(name, Moment.PREPARED, f"data/{SCHEMA}/{file}", act, SnapshotNotProved, words, "parts")


def _server(name: str, file: str, act: Act, words: str, error: type[ThingAMeError] = CloneFailed) -> FileDamage:
    return FileDamage(name, Moment.PREPARED, f"data/{file}", act, error, words)


def _unseen(name: str, file: str, act: Act, why: str, together: str) -> FileDamage:
    return FileDamage(name, Moment.PREPARED, f"data/{file}", act, None, why, together)


def _proven(name: str, file: str, act: Act, words: str, error: type[ThingAMeError] = SnapshotBroken) -> FileDamage:
    return FileDamage(name, Moment.PROVEN, file, act, error, words)


_STREAM, _PRINT, _TAKEN, _MANIFEST = "stream.zst", "production.json", "taken.json", "snapshot.json"
_DATA, _HOSTS = f"data/{SCHEMA}", f"data/{SCHEMA}/hosts.ibd"

FILE_DAMAGES = (
    _stored("one bit flipped in the stream", _STREAM, flip_bit, "stream.zst was changed"),
    _stored("last bit of the stream flipped", _STREAM, partial(flip_bit, at=1), "stream.zst was changed"),
    _stored("a page of the stream zeroed", _STREAM, acts.zero, "stream.zst was changed"),
    _stored("stream cut short", _STREAM, cut_off, "stream.zst has"),
    _stored("stream emptied", _STREAM, partial(cut_off, left=0), "stream.zst has 0 bytes"),
    _stored("stream longer than it was", _STREAM, acts.add_to, "stream.zst has"),
    _stored("a sector of the stream that cannot be read", _STREAM, acts.lose_sectors, "stream.zst cannot be read"),
    _stored("stream missing", _STREAM, Path.unlink, "stream.zst is missing"),
    _stored("stream of another snapshot", _STREAM, acts.take_from_other, "stream.zst"),
    _stored("one bit flipped in production's fingerprint", _PRINT, flip_bit, "production.json was changed"),
    _stored("production's fingerprint cut short", _PRINT, cut_off, "production.json has"),
    _stored("production's fingerprint missing", _PRINT, Path.unlink, "production.json is missing"),
    _stored("taken.json edited", _TAKEN, partial(replace_text, '"gtid": "0-7-', '"gtid": "0-8-'), "taken.json was changed"),
    _stored("a hash in taken.json edited", _TAKEN, acts.edit_hash, "taken.json was changed"),
    _stored("taken.json cut short", _TAKEN, cut_off, "taken.json: 1 validation error"),
    _stored("taken.json of another snapshot", _TAKEN, acts.take_from_other, "taken.json is that of"),
    _stored("taken.json missing", _TAKEN, Path.unlink, "was never taken to its end", SnapshotMissing),
    # -- no hash tells of these: the server that is started on a copy does, its CHECK TABLE, or the comparison
    _table("one bit flipped in a page of rows", "agents.ibd", partial(acts.flip_in_page, acts.rows), "agents"),
    _table("a page of rows zeroed", "aliases.ibd", partial(acts.zero_page, acts.rows), "aliases"),
    _table(
        "a row's value changed, checksum of its page mended",
        "flavors.ibd",
        partial(acts.rename_in_page, acts.rows, acts.next_name),
        "values keystone.flavors",
    ),
    _table("values of two rows swapped, checksum of their page mended", "hosts.ibd", acts.swap_names, "values keystone.hosts"),
    _table("one bit flipped in a page of an index", "images.ibd", partial(acts.flip_in_page, acts.entries), "images: InnoDB"),
    _table("a page of an index zeroed", "keypairs.ibd", partial(acts.zero_page, acts.entries), "keypairs: InnoDB"),
    _table(
        "an index's entry out of order, checksum of its page mended",
        "networks.ibd",
        partial(acts.rename_in_page, acts.entries, acts.last_name),
        "networks: InnoDB",
    ),
    _unseen(
        "an index's entry changed within its order, checksum of its page mended",
        f"{SCHEMA}/ports.ibd",
        partial(acts.rename_in_page, acts.entries, acts.next_name),
        "an index is checked for its pages, its order and its number of entries, not entry by entry",
        together="tables",
    ),
    _table("a table's file cut short", "quotas.ibd", partial(cut_off, left=0.25), "table keystone.quotas"),
    _table("a table's file emptied", "routers.ibd", partial(cut_off, left=0), "table keystone.routers"),
    _table("a table's file missing", "servers.ibd", Path.unlink, "table keystone.servers"),
    _table("a table's file that the server may not read", "stacks.ibd", acts.lock_up, "table keystone.stacks"),
    _table("a table's .frm missing", "subnets.frm", Path.unlink, "table-missing keystone.subnets"),
    _table("a table's .frm edited", "users.frm", partial(replace_text, "note", "nota"), "keystone.users"),
    _table("files of two tables swapped", "volumes.ibd", partial(acts.swap_with, "zones.ibd"), "table keystone.volumes"),
    _part("a view edited", "seen.frm", partial(replace_text, "`tags`.`id`", "`tags`.`pinned`"), "keystone.seen"),
    _part("a table's triggers missing", "tags.TRG", Path.unlink, "trigger-missing keystone.tags.watching"),
    _part("a trigger's name missing", "hearing.TRN", Path.unlink, "keystone.hearing"),
    _part("a schema's character set missing", "db.opt", Path.unlink, "schema-defaults keystone"),
    _unseen(
        "an empty schema too many",
        "stray",
        Path.mkdir,
        "an account need not see all schemas of production, so that one more in the copy says nothing",
        together="parts",
    ),
    _server("a schema's folder missing", SCHEMA, shutil.rmtree, "schema keystone", SnapshotNotProved),
    _server("a schema's folder that the server may not read", SCHEMA, acts.lock_up, "table-missing", SnapshotNotProved),
    _server("one bit flipped in InnoDB's dictionary", "ibdata1", acts.flip_dictionary, "ibdata1"),
    _server("system tablespace cut short", "ibdata1", partial(cut_off, left=0.01), "ibdata1"),
    _server("system tablespace missing", "ibdata1", Path.unlink, "ibdata1"),
    _server("one bit flipped in the redo log's header", "ib_logfile0", partial(flip_bit, at=0.02), "log header"),
    _server("redo log missing", "ib_logfile0", Path.unlink, "ib_logfile0"),
    _server("accounts missing", "mysql/global_priv.MAD", Path.unlink, "global_priv.MAD"),
    _server("accounts damaged", "mysql/global_priv.MAD", partial(flip_bit, at=0.03), "does not take"),
    _server("routines missing", "mysql/proc.MAD", Path.unlink, "proc.MAD", SnapshotNotProved),
    # -- from here on every file has its hash
    _proven("one bit flipped in a table's file", _HOSTS, flip_bit, "keystone/hosts.ibd was changed"),
    _proven("last bit of a table's file flipped", _HOSTS, partial(flip_bit, at=1), "keystone/hosts.ibd was changed"),
    _proven("values of two rows swapped, checksum mended", _HOSTS, acts.swap_names, "keystone/hosts.ibd was changed"),
    _proven(
        "an index's entry changed, checksum mended",
        _HOSTS,
        partial(acts.rename_in_page, acts.entries, acts.next_name),
        "keystone/hosts.ibd was changed",
    ),
    _proven("a page of rows zeroed", _HOSTS, partial(acts.zero_page, acts.rows), "keystone/hosts.ibd was changed"),
    _proven("a sector of a table's file that cannot be read", _HOSTS, acts.lose_sectors, "keystone/hosts.ibd cannot be read"),
    _proven("a table's file cut short", _HOSTS, cut_off, "keystone/hosts.ibd has"),
    _proven("a table's file emptied", _HOSTS, partial(cut_off, left=0), "keystone/hosts.ibd has 0 bytes"),
    _proven("a table's file longer than it was", _HOSTS, acts.add_to, "keystone/hosts.ibd has"),
    _proven("a table's file missing", _HOSTS, Path.unlink, "keystone/hosts.ibd is missing"),
    _proven("files of two tables swapped", _HOSTS, partial(acts.swap_with, "ports.ibd"), "keystone/ports.ibd was changed"),
    _proven("a table's file by another name", _HOSTS, acts.rename, "keystone/HOSTS.IBD was not there before"),
    _proven("a link in place of a table's file", _HOSTS, acts.link_away, "keystone/hosts.ibd"),
    _proven("a table's file that the server may not read", _HOSTS, acts.lock_up, "keystone.hosts", SnapshotNotProved),
    _proven("a table's .frm missing", f"{_DATA}/hosts.frm", Path.unlink, "keystone/hosts.frm is missing"),
    _proven(".frm of two tables swapped", f"{_DATA}/hosts.frm", partial(acts.swap_with, "tags.frm"), "keystone/tags.frm"),
    _proven("a table's triggers missing", f"{_DATA}/tags.TRG", Path.unlink, "keystone/tags.TRG is missing"),
    _proven("a schema's character set missing", f"{_DATA}/db.opt", Path.unlink, "keystone/db.opt is missing"),
    _proven("a schema's folder missing", _DATA, shutil.rmtree, "keystone/agents.frm is missing"),
    _proven("a file too many", f"{_DATA}/hosts.bak", Path.touch, "keystone/hosts.bak was not there before"),
    _proven("an empty schema too many", "data/stray", Path.mkdir, "stray was not there before"),
    _proven("one bit flipped in the system tablespace", "data/ibdata1", flip_bit, "ibdata1 was changed"),
    _proven("redo log missing", "data/ib_logfile0", Path.unlink, "ib_logfile0 is missing"),
    _proven("one bit flipped in the accounts", "data/mysql/global_priv.MAD", flip_bit, "mysql/global_priv.MAD was changed"),
    _proven("data directory missing", "data", shutil.rmtree, "data missing"),
    _proven("one bit flipped in the stream", _STREAM, flip_bit, "stream.zst was changed"),
    _proven("stream missing", _STREAM, Path.unlink, "stream.zst missing"),
    _proven("one bit flipped in production's fingerprint", _PRINT, flip_bit, "production.json was changed"),
    _proven("taken.json edited", _TAKEN, partial(replace_text, '"gtid": "0-7-', '"gtid": "0-8-'), "taken.json was changed"),
    _proven(
        "snapshot.json edited", _MANIFEST, partial(replace_text, '"tables": 18', '"tables": 19'), "snapshot.json was changed"
    ),
    _proven("a hash in snapshot.json edited", _MANIFEST, acts.edit_hash, "snapshot.json was changed"),
    _proven("snapshot.json cut short", _MANIFEST, cut_off, "snapshot.json: 1 validation error"),
    _proven("snapshot.json of another snapshot", _MANIFEST, acts.take_from_other, "snapshot.json is not about this taken.json"),
)

TABLES = sorted({Path(damage.file).stem for damage in FILE_DAMAGES if damage.together == "tables"} | {"zones"})
"""All of one shape: what is done to a table of its own can be told by one proof with the others."""
DATA = (
    "ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    *(f"CREATE TABLE {name} (id INT PRIMARY KEY, name CHAR(20), note VARCHAR(200), KEY by_name (name))" for name in TABLES),
    *(
        f"INSERT INTO {name} SELECT seq, CONCAT('name-', LPAD(seq * 10, 6, '0')), REPEAT(SHA1(seq), 4) FROM seq_1_to_1500"
        for name in TABLES
    ),
    "CREATE TABLE tags (id CHAR(36) PRIMARY KEY, pinned TINYINT)",
    "CREATE TABLE notes (id CHAR(36) PRIMARY KEY)",
    "CREATE VIEW seen AS SELECT id FROM tags",
    "CREATE TRIGGER watching BEFORE INSERT ON tags FOR EACH ROW SET NEW.id = TRIM(NEW.id)",
    "CREATE TRIGGER hearing BEFORE INSERT ON notes FOR EACH ROW SET NEW.id = TRIM(NEW.id)",
    "CREATE PROCEDURE doing() SELECT 1",
)
"""What the damaged snapshot holds, beside what every server has."""
