"""TLS: which certificates are trusted, and why a handshake failed."""

from __future__ import annotations

import os
import ssl
from functools import lru_cache
from threading import Lock

import httpx

from fieldhouse.sources.engine.errors import FixSettings

CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""The variables that name certificates to trust instead of the public authorities."""
_NOT_YET_VALID, _EXPIRED, _OTHER_NAME, _OTHER_ADDRESS = 9, 10, 62, 64
"""OpenSSL's verify codes."""
_making = Lock()


def trusted_certificates() -> ssl.SSLContext:
    """The context of all connections; the same one for as long as the variables and what they name do not change.

    Making one takes 9 ms of CPU (OpenSSL 3.0, 140 authorities), as much as a dozen requests.

    Raises:
        FixSettings: a variable names a file or a folder without certificates that can be read.
    """
    check_certificates()
    return _current_context()


def _current_context() -> ssl.SSLContext:
    with _making:  # threads that begin together would make one each
        return _context(_stamp())


def _stamp() -> tuple[object, ...]:
    """What a context depends on: the variables, and when what they name last changed."""
    stamp: list[object] = []
    for variable in CERTIFICATES:
        path = os.environ.get(variable)
        try:
            status = os.stat(path) if path else None
        except OSError:
            status = None
        stamp.append((path, status and (status.st_ino, status.st_size, status.st_mtime_ns)))
    return tuple(stamp)


@lru_cache(maxsize=1)
def _context(stamp: tuple[object, ...]) -> ssl.SSLContext:
    return httpx.create_ssl_context()


def check_certificates() -> None:
    """Refuse variables that name no certificates.

    Raises:
        FixSettings: as ``trusted_certificates``.
    """
    file, folder = (os.environ.get(variable) for variable in CERTIFICATES)
    if file:
        try:
            _current_context()  # reads the file; the connections take the same context
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            why = "it holds no certificate" if isinstance(error, ssl.SSLError) else _reason(error)
            raise _unusable(CERTIFICATES[0], file, why) from None
    elif folder and not os.path.isdir(folder):
        raise _unusable(CERTIFICATES[1], folder, "it is no folder")


def _reason(error: Exception) -> str:
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else type(error).__name__


def _unusable(variable: str, path: str, why: str) -> FixSettings:
    return FixSettings(
        f"{variable}: {path!r} cannot be used: {why}; expected certificates in PEM form",
        do="Correct the variable, or remove it to trust the public authorities.",
    )


def tls_failure(error: BaseException) -> ssl.SSLError | None:
    """The TLS error that led to ``error``; None if the handshake did not fail, or broke off and may succeed again."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            broken = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
            return None if isinstance(cause, broken) else cause
        cause = cause.__cause__ or cause.__context__
    return None


def refused_handshake(host: str, error: ssl.SSLError, setting: str = "base_url") -> FixSettings:
    """The error for a person: which certificate is not trusted and why, or that the host speaks no TLS.

    Args:
        setting: what names the host.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        code = error.verify_code
        why = (
            "it is not valid yet"
            if code == _NOT_YET_VALID
            else "it has expired"
            if code == _EXPIRED
            else "it is for another name"
            if code in (_OTHER_NAME, _OTHER_ADDRESS)
            else "its authority is unknown"
        )
        if code in (_NOT_YET_VALID, _EXPIRED):
            return FixSettings(
                f"the certificate of {host} is not trusted: {why}",
                do="Correct the clock of this machine; if it is right, the certificate must be renewed.",
            )
        return FixSettings(
            f"the certificate of {host} is not trusted: {why}",
            do=f"Set SSL_CERT_FILE to a file with the certificate of its authority, or correct {setting}.",
        )
    return FixSettings(
        f"{host} cannot be reached by TLS ({error.reason or type(error).__name__})",
        do="Check that base_url names the API's https address and port."
        if setting == "base_url"
        else f"Check the port in {setting}, and whether the proxy expects http:// there.",
    )
