"""Shiftboard's errors: an ``error`` object, in every form that the vendor's own clients read, as an error of ours.

The text says of ``error`` only that it is "an object providing error information". The vendor's clients read
``error.data.code``, ``.message`` and ``.misc`` besides ``error.code`` and ``error.message``; a code is a number or a
word. What an error means is decided from the codes alone, never from a message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fieldhouse.sources.engine.errors import (
    Denied,
    NoSuchRead,
    NotFound,
    Refused,
    SourceError,
    TryLater,
    Unauthorized,
)
from fieldhouse.sources.engine.redact import redact

_LEAVE_OUT = "Tables that this site lacks can be left out with the setting 'tables'."
_KEYS = "Check access_key_id and signature_key in the settings."

_BY_NUMBER: Mapping[int, type[SourceError]] = {
    -32700: Refused,
    -32600: Refused,
    -32601: NoSuchRead,
    -32602: Refused,
    -32603: TryLater,
    400: Refused,
    401: Unauthorized,
    402: Denied,
    403: Denied,
    404: NotFound,
    408: TryLater,
    410: NotFound,
    422: Refused,
    429: TryLater,
}
"""JSON-RPC 2.0's own codes, and HTTP's where a site puts those into the object."""
_SERVER_ERRORS = range(-32099, -31999)
"""JSON-RPC 2.0's range of server errors, which are unrelated to permissions. A fault without any words is no more
than a refusal: it is not worth waiting for."""

_BY_WORD: tuple[tuple[re.Pattern[str], type[SourceError]], ...] = tuple(
    (re.compile(rf"(^|_)({words})(_|$)"), kind)
    for words, kind in (
        ("signature|access_key|access_key_id|authentication|unauthenticated|credentials|login", Unauthorized),
        (
            "permission|permissions|denied|forbidden|right|rights|privilege|privileges|not_allowed|unauthorized"
            "|not_authorized|disabled",
            Denied,
        ),
        (
            "busy|timeout|timed_out|unavailable|overloaded|throttled|rate|too_many|deadlock|lock|locked|maintenance"
            "|temporary|temporarily|retry|try_again|internal|server",
            TryLater,
        ),
        ("method", NoSuchRead),
        ("not_found|no_such|does_not_exist|deleted", NotFound),
        ("invalid|missing|parse|param|params|parameter|required|bad", Refused),
    )
)
"""Words of a textual code, the first that matches. Decided: the vendor publishes no list of its codes."""

_PRIVATE = re.compile(r"\S*@\S*|'[^']*'|\"[^\"]*\"|\S*\d\S*|https?://\S+")
_LONGEST_REASON = 120


@dataclass(frozen=True)
class RpcFailure:
    """What an ``error`` object says.

    Attributes:
        code: ``error.data.code`` if there is one, else ``error.code``; None without any.
        number: ``error.code`` as a number, if it is one.
        reason: the vendor's words, without what could be data: quoted text, addresses, words with digits.
    """

    code: str | None
    number: int | None
    reason: str

    @property
    def kind(self) -> type[SourceError]:
        """The class of error: ``Refused`` where no code is understood, never a missing right."""
        for code in dict.fromkeys((self.code, None if self.number is None else str(self.number))):
            kind = _kind_of(code) if code else None
            if kind:
                return kind
        if self.number is not None and self.number in _SERVER_ERRORS and self.reason:
            return TryLater
        return Refused

    def __str__(self) -> str:
        return f"error {self.code or 'without a code'}" + (f", {self.reason!r}" if self.reason else "")


def failure_of(error: Any) -> RpcFailure:
    """Read an ``error`` object, or whatever came in its place."""
    if not isinstance(error, Mapping):
        return RpcFailure(None, None, _reason(error))
    data = error.get("data")
    inner: Mapping[str, Any] = data if isinstance(data, Mapping) else {"message": data}
    codes = [
        code for code in (inner.get("code"), error.get("code")) if isinstance(code, (str, int)) and code != ""
    ]
    texts = (inner.get("message"), inner.get("misc"), error.get("message"))
    reason = next((shown for text in texts if (shown := _reason(text))), "")
    numbers = [number for code in reversed(codes) if (number := _number(code)) is not None]
    return RpcFailure(_code(codes[0]) if codes else None, numbers[0] if numbers else None, reason)


def error_of(error: Any, subject: str) -> SourceError:
    """The exception for an ``error`` object that answered ``subject``, a method or a batch."""
    failure = failure_of(error)
    kind = failure.kind
    if kind is TryLater:
        return TryLater(f"{subject} failed at the vendor ({failure})", do="Run the sync again.")
    if kind is Unauthorized:
        return Unauthorized(
            f"{subject} is refused: the key or the signature is not accepted ({failure})", do=_KEYS
        )
    if kind is NotFound:
        return NotFound(f"{subject} found no such record ({failure})")
    if kind is NoSuchRead:
        return NoSuchRead(f"{subject} is no method of this site ({failure})", do=_LEAVE_OUT)
    if kind is Denied:
        return Denied(
            f"{subject} is refused ({failure})", do=f"Give the API account the right to it. {_LEAVE_OUT}"
        )
    return Refused(f"{subject} is not accepted as it is asked ({failure})")


def _kind_of(code: str) -> type[SourceError] | None:
    number = _number(code)
    if number is None:
        return next((kind for words, kind in _BY_WORD if words.search(code)), None)
    if 500 <= number < 600:
        return TryLater
    return _BY_NUMBER.get(number)


def _number(code: Any) -> int | None:
    if isinstance(code, bool):
        return None
    return int(code) if isinstance(code, int) or re.fullmatch(r"-?\d{1,6}", str(code)) else None


def _code(code: Any) -> str:
    """A code as a word: ``Invalid Signature`` and ``invalidSignature`` are ``invalid_signature``; 40 characters."""
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", str(code))
    return re.sub(r"[^a-z0-9-]+", "_", words.lower()).strip("_")[:40]


def _reason(text: Any) -> str:
    """One line of the vendor's words, short, without what could be a key or a person's data."""
    if text is None or isinstance(text, (Mapping, list)):
        return ""
    return _PRIVATE.sub("…", redact(" ".join(str(text).split())))[:_LONGEST_REASON]
