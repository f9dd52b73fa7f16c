"""What stored URLs become on a clone: none names production, none loses its login, and twice is as good as once."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runner.mariadb.stored_url_rewrite import NO_QUEUE, _shared, lead

HERE = "database:3306"


def led(url: str) -> str:
    return lead(url, "database", 3306)


@pytest.mark.parametrize(
    ("url", "becomes"),
    [
        ("mysql+pymysql://nova:s3cr@10.0.0.5/nova", f"mysql+pymysql://nova:s3cr@{HERE}/nova"),
        ("mysql+pymysql://nova:s3cr@10.0.0.5:3307/nova?charset=utf8", f"mysql+pymysql://nova:s3cr@{HERE}/nova?charset=utf8"),
        ("mysql://nova@[fd00::5]:3306/nova", f"mysql://nova@{HERE}/nova"),
        ("mariadb+mariadbconnector://a:p%40ss%2Fw@db/nova", f"mariadb+mariadbconnector://a:p%40ss%2Fw@{HERE}/nova"),
        ("mysql+pymysql://a:sl/ash@db/nova", f"mysql+pymysql://a:sl/ash@{HERE}/nova"),
        ("mysql+pymysql://db.example.org/nova", f"mysql+pymysql://{HERE}/nova"),
        ("mysql+pymysql://a:p@/nova", f"mysql+pymysql://a:p@{HERE}/nova"),
        ("mysql+pymysql://a:p@db", f"mysql+pymysql://a:p@{HERE}"),
        (
            "mysql+pymysql://a:p@db/nova?read_default_file=/etc/my.cnf@x",
            f"mysql+pymysql://a:p@{HERE}/nova?read_default_file=/etc/my.cnf@x",
        ),
    ],
)
def test_a_database_url_leads_to_the_clone_and_keeps_the_rest(url: str, becomes: str) -> None:
    assert led(url) == becomes


def test_tls_is_not_asked_of_a_clone() -> None:
    url = "mysql+pymysql://a:p@db/nova?ssl_ca=/etc/ca.pem&charset=utf8mb4&ssl=true"
    assert led(url) == f"mysql+pymysql://a:p@{HERE}/nova?charset=utf8mb4"
    assert led("mysql+pymysql://a:p@db/nova?ssl_verify_cert=true") == f"mysql+pymysql://a:p@{HERE}/nova"


@pytest.mark.parametrize(
    "url",
    [
        "rabbit://nova:pw@10.0.0.6:5672/",
        "rabbit://nova:pw@10.0.0.6:5672,nova:pw@10.0.0.7:5672//nova",
        "amqp://queue",
        "fake://",
        "postgresql://a:p@db/nova",
        "not a url at all",
        "rabbit://{username}:{password}@queue.example.org:5672/",
        "{scheme}://{username}:{password}@{hostname}:{port},x@queue.example.org/",
    ],
)
def test_what_is_no_database_of_ours_leads_nowhere(url: str) -> None:
    assert led(url) == NO_QUEUE


@pytest.mark.parametrize(
    "url",
    [
        "",
        NO_QUEUE,
        "{scheme}://{username}:{password}@{hostname}:{port}/nova_cell1?{query}",
        "{scheme}://{username}:{password}@{hostname}:{port}//{path}",
        "mysql+pymysql://{username}:{password}@{hostname}:{port}/nova",
    ],
)
def test_what_names_no_place_of_its_own_is_left_alone(url: str) -> None:
    assert led(url) == url


def test_a_template_that_names_a_place_names_the_clone() -> None:
    url = "mysql+pymysql://{username}:{password}@db.example.org:3307/nova?{query}"
    assert led(url) == f"mysql+pymysql://{{username}}:{{password}}@{HERE}/nova?{{query}}"


def test_what_cannot_be_read_becomes_what_cannot_be_read_and_names_nothing() -> None:
    becomes = led("mysql+pymysql://a:p@ss@db.example.org:99x/nova")
    assert "example" not in becomes
    assert becomes.startswith("mysql+pymysql://")


WORD = st.text("abcXYZ0189%._-", min_size=1, max_size=8)
PLACE = st.sampled_from(["prod.example.org", "prod.example.org:3306", "203.0.113.7", "[2001:db8::7]:33", "prod.example.org:x"])
URL = st.builds(
    "{}://{}{}{}{}".format,
    st.sampled_from(["mysql", "mysql+pymysql", "mariadb", "rabbit", "{scheme}", "MYSQL"]),
    st.one_of(st.just(""), WORD.map("{}@".format), st.builds("{}:{}@".format, WORD, WORD), st.just("{username}:{password}@")),
    PLACE,
    st.one_of(st.just(""), WORD.map("/{}".format), st.just("/{path}")),
    st.one_of(st.just(""), WORD.map("?charset={}&ssl_ca=x".format), st.just("?{query}")),
)


@given(URL)
@example("mysql://a:b@prod.example.org")
def test_no_url_names_production_any_more_and_twice_is_as_good_as_once(url: str) -> None:
    once = led(url)
    assert not any(name in once for name in ("prod.", "203.0.113", "2001:db8"))
    assert led(once) == once


@given(URL)
def test_a_password_is_never_in_what_is_sent(url: str) -> None:
    """The server edits what lies between the common beginning and the common end; that alone is sent."""
    once = led(url)
    front = _shared(url, once)
    back = _shared(url[front:][::-1], once[front:][::-1])
    assert url[:front] + once[front : len(once) - back] + url[len(url) - back :] == once
    login = url.partition("://")[2].rpartition("@")[0]
    assert not login or once == NO_QUEUE or not once[front : len(once) - back].count("@")
