"""Bodies as Rails writes them: dashed names, ``type`` and ``nil`` attributes, records nested in full.

Seen in recorded bodies of the same API under its later name; the vendor's text shows no answer at all.
"""

from __future__ import annotations

import re
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any

from fieldhouse.sources.engine.errors import VendorChanged
from fieldhouse.sources.engine.http.messages import Response
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.http.xml_body import Element, fold
from fieldhouse.sources.engine.spec.stated import StatedDate, StatedDecimal, StatedTimestamp

MOST_BYTES, MOST_ELEMENTS = 16 * 1024 * 1024, 150_000
"""The largest page that is read: 50 jobs with all their children are well below a million bytes and 50,000 elements."""
_SECRET = re.compile(r"(^|_)(passwords?|tokens?|digest|salt|secrets?|api_key)(_|$)|^stripe_customer_id$")
"""Elements that let somebody in or lead to a payment: they are dropped before there is a record."""
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARED = re.compile(rb"\xef\xbb\xbf|\xff\xfe|\xfe\xff|\s*<\?xml[^>]*encoding")
_STATED = {"decimal": StatedDecimal, "datetime": StatedTimestamp, "date": StatedDate}
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


def decode(response: Response, ask: Request) -> Any:
    """A list of records, or one record.

    Raises:
        VendorChanged: an error document with status 200.
        ValueError: no XML that is accepted.
    """
    root, value = _folded(response)
    if root == "errors":
        raise VendorChanged(f"{ask.path} is answered with status 200 and an error", do="Run the sync again.")
    return value


def is_invalid(response: Response) -> bool:
    """Whether the answer is ``<errors><error>Invalid …</error></errors>``: the vendor's "not there"."""
    try:
        root, value = _folded(response)
    except ValueError:
        return False
    error = value.get("error") if root == "errors" and isinstance(value, dict) else None
    return isinstance(error, str) and error.startswith("Invalid ")


def _folded(response: Response) -> tuple[str, Any]:
    """The body by its own encoding, else by that of the header ``Content-Type`` (RFC 7303), else as UTF-8."""
    body = response.body
    charset = _CHARSET.search(response.headers.get("content-type", ""))
    if charset and not _DECLARED.match(body):
        with suppress(LookupError, UnicodeError):  # a wrong claim: the parser says what the body is
            body = body.decode(charset[1]).encode()
    root, value = fold(body, value_of, most=MOST_BYTES, elements=MOST_ELEMENTS)
    return root.rpartition(":")[2], value


def value_of(element: Element) -> Any:
    """What one element says: a list, a record, a number, a boolean, a text, or nothing.

    ``type`` is matched without case, with ``-`` or ``_``; a class name (``type="Customer"``) says nothing
    about the form. A text without ``type`` may be empty, which is not the same as ``nil="true"``.
    """
    if element.attributes.get("nil") in ("true", "1"):
        return None
    kind = element.attributes.get("type", "").lower().replace("_", "").replace("-", "")
    if kind == "array":
        return [value for _, value in element.children]
    if element.children:
        return _record(element.children)
    return _scalar(element.text, kind)


def _record(children: list[tuple[str, Any]]) -> dict[str, Any]:
    """The fields by underscored name; a name that stands there twice holds a list."""
    record: dict[str, Any] = {}
    repeated: set[str] = set()
    for dashed, value in children:
        name = dashed.rpartition(":")[2].replace("-", "_")
        if _SECRET.search(name):
            continue
        if name in repeated:
            record[name].append(value)
        elif name in record:
            repeated.add(name)
            record[name] = [record[name], value]
        else:
            record[name] = value
    return record


def _scalar(text: str, kind: str) -> Any:
    """A value as its type; what does not read so stays the text that it is."""
    if kind in ("", "string", "text"):
        return text
    plain = text.strip()
    if not plain:
        return None
    if kind == "integer":
        return int(plain) if re.fullmatch(r"[+-]?\d{1,40}", plain, re.ASCII) else text
    if kind == "float":
        return _number(plain)
    if stated := _STATED.get(kind):
        return stated(plain)
    if kind == "boolean":
        return _TRUTHS.get(plain.lower(), text)
    return text


def _number(text: str) -> float | str:
    """A float where it holds every digit, else the text, which decimal columns read exactly."""
    try:
        number = float(text)
        return number if Decimal(repr(number)) == Decimal(text) else text
    except (ValueError, InvalidOperation):
        return text
