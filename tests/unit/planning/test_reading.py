"""What a script said is taken out of a log full of other things."""

import json

from runner.planning.reading import MARK, Answered, EntityRead, take_apart
from runner.planning.tally import Tally, tally


def line(**said: object) -> str:
    return f"{MARK}{json.dumps({'shares': 1, **said})}\n"


def buckets_of(*ids: str) -> list[list[int]]:
    return [[one.number, one.count, one.checksum, one.lengths, int(one.names, 16)] for one in tally(ids).buckets]


def test_what_was_read_is_known_by_database_and_entity() -> None:
    said = {"database": "nova.cell1", "entity": "instances", "buckets": buckets_of("a", "b"), "rewritten": 1}
    log = "2026 WARNING nova\n" + line(**said, unreadable=1, named=[["b", "ValueError: no"]]) + "Traceback\n"

    read = take_apart(0, log, "Traceback", login=None)

    entity = EntityRead(tally=tally(["a", "b"]), unreadable=1, named=(("b", "ValueError: no"),), rewritten=1)
    assert read.entities == {("nova.cell1", "instances"): entity}
    assert (read.code, read.words, read.answers, read.login) == (0, "Traceback", (), None)


def test_what_came_to_an_end_says_why() -> None:
    read = take_apart(0, line(database="glance", entity="images", broken="KeyError: 'id'"), "", login=None)
    assert read.entities == {("glance", "images"): EntityRead(tally=Tally(), broken="KeyError: 'id'")}


def test_an_answer_to_something_else_is_kept_apart() -> None:
    log = line(database="keystone", question="a token for ada by password", holds=True, words="keystone gives it")
    read = take_apart(0, log, "", login="ada")
    assert read.answers == (Answered("keystone", "a token for ada by password", True, "keystone gives it"),)
    assert read.entities == {}


def test_a_line_that_was_cut_short_says_nothing() -> None:
    cut = line(database="glance", entity="images", broken="x")[:-20]
    assert take_apart(137, cut, "killed", login=None).entities == {}


SHARE = {"database": "cinder", "entity": "volumes", "shares": 2, "unreadable": 1, "rewritten": 0}


def test_the_shares_of_a_big_database_are_put_together() -> None:
    log = line(**SHARE, buckets=buckets_of("a", "c"), named=[["c", "no"]]) + line(
        **SHARE, buckets=buckets_of("b"), named=[["b", "no"]]
    )
    expected = EntityRead(tally=tally(["a", "b", "c"]), unreadable=2, named=(("c", "no"), ("b", "no")))
    assert take_apart(0, log, "", login=None).entities == {("cinder", "volumes"): expected}


def test_where_one_share_is_silent_nothing_is_known() -> None:
    log = line(**SHARE, buckets=buckets_of("a", "c"), named=[])
    entity = take_apart(1, log, "Killed", login=None).entities["cinder", "volumes"]
    assert entity == EntityRead(broken="no answer: Killed")
