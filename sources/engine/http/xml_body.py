"""XML, folded: each element becomes a value as soon as it ends, so no tree of a document is ever held.

No DTD, no entities and no external references are accepted, nor elements inside elements without end: an
answer that holds such things is refused where they begin, before they can grow.
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

DEEPEST = 64
"""Levels of elements that are read."""
_LONG_TAG = re.compile(rb"<[^>]{1000000}")
"""A tag that no honest answer has: its attributes alone would take seconds and hundreds of megabytes."""


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
        ValueError: no XML (with line and column), a DTD, an entity, a tag of a million bytes, or more than
            ``deepest`` levels, ``most`` bytes or ``elements`` elements.
    """
    if most is not None and len(body) > most:
        raise ValueError(f"XML of more than {most:,} bytes")
    if _LONG_TAG.search(body):
        raise ValueError("XML with a tag of more than 1,000,000 bytes")
    folding = _Folding(rule, deepest, elements)
    parser = DefusedExpatParser(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    parser.setContentHandler(folding)
    try:
        parser.parse(BytesIO(body))
    except DefusedXmlException as error:
        raise ValueError(f"XML with a DTD or an entity, which is refused ({type(error).__name__})") from None
    except SAXException as error:
        raise ValueError(f"no XML: {error}") from None
    return folding.ended[0]


class _Folding(ContentHandler):
    def __init__(self, rule: Rule, deepest: int, elements: int | None) -> None:
        super().__init__()
        self._rule, self._deepest, self._most, self._left = rule, deepest, elements, elements
        self._open: list[tuple[str, Mapping[str, str], list[str], list[tuple[str, Any]]]] = []
        self.ended: list[tuple[str, Any]] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        if len(self._open) >= self._deepest:
            raise ValueError(f"XML nested more than {self._deepest} levels deep")
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise ValueError(f"XML of more than {self._most:,} elements")
        self._open.append((name, dict(attrs.items()), [], []))

    def characters(self, content: str) -> None:
        self._open[-1][2].append(content)

    def endElement(self, name: str) -> None:
        _, attributes, texts, children = self._open.pop()
        value = self._rule(Element(name, attributes, "".join(texts), children))
        (self._open[-1][3] if self._open else self.ended).append((name, value))
