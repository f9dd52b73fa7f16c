"""Nobody but us writes: accounts, sessions and what writes by itself, on a real server with and without a binary log."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import docker
import pymysql  # type: ignore[import-untyped]  # types-PyMySQL is not a dependency
import pytest

from runner.errors import AccountNotLockable, NotSilent, RightsMissing
from runner.mariadb.account_locks import Lockable, lock_accounts, unlock_accounts
from runner.mariadb.connection import DatabaseServer, open_server
from runner.mariadb.session import open_session
from runner.mariadb.silence import Quiet, reach_silence
from runner.mariadb.writers import Writers, read_writers
from runner.window_settings import SilenceSettings
from tests.support.mariadb import TestServer, start_server

pytestmark = pytest.mark.engine

SCHEMAS = ("nova", "nova_api")
QUICK = SilenceSettings(observe=0.3, patience=2.0)
_ACCOUNTS = "SELECT user, host, priv FROM mysql.global_priv ORDER BY user, host"
_KEPT = "('root', 'mariadb.sys', 'mysql', 'PUBLIC')"


@pytest.fixture(scope="module", params=[("--log-bin=bin",), ()], ids=["binary log", "no binary log"])
def running(request: pytest.FixtureRequest) -> Iterator[TestServer]:
    with start_server("--server-id=7", "--event-scheduler=ON", *request.param) as started:
        yield started


@pytest.fixture
def server(running: TestServer) -> Iterator[DatabaseServer]:
    """Root's connection to it, with the cloud's schemas; schemas and accounts are gone after the test."""
    with open_server(running.address, running.password) as opened:
        for schema in SCHEMAS:
            opened.execute(f"CREATE DATABASE {schema}")
            opened.execute(f"CREATE TABLE {schema}.t (id INT PRIMARY KEY AUTO_INCREMENT, who VARCHAR(20)) ENGINE=InnoDB")
        yield opened
        for schema in (*SCHEMAS, "elsewhere"):
            opened.execute(f"DROP DATABASE IF EXISTS {schema}")
        for user, host, role in opened.rows(f"SELECT user, host, is_role FROM mysql.user WHERE user NOT IN {_KEPT}"):
            opened.execute(f"DROP ROLE `{user}`" if role == "Y" else f"DROP USER `{user}`@`{host}`")


class Recorded:
    """What a run would write down, and would tell."""

    def __init__(self) -> None:
        self.accounts: tuple[Lockable, ...] = ()
        self.told: list[str] = []

    def record(self, accounts: tuple[Lockable, ...]) -> None:
        self.accounts = accounts

    def silence(self, server: DatabaseServer, settings: SilenceSettings = QUICK) -> Quiet:
        return reach_silence(server, SCHEMAS, settings, record=self.record, tell=self.told.append, earlier=self.accounts)


def connect(running: TestServer, user: str, password: str = "pw") -> pymysql.Connection:
    address = running.address
    return pymysql.connect(host=address.host, port=address.port, user=user, password=password, autocommit=True)


def grant(server: DatabaseServer, user: str, rights: str, host: str = "%") -> None:
    server.execute(f"CREATE USER IF NOT EXISTS {user}@'{host}' IDENTIFIED BY 'pw'")
    server.execute(f"GRANT {rights} TO {user}@'{host}'")


def read(server: DatabaseServer, *spare: str) -> Writers:
    with open_session(server) as session:
        return read_writers(session, SCHEMAS, spare)


def count(server: DatabaseServer) -> int:
    return int(server.scalar("SELECT (SELECT COUNT(*) FROM nova.t) + (SELECT COUNT(*) FROM nova_api.t)"))


@contextmanager
def repeated(act: Callable[[], None], every: float, *, after: float = 0.0) -> Iterator[list[float]]:
    """Do something again and again in a thread, whatever comes of it; the list has when it went well."""
    stop, well = threading.Event(), list[float]()

    def work() -> None:
        stop.wait(after)
        while not stop.is_set():
            with suppress(pymysql.MySQLError):
                act()
                well.append(time.monotonic())
            stop.wait(every)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield well
    finally:
        stop.set()
        thread.join()


def writing(running: TestServer, user: str, table: str = "nova.t") -> Callable[[], None]:
    """Log in, write a row, log out."""

    def write() -> None:
        with connect(running, user) as connection, connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} (who) VALUES ('{user}')")

    return write


def await_some(well: list[float], more_than: int = 0) -> None:
    deadline = time.monotonic() + 10
    while len(well) <= more_than:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_not_one_row_gets_in_after_silence(server: DatabaseServer, running: TestServer) -> None:
    """Three forgotten writers that reconnect every 50 ms, one that stays connected, and a cron job that wakes in the middle."""
    grant(server, "forgotten", "ALL ON nova.*")
    grant(server, "wild", r"ALL ON `nova\_%`.*")
    server.execute("CREATE ROLE keeper")
    server.execute("GRANT INSERT ON nova.t TO keeper")
    grant(server, "roled", "keeper")
    server.execute("SET DEFAULT ROLE keeper FOR roled@'%'")
    grant(server, "cron", "INSERT (who) ON nova.t")
    grant(server, "pool", "ALL ON *.*")
    pooled = connect(running, "pool")
    run = Recorded()

    def from_pool() -> None:
        with pooled.cursor() as cursor:
            cursor.execute("INSERT INTO nova_api.t (who) VALUES ('pool')")

    with (
        repeated(writing(running, "forgotten"), 0.05) as forgotten,
        repeated(writing(running, "wild", "nova_api.t"), 0.05) as wild,
        repeated(writing(running, "roled"), 0.05) as roled,
        repeated(from_pool, 0.01) as pool,
    ):
        for well in (forgotten, wild, roled, pool):
            await_some(well, 2)
        with repeated(writing(running, "cron"), 0.7, after=0.6) as cron:
            quiet = run.silence(server, SilenceSettings(observe=1.0))
            there = count(server)
            silent = time.monotonic()
            time.sleep(1.5)
            assert count(server) == there
            assert [well for well in (forgotten, wild, roled, pool, cron) if well and well[-1] > silent] == []
            unlock_accounts(server, run.accounts)
            for well in (forgotten, wild, roled, cron):
                await_some(well, len(well))
    assert quiet.seconds >= 1.0
    assert quiet.looks > 5
    assert set(quiet.locked) == {"forgotten@%", "wild@%", "roled@%", "cron@%", "pool@%"}
    assert any(one.startswith("pool@") for one in quiet.ended)
    assert (quiet.position is None) == (server.scalar("SELECT @@log_bin") == 0)
    assert count(server) > there


def test_silence_takes_two_seconds_of_which_one_is_watched(server: DatabaseServer, running: TestServer) -> None:
    """A dozen accounts, each with a session that a pool forgot; the best of three, because others work on this machine too."""
    for number in range(12):
        grant(server, f"service{number}", "ALL ON nova.*")
    run, took = Recorded(), []
    for _ in range(3):
        pool = [connect(running, f"service{number}") for number in range(12)]
        quiet = run.silence(server, SilenceSettings(observe=1.0))
        took.append(quiet.took)
        unlock_accounts(server, run.accounts)
        for one in pool:
            with pytest.raises(pymysql.MySQLError):
                one.ping(reconnect=False)
        if min(took) < 2.0:
            break
    assert min(took) < 2.0


def test_accounts_are_byte_for_byte_what_they_were(server: DatabaseServer) -> None:
    """All but `account_locked`: false, which UNLOCK leaves where nothing was."""
    for user in ("plain", "wild", "roled", "secured", "multi", "expired", "locked", "unlocked", "reader", "limits"):
        server.execute(f"CREATE USER {user}@'%' IDENTIFIED BY 'pw'")
        if user != "reader":
            server.execute(f"GRANT ALL ON {'`nova%`' if user == 'wild' else 'nova'}.* TO {user}@'%'")
    server.execute("CREATE ROLE keeper")
    server.execute("GRANT keeper TO roled@'%'")
    server.execute("SET DEFAULT ROLE keeper FOR roled@'%'")
    server.execute("ALTER USER secured@'%' REQUIRE SSL")
    server.execute("ALTER USER multi@'%' IDENTIFIED VIA unix_socket OR mysql_native_password USING PASSWORD('b')")
    server.execute("ALTER USER expired@'%' PASSWORD EXPIRE")
    server.execute("ALTER USER limits@'%' WITH MAX_USER_CONNECTIONS 3 PASSWORD EXPIRE INTERVAL 9 DAY")
    server.execute("ALTER USER locked@'%' ACCOUNT LOCK")
    server.execute("ALTER USER unlocked@'%' ACCOUNT LOCK")
    server.execute("ALTER USER unlocked@'%' ACCOUNT UNLOCK")
    server.execute("CREATE USER ''@'10.%'")
    server.execute("GRANT INSERT ON nova.t TO ''@'10.%'")
    before, shown = server.rows(_ACCOUNTS), definitions(server)
    run = Recorded()
    run.silence(server)
    assert {str(one) for one in run.accounts if one.was_locked} == {"locked@%"}
    locked = {f"{user}@{host}" for user, host, priv in server.rows(_ACCOUNTS) if '"account_locked":true' in priv}
    assert locked - {"mariadb.sys@localhost"} == {str(one) for one in run.accounts}
    assert "reader@%" not in locked
    assert "@10.%" in locked
    # A run that died goes on: what it wrote down first still holds.
    run.silence(server)
    assert unlock_accounts(server, run.accounts) == ()
    assert unlock_accounts(server, run.accounts) == ()
    assert [(*names, bare(priv)) for *names, priv in server.rows(_ACCOUNTS)] == [
        (*names, bare(priv)) for *names, priv in before
    ]
    assert definitions(server) == shown


def bare(priv: str) -> str:
    return priv.replace(',"account_locked":false', "")


def definitions(server: DatabaseServer) -> dict[str, str]:
    names = [f"`{user}`@`{host}`" for user, host in server.rows("SELECT user, host FROM mysql.user WHERE is_role = 'N'")]
    return {name: server.scalar(f"SHOW CREATE USER {name}") for name in names}


def test_an_open_transaction_is_rolled_back_and_a_sleeper_is_ended(server: DatabaseServer, running: TestServer) -> None:
    grant(server, "holder", "ALL ON nova.*")
    grant(server, "reader", "SELECT ON nova.*")
    holder, sleeper, reader = (connect(running, user) for user in ("holder", "holder", "reader"))
    holder.begin()
    with holder.cursor() as cursor:
        cursor.execute("INSERT INTO nova.t (who) SELECT seq FROM nova.seq_1_to_200000")

    def sleep() -> None:
        with suppress(pymysql.MySQLError):
            sleeper.query("SELECT SLEEP(100)")

    slow = threading.Thread(target=sleep)
    slow.start()
    time.sleep(0.2)
    run = Recorded()
    quiet = run.silence(server)
    slow.join(5)
    assert not slow.is_alive()
    assert count(server) == 0
    for session in (holder, reader):
        with pytest.raises(pymysql.MySQLError):
            session.ping(reconnect=False)
    assert server.rows("SELECT * FROM information_schema.innodb_trx") == []
    assert sum(one.startswith("holder@") for one in quiet.ended) == 2
    assert quiet.locked == ("holder@%",)
    connect(running, "reader").close()


def test_what_writes_by_itself_is_named_and_nothing_is_locked(server: DatabaseServer) -> None:
    grant(server, "plain", "ALL ON nova.*")
    server.execute("CREATE EVENT nova.tick ON SCHEDULE EVERY 1 SECOND DO INSERT INTO nova.t (who) VALUES ('event')")
    server.execute("CREATE DATABASE elsewhere")
    server.execute("CREATE EVENT elsewhere.far ON SCHEDULE EVERY 1 DAY DO DELETE FROM nova_api.t")
    server.execute("CREATE EVENT elsewhere.own ON SCHEDULE EVERY 1 DAY DO SELECT 1")
    server.execute("CHANGE MASTER 'up' TO MASTER_HOST='192.0.2.1', MASTER_USER='repl'")
    server.execute("START SLAVE 'up' SQL_THREAD")
    run = Recorded()
    try:
        with pytest.raises(NotSilent) as caught:
            run.silence(server)
        for sql in ("ALTER EVENT `nova`.`tick` DISABLE", "ALTER EVENT `elsewhere`.`far` DISABLE", "STOP SLAVE 'up' SQL_THREAD"):
            assert sql in caught.value.message
            server.execute(sql)
        assert "own" not in caught.value.message
        assert run.accounts == ()
        run.silence(server)
    finally:
        server.execute("STOP SLAVE 'up'")
        server.execute("RESET SLAVE 'up' ALL")


def test_a_prepared_transaction_is_nobodys_and_is_named(server: DatabaseServer, running: TestServer) -> None:
    grant(server, "two_phase", "ALL ON nova.*")
    with connect(running, "two_phase") as connection, connection.cursor() as cursor:
        for sql in ("XA START 'x'", "INSERT INTO nova.t (who) VALUES ('xa')", "XA END 'x'", "XA PREPARE 'x'"):
            cursor.execute(sql)
    try:
        with pytest.raises(NotSilent, match="XA ROLLBACK"):
            Recorded().silence(server)
    finally:
        server.execute("XA ROLLBACK 'x'")


def test_a_spared_account_stays_and_is_named_and_noticed_when_it_writes(server: DatabaseServer, running: TestServer) -> None:
    grant(server, "spared", "ALL ON nova.*")
    spared = connect(running, "spared")
    settings = QUICK.model_copy(update={"spare": ("spared@%", "nobody")})
    run = Recorded()
    quiet = run.silence(server, settings)
    assert "spared@%" in quiet.may_write
    assert any(one.startswith("spared@") for one in quiet.present)
    assert quiet.locked == ()
    assert any("nobody" in one for one in run.told)
    spared.ping(reconnect=False)

    def write() -> None:
        spared.query("INSERT INTO nova.t (who) VALUES ('spared')")

    with repeated(write, 0.05) as well:
        await_some(well)
        with pytest.raises(NotSilent, match=r"statement on nova|Handler_write|open transaction"):
            run.silence(server, settings)


def test_root_at_the_servers_socket_is_not_locked_and_is_named_when_it_comes_back(
    server: DatabaseServer, running: TestServer
) -> None:
    """We are root too, and come over the network: root at the socket is not us."""
    loop = "while [ ! -e /tmp/stop ]; do mariadb -uroot -e 'SELECT SLEEP(0.3)'; done; rm /tmp/stop"
    container = docker.from_env().containers.get(running.container)
    container.exec_run(["sh", "-c", loop], environment={"MYSQL_PWD": running.password}, detach=True)
    while not server.rows("SELECT id FROM information_schema.processlist WHERE host = 'localhost' AND user = 'root'"):
        time.sleep(0.02)
    try:
        with pytest.raises(NotSilent, match=r"root@localhost \(Query"):
            Recorded().silence(server)
    finally:
        container.exec_run(["sh", "-c", "touch /tmp/stop; while [ -e /tmp/stop ]; do sleep 0.1; done"])


def test_an_account_that_was_dropped_meanwhile_is_told(server: DatabaseServer) -> None:
    grant(server, "short", "ALL ON nova.*")
    grant(server, "lasting", "ALL ON nova.*")
    run = Recorded()
    run.silence(server)
    server.execute("DROP USER short@'%'")
    gone = Lockable(user="short", host="%", was_locked=False)
    assert unlock_accounts(server, run.accounts) == (gone,)
    assert lock_accounts(server, [gone]) == (gone,)
    assert "ACCOUNT LOCK" not in server.scalar("SHOW CREATE USER lasting@'%'")


def test_who_may_not_see_end_or_lock_is_told_what_helps(server: DatabaseServer, running: TestServer) -> None:
    grant(server, "app", "ALL ON nova.*")
    grant(server, "limited", "SELECT ON *.*")
    with open_server(running.address.model_copy(update={"user": "limited"}), "pw") as ours:
        with pytest.raises(RightsMissing, match=r"GRANT PROCESS, CONNECTION ADMIN ON \*\.\*"):
            Recorded().silence(ours)
        server.execute("GRANT PROCESS, CONNECTION ADMIN, REPLICA MONITOR, BINLOG MONITOR, SUPER ON *.* TO limited@'%'")
        spare_root = QUICK.model_copy(update={"spare": ("root@%",)})
        with pytest.raises(AccountNotLockable, match=r"app@% .*GRANT CREATE USER.*ALTER USER `app`@`%` ACCOUNT LOCK"):
            Recorded().silence(ours, spare_root)
        server.execute("GRANT CREATE USER ON *.* TO limited@'%'")
        quiet = Recorded().silence(ours, spare_root)
    assert quiet.locked == ("app@%",)


def test_what_others_write_elsewhere_does_no_harm_where_a_binary_log_tells(server: DatabaseServer, running: TestServer) -> None:
    server.execute("CREATE DATABASE elsewhere")
    server.execute("CREATE TABLE elsewhere.t (id INT PRIMARY KEY AUTO_INCREMENT, who VARCHAR(20))")
    grant(server, "other", "ALL ON elsewhere.*")
    run = Recorded()
    with repeated(writing(running, "other", "elsewhere.t"), 0.05) as well:
        await_some(well)
        if server.scalar("SELECT @@log_bin"):
            server.execute("FLUSH BINARY LOGS")
            assert run.silence(server).locked == ()
        else:
            with pytest.raises(NotSilent, match="no binary log says where: Handler_write"):
                run.silence(server)


@pytest.mark.parametrize("format_", ["ROW", "STATEMENT", "MIXED"])
def test_the_binary_log_names_what_was_written(server: DatabaseServer, running: TestServer, format_: str) -> None:
    if not server.scalar("SELECT @@log_bin"):
        pytest.skip("no binary log")
    usual = server.scalar("SELECT @@global.binlog_format")
    server.execute(f"SET GLOBAL binlog_format = {format_}")
    try:
        grant(server, "spared", "ALL ON nova.*")
        run = Recorded()
        with repeated(writing(running, "spared"), 0.05) as well:
            await_some(well)
            with pytest.raises(NotSilent) as caught:
                run.silence(server, QUICK.model_copy(update={"spare": ("spared",)}))
        words = "nova.t was written" if format_ == "ROW" else "a statement on nova"
        assert any(words in one for one in (*run.told, caught.value.message))
    finally:
        server.execute(f"SET GLOBAL binlog_format = {usual}")


@pytest.mark.parametrize(
    ("rights", "writes"),
    [
        ("USAGE ON *.*", False),
        ("SELECT, SHOW VIEW, LOCK TABLES ON nova.*", False),
        ("SELECT, PROCESS, REPLICATION CLIENT, REPLICATION SLAVE, RELOAD, SHOW DATABASES ON *.*", False),
        ("ALL ON elsewhere.*", False),
        ("ALL ON `nova\\_`.*", False),
        ("INSERT ON *.*", True),
        ("CREATE USER ON *.*", True),
        ("BINLOG REPLAY ON *.*", True),
        ("SET USER ON *.*", True),
        ("UPDATE ON mysql.*", True),
        ("INDEX ON nova.*", True),
        ("EXECUTE ON `nov_`.*", True),
        ("DELETE ON `no%`.*", True),
        ("DELETE HISTORY ON nova_api.t", True),
        ("UPDATE (who) ON nova.t", True),
        ("EXECUTE ON PROCEDURE nova.p", True),
    ],
)
def test_a_right_that_writes_is_found(server: DatabaseServer, rights: str, *, writes: bool) -> None:
    server.execute("CREATE PROCEDURE nova.p() DELETE FROM nova.t")
    grant(server, "asked", rights)
    found = read(server)
    assert [str(one) for one in found.lockable] == (["asked@%"] if writes else [])
    assert ("asked" in found.harmless) is not writes


def test_a_right_on_a_schema_is_the_users_from_whatever_host_his_account_is(
    server: DatabaseServer, running: TestServer
) -> None:
    """The right was given to another account of that name, and holds for the one that lets in from where we come."""
    ours = server.scalar("SELECT SUBSTRING_INDEX(USER(), '@', -1)")
    grant(server, "twice", "USAGE ON *.*", ours)
    grant(server, "twice", "INSERT ON nova.*", "%")
    with connect(running, "twice") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_USER()")
        assert cursor.fetchone() == (f"twice@{ours}",)
        cursor.execute("INSERT INTO nova.t (who) VALUES ('twice')")
    assert {str(one) for one in read(server).lockable} == {"twice@%", f"twice@{ours}"}


def test_a_right_of_nobody_on_a_schema_is_everybodys_and_one_on_a_table_is_not(
    server: DatabaseServer, running: TestServer
) -> None:
    grant(server, "reader", "SELECT ON nova.t")
    server.execute("CREATE USER ''@'%'")
    server.execute("GRANT INSERT ON nova.t TO ''@'%'")
    write = writing(running, "reader")
    assert [str(one) for one in read(server).lockable] == ["@%"]
    with pytest.raises(pymysql.MySQLError, match="INSERT command denied"):
        write()
    server.execute("GRANT INSERT ON nova.* TO ''@'%'")
    assert [str(one) for one in read(server).lockable] == ["@%", "reader@%"]
    write()
    assert count(server) == 1


def test_everybodys_rights_and_roles_of_roles_count(server: DatabaseServer) -> None:
    grant(server, "anyone", "USAGE ON *.*")
    server.execute("CREATE ROLE inner_one")
    server.execute("CREATE ROLE outer_one")
    server.execute("GRANT INSERT ON *.* TO inner_one")
    server.execute("GRANT inner_one TO outer_one")
    grant(server, "nested", "outer_one")
    assert [str(one) for one in read(server).lockable] == ["nested@%"]
    server.execute("GRANT INSERT ON nova.t TO PUBLIC")
    try:
        assert {str(one) for one in read(server).lockable} == {"anyone@%", "nested@%"}
    finally:
        server.execute("REVOKE INSERT ON nova.t FROM PUBLIC")
