"""XML bodies: each element becomes a value as soon as it ends, so no tree of a document is ever in memory.

No DTD, no entities and no external references are accepted, nor elements inside elements without end: an answer with
such things is refused where they begin, before they can grow. Characters that XML forbids are replaced: a person pasted
them into a text, and they must not block a whole list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, NamedTuple
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from .messages import BodyError

DEEPEST = 64
"""Levels of elements that are read."""
_LONG_TAG = re.compile(rb"<[^<>]{1000000}")
"""A tag that no honest answer has: its attributes alone would take seconds and hundreds of megabytes."""
_CDATA, _CDATA_ENDS = "<![CDATA[", "]]>"
_PLACEHOLDER, FORBIDDEN = "\U0001fffe", "\ud800"
"""What stands for a forbidden character while expat reads, and afterwards: a lone surrogate, which every column of text
replaces by U+FFFD and reports."""
_RAW = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,10}));")
_PAIR = re.compile(rf"({_REFERENCE.pattern})({_REFERENCE.pattern})")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Element(NamedTuple):
    """One element that has ended: ``children`` are the names and values of the elements inside, in order.

    Names are as sent, with their prefix. ``text`` is the element's own text, between its children too.
    """

    name: str
    attributes: Mapping[str, str]
    text: str
    children: list[tuple[str, Any]]


Rule = Callable[[Element], Any]
"""A vendor's own reading of one element, given the values of those inside it."""


def fold(
    body: bytes,
    rule: Rule,
    *,
    deepest: int = DEEPEST,
    most: int | None = None,
    elements: int | None = None,
) -> tuple[str, Any]:
    """The root element's name and its value by ``rule``.

    Raises:
        BodyError: no XML (with line and column), a DTD, an entity, a tag of a million bytes, or more than
            ``deepest`` levels, ``most`` bytes or ``elements`` elements.
    """
    if most is not None and len(body) > most:
        raise BodyError(f"XML of more than {most:,} bytes")
    if len(body) > 1_000_000 and _LONG_TAG.search(body) and _LONG_TAG.search(_without_cdata(body)):
        raise BodyError("XML with a tag of more than 1,000,000 bytes")
    try:
        return _folded(body, _Folding(rule, deepest, elements))
    except SAXException as error:
        repaired = _repaired(body)
        if repaired is None:
            raise BodyError(f"no XML: {error}") from None
    try:
        return _folded(repaired, _Folding(rule, deepest, elements))
    except SAXException as error:
        raise BodyError(f"no XML: {error}") from None


def _folded(body: bytes, folding: _Folding) -> tuple[str, Any]:
    parser = DefusedExpatParser(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    parser.setContentHandler(folding)
    try:
        parser.parse(BytesIO(body))
    except DefusedXmlException as error:
        raise BodyError(f"XML with a DTD or an entity, which is refused ({type(error).__name__})") from None
    except LookupError as error:
        if type(error) is not LookupError:
            raise
        raise BodyError("XML in an encoding that is not known") from None
    return folding.ended[0]


def _without_cdata(body: bytes) -> bytes:
    first, *others = body.split(_CDATA.encode())
    return first + b"".join(part.partition(_CDATA_ENDS.encode())[2] for part in others)


def _repaired(body: bytes) -> bytes | None:
    """The body in UTF-8 without characters that XML forbids; None if it has none, or is in no encoding that it names.

    Forbidden are control characters and halves of a pair of surrogates, written as they are or as a reference. Two
    references that are such a pair are the character that they mean.
    """
    declared = _ENCODING.match(body)
    mark = next((name for start, name in _MARKS if body.startswith(start)), None)
    try:
        text = body.decode(mark or (declared[1].decode() if declared else "utf-8"))
    except (LookupError, UnicodeError):
        return None
    if declared or mark:
        text = _DECLARATION.sub("", text)
    first, *others = text.split(_CDATA)
    parts = [_REFERENCE.sub(_allowed, _PAIR.sub(_joined, first))]
    for part in others:  # a reference inside of CDATA is plain text
        inside, end, outside = part.partition(_CDATA_ENDS)
        parts.append(_CDATA + inside + end + _REFERENCE.sub(_allowed, _PAIR.sub(_joined, outside)))
    repaired = _RAW.sub(_PLACEHOLDER, "".join(parts))
    return None if repaired == text else repaired.encode()


def _code(decimal: str | None, hexadecimal: str | None) -> int:
    return int(hexadecimal, 16) if hexadecimal else int(decimal or 0)


def _joined(hit: re.Match[str]) -> str:
    high, low = _code(hit[3], hit[2]), _code(hit[6], hit[5])
    if 0xD800 <= high <= 0xDBFF and 0xDC00 <= low <= 0xDFFF:
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    return hit[0]


def _allowed(hit: re.Match[str]) -> str:
    code = _code(hit[2], hit[1])
    return _PLACEHOLDER if code > 0x10FFFF or _RAW.match(chr(code)) else hit[0]


class _Folding(ContentHandler):
    def __init__(self, rule: Rule, deepest: int, elements: int | None) -> None:
        super().__init__()
        self._rule, self._deepest, self._most, self._left = rule, deepest, elements, elements
        self._open: list[tuple[str, Mapping[str, str], list[str], list[tuple[str, Any]]]] = []
        self.ended: list[tuple[str, Any]] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        if len(self._open) >= self._deepest:
            raise BodyError(f"XML nested more than {self._deepest} levels deep")
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise BodyError(f"XML of more than {self._most:,} elements")
        attributes = {key: value.replace(_PLACEHOLDER, FORBIDDEN) for key, value in attrs.items()}
        self._open.append((name, attributes, [], []))

    def characters(self, content: str) -> None:
        self._open[-1][2].append(content)

    def endElement(self, name: str) -> None:
        _, attributes, texts, children = self._open.pop()
        text = "".join(texts).replace(_PLACEHOLDER, FORBIDDEN)
        value = self._rule(Element(name, attributes, text, children))
        (self._open[-1][3] if self._open else self.ended).append((name, value))
