"""A keystone of old: tables as mitaka made them where the database's default was latin1, rows written as clients did then."""

from collections.abc import Mapping
from contextlib import closing

import pymysql  # type: ignore[import-untyped]

from runner.mariadb.connection import DatabaseServer
from tests.support.production import SCHEMA, Production

_LATIN1 = "ENGINE=InnoDB DEFAULT CHARSET=latin1"
_UTF8 = "ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_general_ci"
TABLES = (
    f"""CREATE TABLE user (id VARCHAR(64) NOT NULL, extra TEXT, enabled TINYINT(1) DEFAULT NULL,
    default_project_id VARCHAR(64) DEFAULT NULL, name VARCHAR(255) NOT NULL DEFAULT 'nobody' COMMENT 'a, CHARACTER SET x',
    kind ENUM('local','federated') NOT NULL DEFAULT 'local', PRIMARY KEY (id), KEY ix_default_project_id (default_project_id),
    KEY ix_extra (extra(20)), CHECK (enabled IN (0, 1))) {_LATIN1}""",
    f"""CREATE TABLE local_user (id INT NOT NULL AUTO_INCREMENT, user_id VARCHAR(64) NOT NULL, domain_id CHAR(64) NOT NULL,
    name VARCHAR(20) NOT NULL, seen TIMESTAMP NOT NULL DEFAULT '2016-04-07 10:00:00' ON UPDATE CURRENT_TIMESTAMP,
    PRIMARY KEY (id), UNIQUE KEY domain_id (domain_id, name), FOREIGN KEY (user_id) REFERENCES user (id) ON DELETE CASCADE)
    {_LATIN1}""",
    f"""CREATE TABLE password (id INT NOT NULL AUTO_INCREMENT, local_user_id INT NOT NULL, password VARCHAR(128)
    COLLATE latin1_bin NOT NULL, PRIMARY KEY (id), CONSTRAINT password_owner
    FOREIGN KEY (local_user_id) REFERENCES local_user (id)) {_LATIN1}""",
    f"""CREATE TABLE project (id VARCHAR(64) NOT NULL, name VARCHAR(64) NOT NULL, extra TEXT, description TEXT,
    updated TIMESTAMP NOT NULL DEFAULT '2016-04-07 10:00:00' ON UPDATE CURRENT_TIMESTAMP, PRIMARY KEY (id)) {_UTF8}""",
    f"CREATE TABLE region (id VARCHAR(255) NOT NULL, description VARCHAR(255) NOT NULL, PRIMARY KEY (id)) {_UTF8}",
)
NAMES = {
    "hidden": ("José Müller", "Łukasz", "Зоя", "東京"),
    "latin1": ("Renée", "Ångström – 5 €"),
    "ascii": ("admin", ""),
}
Texts = Mapping[tuple[str, str], str]


def write_old(production: Production) -> None:
    """Fill the tables: by a client that says latin1 and sends UTF-8, and by one that says latin1 and means it."""
    server = production.server.at(SCHEMA)
    for table in TABLES:
        server.execute(table)
    with closing(_client(production, "utf-8")) as client, client.cursor() as cursor:
        for number, name in enumerate((*NAMES["hidden"], *NAMES["ascii"])):
            cursor.execute(_USER, (f"u{number}", name, '{"é": 1}'))
            cursor.execute(_LOCAL, (f"u{number}", name))
        # Of this table the charset was right, and the connection was not.
        cursor.execute("INSERT INTO project (id, name, description) VALUES ('p1', 'Größe', '東京')")
    with closing(_client(production, "cp1252")) as client, client.cursor() as cursor:
        for number, name in enumerate(NAMES["latin1"], 100):
            cursor.execute(_USER, (f"u{number}", "plain", None))
            cursor.execute(_LOCAL, (f"u{number}", name))
            cursor.execute(_PASSWORD, (f"u{number}",))
    server.execute("INSERT INTO project (id, name, description) VALUES ('p2', 'Größe, wie sie ist', NULL)")
    server.execute("INSERT INTO region VALUES ('r1', 'Île-de-France')")


_USER = "INSERT INTO user (id, name, extra, enabled) VALUES (%s, %s, %s, 1)"
_PASSWORD = "INSERT INTO password (local_user_id, password) SELECT id, '$6$x' FROM local_user WHERE user_id = %s"
_LOCAL = "INSERT INTO local_user (user_id, domain_id, name) VALUES (%s, 'default', %s)"


def read_new(server: DatabaseServer) -> list[tuple[str, ...]]:
    """What a client that says UTF-8 reads."""
    here = server.at(SCHEMA)
    return [
        *here.rows("SELECT id, name, extra FROM user ORDER BY id"),
        *here.rows("SELECT user_id, name, seen, domain_id FROM local_user ORDER BY id"),
        *here.rows("SELECT id, name, description, updated FROM project ORDER BY id"),
        *here.rows("SELECT id, description FROM region"),
        *here.rows("SELECT local_user_id, password FROM password ORDER BY id"),
    ]


def _client(production: Production, sends: str) -> pymysql.Connection:
    """A client that says latin1, whatever it sends."""
    client = pymysql.connect(
        host=production.address.host,
        user="root",
        password=production.made.password,
        database=SCHEMA,
        charset="latin1",
        autocommit=True,
    )
    client.encoding = sends
    return client
