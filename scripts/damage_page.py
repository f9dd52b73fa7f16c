"""docs/damage.md: what the damage suite does, and what became of it in the run that was recorded (`make damage`)."""

from collections.abc import Iterable

from tests.support.damage_files import FILE_DAMAGES, Moment
from tests.support.damage_record import BY_SQL, Caught, Record, read_record
from tests.support.damage_sql import SQL_DAMAGES

_HEAD = """\
# Damage

A proof that never refused anything proves nothing. So snapshots are damaged on purpose, and `snapshot prove`, or the comparison
that is its last rung, has to refuse each of them and name what is wrong. **{caught} of {total} kinds of damage were caught and
named**; the others say why not.

What is undamaged passes: {undamaged}.

Recorded by `make damage` from the tests that do it (`tests/integration/test_damage_*.py`, `tests/chain/test_undamaged.py`) with
real servers of MariaDB 10.11 on Debian 12, and made into this page by `make schemas`. *Caught at* is the
[rung](snapshots.md#the-ladder) that was not reached.
"""
_MOMENTS = {
    Moment.STORED: "Before the first proof: the stream that was stored (`packed: true`), and what was written down with it.",
    Moment.PREPARED: """\
During the first proof, in the prepared directory, before there is a hash of any file in it. The server that is started on a
copy has to tell, its CHECK TABLE, or the comparison. Where a page's checksum was mended, InnoDB itself sees nothing.""",
    Moment.PROVEN: "Later: every file of the directory that copies are made from has its hash.",
    BY_SQL: "By statements, to a restored copy: what a dumper, a file system or a person may have lost on the way.",
}
_COLUMNS = "| damage | done to | caught at | named |\n|---|---|---|---|\n"


def damage_page() -> str:
    """Render the registry with the record of what became of it."""
    record = read_record()
    found = {(one.moment, one.damage): one for one in record.damages}
    caught = sum(bool(one.error) for one in record.damages)
    page = _HEAD.format(total=len(FILE_DAMAGES) + len(SQL_DAMAGES), caught=caught, undamaged=_undamaged(record))
    for moment, words in _MOMENTS.items():
        page += f"\n## {moment[0].upper()}{moment[1:]}\n\n{words}\n\n{_COLUMNS}"
        page += "".join(_row(name, where, found.get((moment, name)), why) for name, where, why in _damages(moment))
    return page


def _damages(moment: str) -> Iterable[tuple[str, str, str]]:
    """Each damage of a moment: its name, what it is done to, and why it is not caught where it is not."""
    if moment == BY_SQL:
        return [(one.name, one.where or "schema", "") for one in SQL_DAMAGES]
    return [(one.name, one.file, "" if one.error else one.words) for one in FILE_DAMAGES if one.moment == moment]


def _row(name: str, where: str, found: Caught | None, why: str) -> str:
    if why:
        caught, named = "**not caught**", why
    elif found is None:
        caught, named = "not run yet", ""
    else:
        caught, named = f"{found.rung}: {found.error}", f"`{found.words.replace('`', '')}`"
    where = where.replace("`", "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in (name, f"`{where}`", caught, named)) + " |\n"


def _undamaged(record: Record) -> str:
    return "; ".join(f"{one.what}, {one.equal} times of {one.rounds}" for one in sorted(record.undamaged, key=str))
