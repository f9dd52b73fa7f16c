"""The journal's file: where it lies in a run's folder and how it is laid out. `docs/decisions/journal.md` says why."""

LAYOUT = 1
"""Goes up whenever a journal of ours could no longer be read by the version before."""

APPLICATION = 0x7468616D
"""SQLite's application_id: `file journal.sqlite` tells whose it is."""

JOURNAL = "journal.sqlite"
LOCK = "lock"

# `kind` and `step` are derived from the body, so that they cannot disagree with it.
TABLES = f"""
begin immediate;
create table entries (
    seq  integer primary key autoincrement,
    at   text not null,
    body text not null check (json_valid(body)),
    kind text generated always as (json_extract(body, '$.kind')) virtual,
    step text generated always as (json_extract(body, '$.step')) virtual
);
create trigger entries_are_never_changed before update on entries begin select raise(abort, 'a journal only grows'); end;
create trigger entries_are_never_deleted before delete on entries begin select raise(abort, 'a journal only grows'); end;
pragma application_id = {APPLICATION};
pragma user_version = {LAYOUT};
commit;
"""
