"""Bodies as ASP.NET Web API writes them (DataContract): no types, null as ``i:nil``, lists by their children.

What the elements do not say is read so that the same tables come out as from JSON: a text that is exactly how
a number or a boolean is written becomes one, which a declared text column turns back without loss.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from fieldhouse.sources.engine.http.xml_body import Element, fold

_LISTS = frozenset({"Services"})
_ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
_INTEGER = re.compile(r"-?[1-9]\d{0,17}|0", re.ASCII)
_BOOLEANS = {"true": True, "false": False}


def parse(body: bytes) -> Any:
    """A list of records from ``<ArrayOfTicket>``, one record from ``<Ticket>``.

    Raises:
        ValueError: no XML that is accepted.
    """
    root, value = fold(body, value_of)
    if not _local(root).startswith("ArrayOf"):
        return value
    return _evened(value) if isinstance(value, list) else value


def value_of(element: Element) -> Any:
    """A list, a record, a number, a boolean, a text, or nothing."""
    name = _local(element.name)
    attributes = {_local(key): value for key, value in element.attributes.items()}
    if attributes.get("nil") == "true":
        return None
    if not element.children:
        empty_list = name in _LISTS or name.startswith("ArrayOf") or _ARRAYS in attributes.values()
        return [] if empty_list and not element.text.strip() else _scalar(element.text)
    if _is_list(name, element.children):
        return [value for _, value in element.children]
    return {_local(child): value for child, value in element.children}


def _is_list(name: str, children: Sequence[tuple[str, Any]]) -> bool:
    """Items stand under their type's name: ``Services`` holds ``Service``, a list of numbers ``a:int``.

    So does a single one: ``Updates`` holds one ``TicketUpdate``, which is a record.
    """
    (qualified, value), first = children[0], _local(children[0][0])
    if {child for child, _ in children} != {qualified}:
        return False
    if name in _LISTS or len(children) > 1 or ":" in qualified or name in (f"{first}s", f"ArrayOf{first}"):
        return True
    return isinstance(value, dict) and f"{first}s".endswith(name)


def _scalar(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        return int(text)
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    return _float(text) if "." in text else text


def _float(text: str) -> float | str:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if repr(number) == text else text


def _evened(records: list[Any]) -> list[Any]:
    """An empty element may be a text or a list, and one item an object: it is what the other records have there."""
    rows = [record for record in records if isinstance(record, dict)]
    lists = {name for record in rows for name, value in record.items() if isinstance(value, list)}
    for record in rows:
        record.update((name, _items(record[name])) for name in lists if name in record)
    return records


def _items(value: Any) -> Any:
    if value == "":
        return []
    return list(value.values()) if isinstance(value, dict) and len(value) == 1 else value


def _local(name: str) -> str:
    return name.rpartition(":")[2]
