"""JSON bodies: parsed without losing a digit, within limits of nesting and of memory.

No message contains a part of a body: an error is described by its kind and its position.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from .messages import BodyError, Response

DEEPEST = 250
"""Levels of objects and lists that are read: code that follows a value down stays within Python's own limit."""
MOST_MEMORY = 1_200_000_000
"""Bytes that the values of one body may take. A body of 200 MB with records as vendors send them takes 0.7 GB."""
_OBJECT, _LIST, _ITEM = 240, 90, 60
"""Bytes that an object, a list and an item of either take at most, its text aside, as measured with orjson."""
_LARGE = 8_000_000
_DIGITS = bytes(48 if 48 <= byte <= 57 else 32 for byte in range(256))
_NO_BRACKET = bytes(byte for byte in range(256) if byte not in b"[]{}")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_LONG_RUN = 19
"""Digits that an integer beyond 64 bits has at least."""
_STRIDE = 4
"""Every fourth byte of a body is looked at first: a long run shows there as four digits."""
_SAMPLED_RUN = b"0" * (_LONG_RUN // _STRIDE)
_SAMPLED_BYTES = _LONG_RUN - 2 * (_STRIDE - 1)
"""Bytes from the first to the last sampled digit that belong to a long run whatever its first byte is."""
_CANDIDATES = 1000
"""So many short runs are looked at one by one; in a body of more, every byte is."""
_BOM = b"\xef\xbb\xbf"
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


def parse_json(body: bytes) -> Any:
    """The value of a JSON body in UTF-8, with or without a byte order mark.

    Integers of any size are exact. NaN, Infinity and numbers beyond a float (1e400, which becomes infinite)
    are read as some vendors write them; so are lone surrogates, which ``clean`` replaces later.

    Raises:
        BodyError: no JSON, nested more than 250 levels deep, or with more values than memory holds; with the position.
    """
    body = body.removeprefix(_BOM)
    _refuse_bloat(body)
    value = _parsed(body)
    if _may_be_deep(body) and _is_deeper_than(value, DEEPEST):
        raise BodyError(f"nested more than {DEEPEST} levels deep")
    return value


def utf8_body(response: Response) -> bytes:
    """The body in UTF-8, which JSON is in; a body that is not, is read by the character set of its ``Content-Type``.

    A body that is UTF-8 stays as it is whatever the header names: servers name their default and send UTF-8.

    Raises:
        BodyError: it is not in the character set that the header names.
    """
    kind = response.headers.get("content-type", "")
    charset = _CHARSET.search(kind)
    if not charset or "json" not in kind.lower():
        return response.body
    name = charset[1][:40]
    if name.lower() in ("utf-8", "utf8") or _is_utf8(response.body):
        return response.body
    try:
        return response.body.decode(name).encode("utf-8", "surrogatepass")
    except (LookupError, UnicodeError):
        raise BodyError(f"not in the character set that its Content-Type names ({name})") from None


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return b"\x00" not in body[:4]  # UTF-16 and UTF-32 of plain letters are UTF-8 with many NULs


def _parsed(body: bytes) -> Any:
    if not _has_long_run(body):
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            pass  # the exact parser decides: it accepts more, or reports what is wrong and where
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise BodyError(f"not UTF-8 at byte {error.start:,} of {len(body):,}") from None
    try:
        return json.loads(text)
    except RecursionError:
        raise BodyError(f"nested more than {DEEPEST} levels deep") from None
    except json.JSONDecodeError as error:
        end = ": the body ends there" if error.pos >= len(text) else ""
        raise BodyError(f"no JSON at character {error.pos:,} of {len(text):,}{end}") from None
    except ValueError:
        raise BodyError("a number with more than 4,300 digits") from None


def _has_long_run(body: bytes) -> bool:
    """Whether 19 digits follow each other somewhere: with fewer, no integer leaves 64 bits.

    A quarter of the bytes is enough to exclude that, at a third of the cost of looking at all of them.
    """
    sample = body[::_STRIDE].translate(_DIGITS)
    place = sample.find(_SAMPLED_RUN)
    for _ in range(_CANDIDATES):
        if place < 0:
            return False
        first = place * _STRIDE
        if body[first : first + _SAMPLED_BYTES].isdigit():
            break
        place = sample.find(_SAMPLED_RUN, place + 1)
    return b"0" * _LONG_RUN in body.translate(_DIGITS)


def _refuse_bloat(body: bytes) -> None:
    """Refuse a body whose values take more memory than there is: 120 MB of empty lists take 5 GB."""
    if len(body) < _LARGE or _memory(body) <= MOST_MEMORY:
        return
    if (memory := _memory(_STRING.sub(b"", body))) > MOST_MEMORY:
        raise BodyError(
            f"a body of {len(body):,} bytes whose values take about {memory / 1e9:.1f} GB of memory; "
            f"expected at most {MOST_MEMORY / 1e9:.1f} GB"
        )


def _memory(body: bytes) -> int:
    return _OBJECT * body.count(b"{") + _LIST * body.count(b"[") + _ITEM * body.count(b",")


def _may_be_deep(body: bytes) -> bool:
    """False if the brackets of a body cannot nest too deeply.

    Either they are too few, or they are taken off from the inside, level by level, which takes twenty times as long.
    Brackets inside of strings may be in the way; then the answer is True, and the value itself is looked at.
    """
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return False
    brackets = body.translate(None, _NO_BRACKET)
    for taken_off in range(0, DEEPEST, 2):  # a list of objects goes in one round
        if taken_off + len(brackets) // 2 <= DEEPEST:
            return False
        rest = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(rest) == len(brackets):
            return True
        brackets = rest
    return True


def _is_deeper_than(value: Any, levels: int) -> bool:
    inside = [value]
    for _ in range(levels + 1):
        if not inside:
            return False
        inside = [item for group in inside if isinstance(group, (dict, list)) for item in _items(group)]
    return bool(inside)


def _items(group: dict[str, Any] | list[Any]) -> Any:
    return group.values() if isinstance(group, dict) else group
