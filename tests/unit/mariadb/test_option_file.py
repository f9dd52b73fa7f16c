from runner.mariadb.option_file import option_file


def test_a_password_may_hold_what_an_option_file_would_read_otherwise() -> None:
    assert option_file(("client", "mydumper"), "me", 'a"b\\c # d', "host=h") == (
        b'[client]\nuser="me"\npassword="a\\"b\\\\c # d"\nhost=h\n[mydumper]\nuser="me"\npassword="a\\"b\\\\c # d"\nhost=h\n'
    )
