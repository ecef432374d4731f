"""The messages of one HTTP exchange: a request as it is sent, and an answer as it came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class HttpRequest:
    """One request on the wire: ``path`` is joined to the base URL; ``body`` is sent as it is, byte for byte."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def with_header(self, name: str, value: str) -> HttpRequest:
        return replace(self, headers={**self.headers, name: value})

    def with_params(self, *params: tuple[str, str]) -> HttpRequest:
        return replace(self, params=(*self.params, *params))


@dataclass(frozen=True)
class Response:
    """One answer: status, headers (lower-case names) and the whole body, already inflated."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Send = Callable[[HttpRequest], Response]
"""Sends one request, with its retries, and gives the answer."""


class BodyError(ValueError):
    """A body that is not understood; the message gives kind and position, and contains no part of the body."""
