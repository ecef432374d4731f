"""Notific's tables: each collection comes whole in one answer; there is neither paging nor a filter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fieldhouse.sources.engine.spec import Table

from . import rows

_WRAPPERS = frozenset({"value", "items", "data", "results"})


def collection(name: str) -> Callable[[Any], Any]:
    """The records of an answer: the list itself, or the one that an OData or other envelope holds as a whole.

    An envelope that speaks of more than it holds, a count or a next link, is left as it is: it is no whole list.
    """

    def records(document: Any) -> Any:
        if not isinstance(document, Mapping):
            return document
        lists = {key: value for key, value in document.items() if isinstance(value, list)}
        named = [value for key, value in lists.items() if key.lower() in _WRAPPERS | {name.lower()}]
        more = any(
            ("next" in key.lower() and value) or (type(value) is int and named and value != len(named[0]))
            for key, value in document.items()
        )
        return named[0] if len(lists) == len(named) == 1 and not more else document

    return records


TABLES = (
    Table(
        name="tickets",
        path="api/Tickets",
        records=collection("Tickets"),
        row=rows.Ticket,
        grain="one row per ticket",
        confirm="api/Tickets/{id}",
    ),
    Table(
        name="customers",
        path="api/Customers",
        records=collection("Customers"),
        row=rows.Customer,
        grain="one row per customer",
        confirm="api/Customers/{id}",
    ),
    Table(
        name="services",
        path="api/Services",
        records=collection("Services"),
        row=rows.Service,
        grain="one row per service that tickets and customers refer to",
        confirm="api/Services/{id}",
    ),
    Table(
        name="operators",
        path="api/Operators",
        records=collection("Operators"),
        row=rows.Operator,
        grain="one row per operator",
        confirm="api/Operators/{id}",
    ),
)
