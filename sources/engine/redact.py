"""Redaction by value: what must not be seen is known by its value, wherever a library chooses to print it."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

_secrets: set[str] = set()
_MASK = "[secret]"
_SHORTEST = 4
_QUERY = re.compile(r"(https?://[^\s?'\"]+)\?[^\s'\"]*")


def remember(values: Iterable[str]) -> None:
    """Add secrets to what ``redact`` hides, in plain, URL-encoded, base64 and hex form."""
    for value in values:
        if len(value) < _SHORTEST:
            continue
        raw = value.encode()
        _secrets.update(
            {
                value,
                quote(value, safe=""),
                quote_plus(value),
                base64.b64encode(raw).decode(),
                base64.b64encode(raw).decode().rstrip("="),
                base64.urlsafe_b64encode(raw).decode(),
                raw.hex(),
                raw.hex().upper(),
            }
        )


def redact(text: str) -> str:
    """``text`` without any remembered secret and without the query string of any URL."""
    held = sorted((secret for secret in _secrets if secret in text), key=len, reverse=True)
    if held:  # in one pass: a secret that is a word of the mask itself must not be hidden in it again
        text = re.sub("|".join(map(re.escape, held)), _MASK, text)
    return _QUERY.sub(r"\1?[redacted]", text)


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
