"""Redaction by value: what must not be seen is known by its value, wherever a library chooses to print it."""

from __future__ import annotations

import base64
import html
import json
import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

_secrets: set[str] = set()
_MASK = "[secret]"
_SHORTEST = 4
_WORD = 6
"""A secret of letters alone, at most so long, is hidden as a word of its own: "users" does not hold "user"."""
_PUNCTUATION = frozenset(" .,:;+-/_()[]{}'\"\\")
_QUERY = re.compile(r"(https?://[^\s?'\"]+)\?[^\s'\"]*")


def remember(values: Iterable[str]) -> None:
    """Add secrets to what ``redact`` hides: as they are and in every form in which they may be echoed."""
    for value in values:
        if len(value) >= _SHORTEST:
            _secrets.update(_forms(value))


def _forms(value: str) -> set[str]:
    """Plain, URL-encoded, base64, hex, and as JSON, XML and Python's own ``repr`` write it."""
    raw = value.encode("utf-8", "surrogatepass")
    coded = base64.b64encode(raw).decode()
    quoted = quote(raw, safe="")
    escaped = json.dumps(value)[1:-1]
    return {
        value,
        quoted,
        re.sub("%..", lambda hit: hit[0].lower(), quoted),
        quote(raw),
        quote_plus(raw),
        coded,
        coded.rstrip("="),
        base64.urlsafe_b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        raw.hex(),
        raw.hex().upper(),
        escaped,
        escaped.replace("/", "\\/"),
        json.dumps(value, ensure_ascii=False)[1:-1],
        html.escape(value),
        html.escape(value, quote=False),
        repr(value)[1:-1],
        repr(raw)[2:-1],
    }


def redact(text: str) -> str:
    """``text`` without any remembered secret and without the query string of any URL."""
    return _QUERY.sub(r"\1?[redacted]", hidden(text))


def hidden(text: str) -> str:
    """``text`` without any remembered secret, else as it is: for what is data and no message."""
    known = tuple(_secrets)  # other threads may be adding some
    present = sorted((secret for secret in known if secret in text), key=len, reverse=True)
    if present:  # in one pass: a secret that is a word of the mask itself must not be hidden in it again
        text = re.sub("|".join(map(_pattern, present)), _MASK, text)
    return text


def _pattern(secret: str) -> str:
    """A short word is masked only where no letter or digit adjoins, else it would mask parts of other words."""
    if len(secret) <= _WORD and secret.isalpha():
        return rf"(?<![^\W_]){secret}(?![^\W_])"
    return re.escape(secret)


def masked(text: str) -> str:
    """A value as an example of its form: letters are ``x`` and digits ``9``, and nothing else shows."""
    return "".join("9" if letter.isdigit() else letter if letter in _PUNCTUATION else "x" for letter in text)


def shape_of(document: Any) -> str:
    """The shape of a vendor's value for a message: its type, and how many fields and lists an object has."""
    if not isinstance(document, Mapping):
        return type(document).__name__
    lists = sum(isinstance(value, list) for value in document.values())
    fields = f"{len(document)} field{'' if len(document) == 1 else 's'}"
    return f"an object with {fields}, {lists or 'none'} of them a list"


class RedactingFilter(logging.Filter):
    """Put on a handler, it cleans every record that any library sends there, tracebacks included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        elif record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True
