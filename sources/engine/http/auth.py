"""Authentication: how a request gets the account's credentials, by small objects with ``sign`` and ``renew``."""

from __future__ import annotations

import base64
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from fieldhouse.sources.engine.errors import Denied, FixSettings
from fieldhouse.sources.engine.redact import remember

from .messages import HttpRequest, Send

LOGINS = 3
"""Logins that one request may cause; refused once more, it lacks a right and not a session."""


class Auth(Protocol):
    """Signs requests; ``renew`` gets a new credential after a 401 and returns whether a retry makes sense."""

    def sign(self, request: HttpRequest, send: Send) -> HttpRequest: ...

    def renew(self, refused: HttpRequest, send: Send) -> bool: ...


@dataclass(frozen=True)
class Header:
    """A fixed header, such as ``Authorization: Token token="…"``."""

    name: str
    value: str

    def __post_init__(self) -> None:
        if not self.value.isascii() or not self.value.isprintable():
            raise FixSettings(
                f"the credential for the header {self.name} holds a character that HTTP does not allow",
                do="Copy it again: without line breaks, typographic quotes and letters that are not ASCII.",
            )

    def sign(self, request: HttpRequest, send: Send) -> HttpRequest:
        return request.with_header(self.name, self.value)

    def renew(self, refused: HttpRequest, send: Send) -> bool:
        return False


def basic(user: str, password: str) -> Header:
    """HTTP Basic."""
    coded = base64.b64encode(f"{user}:{password}".encode()).decode()
    remember([coded])
    return Header("Authorization", f"Basic {coded}")


@dataclass(frozen=True)
class Query:
    """A key in the query string; it is redacted wherever a URL is shown."""

    name: str
    value: str

    def sign(self, request: HttpRequest, send: Send) -> HttpRequest:
        return request.with_params((self.name, self.value))

    def renew(self, refused: HttpRequest, send: Send) -> bool:
        return False


class Login:
    """A credential that is fetched when first needed and fetched again, once per refusal, when it expired.

    However many requests are refused at the same moment, one login answers for all of them: a storm of
    logins locks accounts. A login that is refused itself is not tried again in this run, nor is one whose
    credentials are accepted nowhere: there are never more logins than requests that were not refused. Nor may
    a single request that stays refused, while others are accepted, log in again and again.

    Args:
        login: sends the login request and gives the credential.
        put: adds the credential to a request.
    """

    def __init__(
        self,
        login: Callable[[Send], str],
        put: Callable[[HttpRequest, str], HttpRequest],
    ) -> None:
        self._login, self._put = login, put
        self._lock = threading.Lock()
        self._credential: str | None = None
        self._used: dict[int, str] = {}
        self._logins = self._uses = self._refusals = 0
        self._caused: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()
        self._failure: Exception | None = None

    def sign(self, request: HttpRequest, send: Send) -> HttpRequest:
        with self._lock:
            if self._credential is None:
                self._fetch(send)
            assert self._credential is not None
            self._used[threading.get_ident()] = self._credential
            self._uses += 1
            return self._put(request, self._credential)

    def renew(self, refused: HttpRequest, send: Send) -> bool:
        with self._lock:
            self._refusals += 1
            if self._credential != self._used.get(threading.get_ident()):
                return True  # another thread has fetched a new one meanwhile
            self._caused[refused.path, refused.params] += 1
            accepted = self._uses - self._refusals
            if accepted <= 0:
                return False
            useless = accepted < self._logins
            if useless or self._caused[refused.path, refused.params] > LOGINS:
                raise Denied(
                    f"{refused.path} is refused (HTTP 401), though the login is accepted",
                    do="Give the user the right to read it, or leave the table out with the setting 'tables'.",
                )
            self._fetch(send)
            return True

    def _fetch(self, send: Send) -> None:
        if self._failure:
            raise self._failure
        try:
            self._credential = self._login(send)
        except Exception as error:
            self._failure = error
            raise
        self._logins += 1
        remember([self._credential])


Json = dict[str, Any]
