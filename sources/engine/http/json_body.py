"""Bodies of answers, parsed without losing a digit."""

from __future__ import annotations

import json
from typing import Any

import orjson

_DIGITS = bytes(48 if 48 <= byte <= 57 else 32 for byte in range(256))
_LONG_RUN = b"0" * 19
_DEEPEST = 250
_SHOWN = 60
_BOM = b"\xef\xbb\xbf"


def parse_json(body: bytes) -> Any:
    """The value of a JSON body in UTF-8, with or without a byte order mark.

    Integers of any size are exact. NaN, Infinity and numbers beyond a float (1e400, which becomes infinite)
    are read as some vendors write them; so are lone surrogates, which ``texts.clean`` replaces later.

    Raises:
        ValueError: no JSON, or nested more than 250 levels deep (1,024 for plain bodies); with the position
            and the 60 characters from there.
    """
    body = body.removeprefix(_BOM)
    if _LONG_RUN not in body.translate(_DIGITS):  # below 19 digits no integer leaves 64 bits
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            pass  # the exact parser decides: it reads more, or says what is wrong and where
    return _exact(body)


def _exact(body: bytes) -> Any:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"not UTF-8 at byte {error.start}: {_excerpt(body.decode('latin-1'), error.start)}"
        ) from None
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply to be read") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON at character {error.pos}: {_excerpt(text, error.pos)}") from None
    except ValueError:
        raise ValueError("a number with more than 4,300 digits") from None
    if _deeper_than(value, _DEEPEST):
        raise ValueError(f"nested more than {_DEEPEST} levels deep")
    return value


def _excerpt(text: str, at: int) -> str:
    return repr(text[at : at + _SHOWN]) if at < len(text) else "the body ends there"


def _deeper_than(value: Any, levels: int) -> bool:
    inside = [value]
    for _ in range(levels + 1):
        if not inside:
            return False
        inside = [each for held in inside if isinstance(held, (dict, list)) for each in _held(held)]
    return bool(inside)


def _held(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value
