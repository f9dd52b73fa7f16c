"""What the server's or the client library's error numbers mean to an operator.

Numbers: https://mariadb.com/kb/en/mariadb-error-codes/, and pymysql.constants.CR for those of the client (2000 and up).
"""

import ssl

from runner.errors import (
    Aftermath,
    LoginRefused,
    QueryFailed,
    RightsMissing,
    SchemaMissing,
    ServerReadOnly,
    ServerUnreachable,
    ThingAMeError,
    TlsRequired,
)

MEANINGS: dict[int, type[ThingAMeError]] = {
    1040: ServerUnreachable,  # too many connections
    1044: RightsMissing,
    1045: LoginRefused,
    1049: SchemaMissing,
    1130: LoginRefused,  # host is not allowed to connect
    1142: RightsMissing,
    1143: RightsMissing,
    1227: RightsMissing,
    1370: RightsMissing,
    1410: RightsMissing,  # not allowed to create a user with GRANT
    1524: LoginRefused,  # authentication plugin not loaded
    1698: LoginRefused,
    1820: LoginRefused,  # password has to be changed first
    1836: ServerReadOnly,
    1862: LoginRefused,  # password expired
    3159: TlsRequired,  # and server.tls is not set
    4151: LoginRefused,  # account is locked
}

NO_TLS_THERE = 2026
"""The client library's own: it was to speak TLS, and the server offers none."""

NO_SUCH_TABLE = 1146

OPTION_PREVENTS = 1290
"""One number for --read-only, --skip-grant-tables, --secure-file-priv; only the text tells them apart."""

# An error's own hint is for the case where server.tls is not set.
_CERTIFICATE = "server.tls is set, but the server's certificate does not hold: correct server.host or server.tls.ca"
_HANDSHAKE = "server.tls is set, but the two do not agree on how: look at the server's ssl_cipher and tls_version"
_NO_TLS = "server.tls is set, but the server speaks no TLS: give it a certificate, or take server.tls out"


def means_no_such_table(failure: QueryFailed) -> bool:
    """Say whether a statement failed because its table is not there."""
    return _read(failure.__cause__)[0] == NO_SUCH_TABLE


def explain(
    error: BaseException | None, server: str, *, connecting: bool = False, aftermath: Aftermath | None = None
) -> ThingAMeError:
    """Turn a PyMySQL error into ours, in the server's words. The statement, and so any secret in it, is left out."""
    code, words = _read(error)
    message = f"{server}: {words} ({code})" if code else f"{server}: {words}"
    if (broken := getattr(error, "original_exception", None)) and isinstance(broken, ssl.SSLError):
        return TlsRequired(message, hint=_CERTIFICATE if isinstance(broken, ssl.SSLCertVerificationError) else _HANDSHAKE)
    if code == NO_TLS_THERE:
        return TlsRequired(message, hint=_NO_TLS)
    if code == OPTION_PREVENTS and "read-only" in words:
        return ServerReadOnly(message)
    kind = MEANINGS.get(code, ServerUnreachable if connecting else QueryFailed)
    if kind is QueryFailed:
        return QueryFailed(message, aftermath=aftermath)
    return kind(message)


def _read(error: BaseException | None) -> tuple[int, str]:
    """Take number and text from a PyMySQL error; its own few errors (a closed connection) have the text only, or neither."""
    match getattr(error, "args", ()):
        case (int() as code, str() as words, *_):
            return code, words
        case (first, *_):
            return 0, str(first)
        case _:
            return 0, type(error).__name__
