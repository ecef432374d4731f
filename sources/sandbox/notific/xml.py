"""XML as ASP.NET Web API writes it: DataContract style, elements by alphabet, null as ``i:nil``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

from fieldhouse.sources.sandbox.sandbox import Record

_DECLARED = (
    'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns="http://schemas.datacontract.org/2004/07/Notific.Models"'
)
_ARRAYS = 'xmlns:a="http://schemas.microsoft.com/2003/10/Serialization/Arrays"'


def document(kind: str, record: Record) -> bytes:
    """One entity, ``<Ticket …>``."""
    return f"<{kind} {_DECLARED}>{_fields(record)}</{kind}>".encode()


def array(kind: str, records: Iterable[Record]) -> bytes:
    """A collection, ``<ArrayOfTicket …><Ticket>…``."""
    body = "".join(f"<{kind}>{_fields(record)}</{kind}>" for record in records)
    return f"<ArrayOf{kind} {_DECLARED}>{body}</ArrayOf{kind}>".encode()


def _fields(record: Record) -> str:
    return "".join(_element(name, record[name]) for name in sorted(record))


def _element(name: str, value: Any) -> str:
    if value is None:
        return f'<{name} i:nil="true"/>'
    if isinstance(value, list):
        return _list(name, value)
    if isinstance(value, bool):
        return f"<{name}>{str(value).lower()}</{name}>"
    return f"<{name}>{escape(str(value))}</{name}>"


def _list(name: str, values: list[Any]) -> str:
    """Entities stand under their kind's name (``Services`` holds ``Service``), plain numbers as ``a:int``."""
    if values and not isinstance(values[0], dict):
        return f"<{name} {_ARRAYS}>{''.join(f'<a:int>{value}</a:int>' for value in values)}</{name}>"
    kind = name.removesuffix("s")
    return f"<{name}>{''.join(f'<{kind}>{_fields(value)}</{kind}>' for value in values)}</{name}>"
