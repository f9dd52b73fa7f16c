from runner.planning.schema import Constraint, ForeignKey, Index


def test_a_definition_says_everything_but_the_name() -> None:
    assert Index("uniq_a", unique=True, columns=("a", "b(191)")).definition == "unique BTREE (a, b(191))"
    assert Index("ix_a", unique=False, columns=("a",), method="FULLTEXT").definition == "FULLTEXT (a)"
    key = ForeignKey("fk", ("a", "b"), "parent", ("x", "y"), "RESTRICT", "CASCADE")
    assert key.definition == "(a, b) -> parent (x, y) on update RESTRICT on delete CASCADE"
    assert Constraint("c", "`a` in (0,1)").definition == "`a` in (0,1)"
