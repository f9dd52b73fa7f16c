"""Damage done by SQL to a restored copy, which the comparison must catch and name: a registry, one entry per kind.

`how` is done to a copy of the cloud that `CLOUD` makes.
"""

from dataclasses import dataclass

SCHEMA = "cloud"
SERVICE = "nova_service"
PASSWORDS = {"before": "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7", "after": "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"}


@dataclass(frozen=True)
class Damage:
    """What is done, and the difference by which it is caught: its kind, and where it says it is (`table.name`)."""

    name: str
    how: str
    caught_by: str
    where: str


ACCOUNTS = (
    f"CREATE OR REPLACE USER {SERVICE}@'%' IDENTIFIED VIA mysql_native_password USING '{PASSWORDS['before']}'",
    "CREATE OR REPLACE ROLE reader",
    f"GRANT SELECT ON {SCHEMA}.* TO reader",
    f"GRANT SELECT, INSERT, UPDATE ON {SCHEMA}.* TO {SERVICE}@'%'",
    f"GRANT reader TO {SERVICE}@'%'",
    "CREATE OR REPLACE USER stranger@'%'",
    # Who makes a role is given it, and root is each server's own.
    "REVOKE reader FROM root@'%'",
)

CLOUD = r"""
CREATE TABLE projects (id VARCHAR(36) PRIMARY KEY, name VARCHAR(255) NOT NULL, about TEXT, UNIQUE KEY by_name (name));
INSERT INTO projects SELECT MD5(seq), CONCAT('projet n° ', seq, ' é'), IF(seq % 3, CONCAT('about ', seq, ' '), NULL)
    FROM seq_1_to_50;
CREATE TABLE instances (id INT PRIMARY KEY AUTO_INCREMENT, uuid CHAR(36) NOT NULL, project_id VARCHAR(36), host
    VARCHAR(255), zone VARCHAR(255) DEFAULT 'nova' COMMENT 'where it runs', note VARCHAR(255), extra TEXT, raw BLOB,
    launched_at TIMESTAMP NULL, terminated_at DATETIME(6), memory FLOAT, ratio DOUBLE, price DECIMAL(20, 10), locked
    TINYINT CHECK (locked IN (0, 1)), state ENUM('active', 'error', ''), KEY by_host (host), KEY by_project (project_id),
    CONSTRAINT of_project FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE);
INSERT INTO instances SELECT seq, MD5(seq * 7), MD5(1 + seq % 50), CONCAT('host', seq % 10), CONCAT('az', seq % 3),
    IF(seq % 2, NULL, CONCAT('note ', seq, ' ')), CONCAT('{"n": ', seq, '} '), CONCAT(UNHEX(MD5(seq)), ' '), '2020-01-01'
    + INTERVAL seq HOUR, '2020-01-01' + INTERVAL seq MICROSECOND, seq / 4, SQRT(seq), CAST(seq AS DECIMAL(20, 10)) / 7,
    seq % 2, ELT(1 + seq % 3, 'active', 'error', '') FROM seq_1_to_500;
CREATE TABLE usages (project_id VARCHAR(36), resource VARCHAR(50), used INT);
INSERT INTO usages SELECT MD5(1 + seq % 50), 'ram', seq % 5 FROM seq_1_to_300;
CREATE TABLE tags (a VARCHAR(50), b VARCHAR(50), PRIMARY KEY (a, b));
INSERT INTO tags SELECT CONCAT('key', seq), CONCAT('value', seq) FROM seq_1_to_40;
INSERT INTO tags VALUES ('ab', 'c');
CREATE TABLE tokens (id INT PRIMARY KEY AUTO_INCREMENT, value VARCHAR(50));
INSERT INTO tokens (value) VALUES ('a'), ('b'), ('c'), ('d'), ('e'), ('f'), ('g'), ('h'), ('i'), ('j');
DELETE FROM tokens WHERE id > 3;
CREATE TABLE legacy (id INT PRIMARY KEY, name VARCHAR(50)) DEFAULT CHARSET latin1;
INSERT INTO legacy VALUES (1, 'Zoë'), (2, 'Zoe');
CREATE TABLE agents (id INT PRIMARY KEY, host VARCHAR(255));
CREATE TABLE events_by_year (id INT, at DATE, PRIMARY KEY (id, at)) PARTITION BY RANGE (YEAR(at)) (PARTITION old
    VALUES LESS THAN (2020), PARTITION new VALUES LESS THAN MAXVALUE);
INSERT INTO events_by_year SELECT seq, '2018-01-01' + INTERVAL seq WEEK FROM seq_1_to_200;
CREATE SEQUENCE numbers START WITH 5;
CREATE VIEW active AS SELECT id, host FROM instances WHERE state = 'active';
CREATE TRIGGER guard BEFORE UPDATE ON agents FOR EACH ROW SET NEW.host = LOWER(NEW.host);
CREATE FUNCTION answer() RETURNS INT DETERMINISTIC RETURN 42;
CREATE PROCEDURE prune(IN days INT) DELETE FROM tokens WHERE id < days;
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DISABLE DO DELETE FROM tokens
"""
"""Statements that make the original; it has a bit of everything that OpenStack or a site's own additions may have."""

_ROW = "WHERE id = 100"


def _value(name: str, how: str, table: str = "instances") -> Damage:
    return Damage(name, how, "values", table)


SQL_DAMAGES = (
    Damage("one row lost", f"DELETE FROM instances {_ROW}", "rows", "instances"),
    Damage("one row duplicated", "INSERT INTO usages SELECT * FROM usages LIMIT 1", "rows", "usages"),
    _value("a row replaced by another", f"UPDATE instances SET uuid = MD5('other') {_ROW}"),
    _value("a duplicate for another duplicate", "UPDATE usages SET used = used + 1 LIMIT 1", "usages"),
    _value("NULL turned ''", "UPDATE instances SET note = '' WHERE id = 101"),
    _value("'' turned NULL", "UPDATE instances SET state = NULL WHERE id = 101"),
    _value("an ENUM's '' turned its error value", "UPDATE IGNORE instances SET state = 'x' WHERE id = 101"),
    _value("trailing space lost, VARCHAR", f"UPDATE instances SET note = RTRIM(note) {_ROW}"),
    _value("trailing space lost, TEXT", f"UPDATE instances SET extra = RTRIM(extra) {_ROW}"),
    _value("trailing space lost, BLOB", f"UPDATE instances SET raw = RTRIM(raw) {_ROW}"),
    _value("upper case turned lower", f"UPDATE instances SET host = UPPER(host) {_ROW}"),
    _value(
        "two values swapped between rows", "UPDATE instances SET host = IF(id = 100, 'host1', 'host0') WHERE id IN (100, 101)"
    ),
    _value("two values swapped between columns", f"UPDATE instances SET host = 'az1', zone = 'host0' {_ROW}"),
    _value("a letter moved to the next column", "UPDATE tags SET a = 'a', b = 'bc' WHERE a = 'ab'", "tags"),
    _value(
        "charset re-encoded (é turned Ã©)",
        "UPDATE projects SET name = CONVERT(CAST(name AS BINARY) USING latin1) LIMIT 1",
        "projects",
    ),
    _value("charset re-encoded (ë turned ?)", "UPDATE legacy SET name = REPLACE(name, 'ë', '?')", "legacy"),
    Damage("charset converted", "ALTER TABLE legacy CONVERT TO CHARACTER SET utf8mb4", "options-definition", "legacy"),
    _value("time zone shift, one row", f"UPDATE instances SET launched_at = launched_at + INTERVAL 1 HOUR {_ROW}"),
    _value("time zone shift, all rows", "UPDATE instances SET terminated_at = terminated_at - INTERVAL 1 HOUR"),
    _value("fractions of a second lost", f"UPDATE instances SET terminated_at = DATE(terminated_at) {_ROW}"),
    _value("FLOAT rounded", "UPDATE instances SET memory = ROUND(memory, 1) WHERE id = 101"),
    _value("DOUBLE rounded in its last digit", "UPDATE instances SET ratio = ratio + 4e-16 WHERE id = 2"),
    _value("DECIMAL rounded", f"UPDATE instances SET price = ROUND(price, 9) {_ROW}"),
    _value(
        "a date changed in one partition", "UPDATE events_by_year SET at = at + INTERVAL 1 DAY WHERE id = 7", "events_by_year"
    ),
    _value("sequence reset", "ALTER SEQUENCE numbers RESTART 1", "numbers"),
    Damage("AUTO_INCREMENT reset", "ALTER TABLE tokens AUTO_INCREMENT = 1", "auto-increment", "tokens"),
    Damage("an empty table missing altogether", "DROP TABLE agents", "table-missing", "agents"),
    Damage("a table too many", "CREATE TABLE stray (id INT)", "table-extra", "stray"),
    Damage("missing index", "ALTER TABLE instances DROP INDEX by_host", "index-missing", "instances.by_host"),
    Damage(
        "index no longer unique",
        "ALTER TABLE projects DROP INDEX by_name, ADD INDEX by_name (name)",
        "index-definition",
        "projects.by_name",
    ),
    Damage("missing primary key", "ALTER TABLE tags DROP PRIMARY KEY", "index-missing", "tags.PRIMARY"),
    Damage(
        "dropped foreign key",
        "ALTER TABLE instances DROP FOREIGN KEY of_project",
        "foreign-key-missing",
        "instances.of_project",
    ),
    Damage(
        "foreign key no longer cascades",
        "ALTER TABLE instances DROP FOREIGN KEY of_project;"
        "ALTER TABLE instances ADD CONSTRAINT of_project FOREIGN KEY (project_id) REFERENCES projects (id)",
        "foreign-key-definition",
        "instances.of_project",
    ),
    Damage("dropped CHECK", "ALTER TABLE instances MODIFY locked TINYINT", "column-definition", "instances.locked"),
    Damage(
        "changed collation, column",
        "ALTER TABLE projects MODIFY about TEXT COLLATE utf8mb3_bin",
        "column-definition",
        "projects.about",
    ),
    Damage("changed collation, table default", "ALTER TABLE agents COLLATE utf8mb3_bin", "options-definition", "agents"),
    Damage("changed collation, schema default", f"ALTER DATABASE {SCHEMA} COLLATE utf8mb3_bin", "schema-defaults", ""),
    Damage("changed default", "ALTER TABLE instances ALTER zone SET DEFAULT 'az1'", "column-definition", "instances.zone"),
    Damage("NOT NULL lost", "ALTER TABLE projects MODIFY name VARCHAR(255)", "column-definition", "projects.name"),
    Damage("columns in another order", "ALTER TABLE usages MODIFY used INT FIRST", "column-order", "usages"),
    Damage("row format changed", "ALTER TABLE agents ROW_FORMAT=COMPACT", "options-definition", "agents"),
    Damage(
        "partition lost",
        "ALTER TABLE events_by_year REORGANIZE PARTITION old, new INTO (PARTITION new VALUES LESS THAN MAXVALUE)",
        "options-definition",
        "events_by_year",
    ),
    Damage("lost trigger", "DROP TRIGGER guard", "trigger-missing", "agents.guard"),
    Damage("lost view", "DROP VIEW active", "view-missing", "active"),
    Damage("changed view", "ALTER VIEW active AS SELECT id, host FROM instances", "view-definition", "active"),
    Damage("lost function", "DROP FUNCTION answer", "function-missing", "answer"),
    Damage("lost procedure", "DROP PROCEDURE prune", "procedure-missing", "prune"),
    Damage("lost event", "DROP EVENT nightly", "event-missing", "nightly"),
    Damage("enabled event", "ALTER EVENT nightly ENABLE", "event-definition", "nightly"),
    Damage("lost grant", f"REVOKE UPDATE ON {SCHEMA}.* FROM {SERVICE}@'%'", "grant-missing", f"`{SERVICE}`@`%`"),
    Damage("all grants lost", f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM {SERVICE}@'%'", "grant-missing", f"`{SERVICE}`@`%`"),
    Damage("lost role", f"{ACCOUNTS[1]};{ACCOUNTS[2]};{ACCOUNTS[-1]}", "grant-missing", f"`{SERVICE}`@`%`"),
    Damage("lost account", f"DROP USER {SERVICE}@'%'", "account-missing", f"`{SERVICE}`@`%`"),
    Damage("locked account", f"ALTER USER {SERVICE}@'%' ACCOUNT LOCK", "account-definition", f"`{SERVICE}`@`%`"),
    Damage(
        "changed password",
        f"ALTER USER {SERVICE}@'%' IDENTIFIED VIA mysql_native_password USING '{PASSWORDS['after']}'",
        "password",
        f"`{SERVICE}`@`%`",
    ),
    Damage("an account too many", f"GRANT SELECT ON {SCHEMA}.* TO stranger@'%'", "grant-extra", "`stranger`@`%`"),
    Damage("the whole schema lost", f"DROP DATABASE {SCHEMA}", "unread", SCHEMA),
)
