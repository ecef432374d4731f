"""The text of a value, for text columns, JSON columns and hashes.

Two kinds of character cannot be stored everywhere: NUL (Postgres refuses it) and lone surrogates (no UTF-8
exists for them). NUL becomes U+2400, a lone surrogate U+FFFD, and whoever asks learns in which rows that
happened.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """``text`` with NUL as U+2400 and lone surrogates as U+FFFD."""
    return _SURROGATE.sub("\ufffd", text).replace("\x00", "\u2400")


def text_of(value: Any) -> str | None:
    """A value as text: a string as it is, ``true``, ``5``, ``NaN``; JSON of objects and lists; null."""
    if value is None or type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is float:
        return float_text(value)
    return json_text(value) if isinstance(value, (dict, list)) else str(value)


def float_text(value: float) -> str:
    """The shortest text that reads back as the same float; ``NaN``, ``Infinity``, ``-Infinity``."""
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def json_text(value: Any) -> str:
    """A value as JSON text that every database reads: no NUL, no lone surrogate, NaN and Infinity as strings.

    Integers of any size keep all digits.
    """
    try:
        blob = orjson.dumps(value)
    except TypeError:
        return json.dumps(_scrubbed(value), ensure_ascii=False, separators=(",", ":"), default=str)
    if b"\\u0000" in blob or (b"null" in blob and has_non_finite(value)):
        return orjson.dumps(_scrubbed(value)).decode()
    return blob.decode()


def canonical(record: dict[str, Any]) -> bytes:
    """The same bytes for the same content whatever the order of keys; exact for NaN and integers of any size.

    Raises:
        RecursionError: nested some 900 levels deep.
    """
    try:
        blob = orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return json.dumps(record, sort_keys=True, default=str).encode()
    if b"null" in blob and has_non_finite(record):
        return json.dumps(record, sort_keys=True, default=str).encode()
    return blob


def has_non_finite(value: Any) -> bool:
    """Whether NaN or an infinity stands anywhere in the value (orjson writes them as null)."""
    if type(value) is float:
        return not math.isfinite(value)
    children = value.values() if type(value) is dict else value if type(value) is list else ()
    for item in children:  # spelled out: this runs over every record that holds a null
        kind = type(item)
        if kind is float:
            if not math.isfinite(item):
                return True
        elif (kind is dict or kind is list) and has_non_finite(item):
            return True
    return False


def _scrubbed(value: Any) -> Any:
    if type(value) is str:
        return clean(value)
    if type(value) is float and not math.isfinite(value):
        return float_text(value)
    if type(value) is dict:
        return {clean(key): _scrubbed(item) for key, item in value.items()}
    return [_scrubbed(item) for item in value] if type(value) is list else value
