"""Runs inside an image: what every project's script shares. Reads objects page by page and says what was read.

Stands alone: Python 3.9 or newer, the standard library, and the SQLAlchemy that the image has, 1.3 or newer. It lies beside
the script and `databases.json`, a list of databases: `id`, `role`, `url`, `entities`, the names of what is to be read there,
and `objects`, how many of them there are.

What was read is written to standard output, a line for each entity of each database and share of it, behind MARK:
`{"database", "shares", "entity", "buckets", "unreadable", "named", "rewritten"}`. `buckets` is a tally of all ids
(runner/planning/tally.py), `unreadable` counts those whose objects were not read whole, `named` has the first few of them
with the reason; `rewritten` counts those that the project would have changed while it read them. `{"database", "shares",
"entity", "broken"}` says that reading it came to an end; `{"database", "question", "holds", "words"}` answers something else.
"""

import json
import os
import sys
import traceback
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Query
from sqlalchemy.pool import NullPool

MARK = "thing-a-me-read: "
PAGE = 500
SHARES, SHARE = 8, 5000
"""Processes that read one database at most, and the objects that are worth one."""
NAMED, REASON = 10, 300
READ_ONLY = "(1792, "
"""How the server refuses to write in a session that may only read."""
BUCKETS, NAMED_BYTES = 32, 40
HERE = Path(__file__).parent
CONFIGURATION = [word for file in sorted(HERE.glob("*.conf")) for word in ("--config-file", str(file))]
"""The step's configuration files, as a project's own command line names them."""


@dataclass(frozen=True)
class Database:
    """One database that is to be read; or of a big one, one of several `shares` of its pages."""

    id: str
    role: str
    url: str
    entities: tuple[str, ...]
    share: int = 0
    shares: int = 1

    def ids(self, column: Any, *conditions: Any) -> Iterator[list[Any]]:
        """Yield the values of a column that is unique, in pages: no query holds more than one of them."""
        page = self._values(self._page(column, *conditions))
        while page:
            yield page
            page = self._values(self._page(column, *conditions, column > page[-1]))

    def all_ids(self, column: Any, *conditions: Any) -> Iterator[list[Any]]:
        """The same as one page, for what a project lists all at once."""
        yield self._values(Query([column]).filter(*conditions))

    def values(self, column: Any, key: Any, ids: list[Any]) -> list[Any]:
        """What another column holds in the rows of these ids, each value once."""
        return self._values(Query([column]).filter(key.in_(ids)).distinct())

    def _page(self, column: Any, *conditions: Any) -> Any:
        return Query([column]).filter(*conditions).order_by(column).limit(PAGE)

    def _values(self, query: Any) -> list[Any]:
        with create_engine(self.url, poolclass=NullPool).connect() as connection:
            return [row[0] for row in connection.execute(query.statement)]


@dataclass(frozen=True)
class Reading:
    """How one entity is read.

    `pages` yields ids; `many` reads those of a page the way a list call of the project's does, `one` a single one, for
    what `many` did not give. `key` is an object's id; `whole` touches all of it.
    """

    entity: str
    pages: Iterable[list[Any]]
    many: Callable[[list[Any]], Iterable[Any]]
    one: Callable[[Any], Any]
    key: Callable[[Any], Any]
    whole: Callable[[Any], object]


@dataclass(frozen=True)
class Answer:
    """What was found out besides: a question, whether all is well, and what was seen."""

    question: str
    holds: bool
    words: str


Read = Callable[[Database], Iterator["Reading | Answer"]]
"""Says how a database of one role is read."""


def main(roles: Mapping[str, Read]) -> None:
    """Read every database, side by side in processes of their own; how depends on its role."""
    told = os.dup(1)
    os.dup2(2, 1)  # what imported modules print is no answer
    event.listen(Engine, "connect", never_write)
    cores = os.cpu_count() or 1
    asked = json.loads((HERE / "databases.json").read_text(encoding="utf-8"))
    running: dict[int, str] = {}
    codes = []
    for one in asked:
        shares = min(cores, SHARES, 1 + one["objects"] // SHARE)
        for share in range(shares):
            if len(running) == cores:
                codes.append(await_one(running))
            child = os.fork()
            if child == 0:
                database = Database(one["id"], one["role"], one["url"], tuple(one["entities"]), share, shares)
                read_and_leave(database, roles[database.role], told)
            running[child] = one["id"]
    while running:
        codes.append(await_one(running))
    sys.exit(any(codes))


def never_write(connection: Any, record: object) -> None:
    """Make a session read-only: a proof leaves no trace in what it proves."""
    del record
    connection.cursor().execute("SET SESSION TRANSACTION READ ONLY")


def await_one(running: dict[int, str]) -> int:
    """Wait until one process ends; say so where it did not end well."""
    child, status = os.wait()
    name = running.pop(child)
    if status:
        print(f"{name}: reading it ended with {os.waitstatus_to_exitcode(status)}", file=sys.stderr)  # noqa: T201
    return status


def read_and_leave(database: Database, read: Read, told: int) -> None:
    """Read one database; whatever happens, this process ends here."""
    code = 1
    try:
        for number, one in enumerate(read(database)):
            if isinstance(one, Answer) and database.share == 0:
                said = {"question": one.question, "holds": one.holds, "words": one.words}
            elif isinstance(one, Reading) and one.entity in database.entities:
                # Not every entity's first page is the same share's.
                said = {"entity": one.entity, **read_entity(one, (number + database.share) % database.shares, database.shares)}
            else:
                continue
            # In one piece, and on a line of its own whatever else is being printed.
            os.write(told, f"\n{MARK}{json.dumps({'database': database.id, 'shares': database.shares, **said})}\n".encode())
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def read_entity(reading: Reading, share: int, shares: int) -> dict[str, Any]:
    """Read one share of an entity's pages."""
    buckets: dict[int, list[int]] = {}
    named: list[tuple[str, str]] = []
    unreadable = rewritten = 0
    try:
        for page in islice(reading.pages, share, None, shares):
            read = read_page(reading, page)
            for identity in page:
                count(str(identity), buckets)
                reason = None if str(identity) in read else read_one(reading, identity)
                if reason is not None and READ_ONLY in reason:
                    rewritten += 1
                elif reason is not None:
                    unreadable += 1
                    named += [(str(identity), reason)][: NAMED - len(named)]
    except Exception as error:
        traceback.print_exc()
        return {"broken": say(error)}
    tally = sorted([number, *rest] for number, rest in buckets.items())
    return {"buckets": tally, "unreadable": unreadable, "named": named, "rewritten": rewritten}


def read_page(reading: Reading, page: list[Any]) -> set[str]:
    """Read a page and name what was read; where one object of it cannot be, it shows one by one which."""
    read = set()
    try:
        for thing in reading.many(page):
            reading.whole(thing)
            read.add(str(reading.key(thing)))
    except Exception:
        return set()
    return read


def read_one(reading: Reading, identity: Any) -> "str | None":
    """Read a single object; says why that cannot be done, if it cannot."""
    try:
        thing = reading.one(identity)
        if thing is None:
            return "it is not found"
        reading.whole(thing)
    except Exception as error:
        return say(error)
    return None


def say(error: Exception) -> str:
    """Say an error in one line, without the statement that met it and the values in it."""
    words = str(error).partition("[SQL:")[0].partition("[parameters:")[0]
    return " ".join(f"{type(error).__name__}: {words}".split())[:REASON]


def count(identity: str, buckets: dict[int, list[int]]) -> None:
    """Count an id, as `tally` in runner/planning/tally.py does."""
    raw = identity.encode()
    first = zlib.crc32(raw)
    bucket = buckets.setdefault(first % BUCKETS, [0, 0, 0, 0])
    bucket[0] += 1
    bucket[1] += zlib.crc32(str(first).encode())
    bucket[2] ^= len(raw)
    bucket[3] ^= int.from_bytes(raw[:NAMED_BYTES].ljust(NAMED_BYTES, b"\0"), "big")
