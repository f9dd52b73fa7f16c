from runner.planning.fingerprint import (
    DatabasePrint,
    Part,
    ProgramPrint,
    ServerPrint,
    TablePrint,
    Unread,
    parts,
    without_counter,
)

CREATE = """CREATE TABLE `t` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `od``d` varchar(9) DEFAULT 'a) ENGINE=InnoDB AUTO_INCREMENT=7',
  `KEY` int(11) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `u` (`od``d`),
  KEY `k` (`KEY`) IGNORED,
  FULLTEXT KEY `f` (`od``d`),
  CONSTRAINT `up` FOREIGN KEY (`KEY`) REFERENCES `other` (`id`),
  CONSTRAINT `CONSTRAINT_1` CHECK (`id` > 0)
) ENGINE=InnoDB AUTO_INCREMENT=42 DEFAULT CHARSET=utf8mb3 COMMENT='x'
 PARTITION BY HASH (`id`)
PARTITIONS 4"""


def test_every_line_of_a_definition_is_a_part_with_a_name() -> None:
    found = parts(without_counter(CREATE))
    assert [(part.kind, part.name) for part in found] == [
        ("column", "id"),
        ("column", "od`d"),
        ("column", "KEY"),
        ("index", "PRIMARY"),
        ("index", "u"),
        ("index", "k"),
        ("index", "f"),
        ("foreign-key", "up"),
        ("check", "CONSTRAINT_1"),
        ("options", ""),
    ]
    assert found[4] == Part("index", "u", "UNIQUE KEY `u` (`od``d`)")
    assert found[-1].text == ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COMMENT='x' PARTITION BY HASH (`id`) PARTITIONS 4"


def test_the_counter_is_taken_out_and_nothing_that_looks_like_it() -> None:
    assert "AUTO_INCREMENT=42" not in without_counter(CREATE)
    assert "DEFAULT 'a) ENGINE=InnoDB AUTO_INCREMENT=7'" in without_counter(CREATE)
    assert "NOT NULL AUTO_INCREMENT," in without_counter(CREATE)
    assert without_counter(") ENGINE=Aria DEFAULT CHARSET=utf8mb3") == ") ENGINE=Aria DEFAULT CHARSET=utf8mb3"


def database(*tables: TablePrint, programs: tuple[ProgramPrint, ...] = ()) -> DatabasePrint:
    return DatabasePrint(schema_name="nova", defaults="utf8mb3", tables=tables, programs=programs)


def test_it_is_written_and_read_again() -> None:
    table = TablePrint(name="t", definition=CREATE, rows=1, checksum=str(2**70))
    found = ServerPrint(
        version="10.11", increment=1, databases=(database(table),), accounts=(), unread=(Unread(kind="accounts", reason="no"),)
    )
    assert ServerPrint.model_validate_json(found.model_dump_json()) == found
    assert found.tables["nova", "t"] is table


def test_what_was_not_read_says_where() -> None:
    assert str(Unread(kind="table", schema_name="nova", name="t", reason="broken (1)")) == "table nova.t: broken (1)"
    assert str(Unread(kind="accounts", reason="denied")) == "accounts: denied"
