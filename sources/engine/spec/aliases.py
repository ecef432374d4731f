"""Aliases: other names under which a vendor sends a declared field; the first that is present fills the field.

A row declares ``aliases`` for a column where public clients read other names than the vendor's text shows. The fields
keep the names that were sent as columns of their own; the declared column is filled besides, so that whoever reads it
need not know which reading an account serves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from .incremental import ServerTime
from .naming import snake_case
from .reads import Record
from .row import Alias, Row, aliases_of

Fill = Callable[[Record], Record]


@dataclass(frozen=True)
class _Field:
    """A field with aliases, or with rows inside that have some."""

    name: str
    aliases: tuple[Alias, ...]
    inner: Fill | None


def filled(model: type[Row]) -> Callable[[Record, ServerTime], Iterator[Record]]:
    """A ``reshape`` of a table: each record with what its aliases fill, or the same record if they fill nothing."""

    def reshape(record: Record, server_time: ServerTime) -> Iterator[Record]:
        yield _filling(model)(record)

    return reshape


@cache
def _filling(model: type[Row]) -> Fill:
    """Fills the fields of one level, and of the objects and lists below it."""
    fields = []
    for name, aliases, inner in aliases_of(model):
        below = _filling(inner) if inner and _has_aliases(inner) else None
        if aliases or below:
            fields.append(_Field(name, aliases, below))
    return lambda record: _fill(record, fields) if fields else record


def _has_aliases(model: type[Row]) -> bool:
    return any(aliases or (inner and _has_aliases(inner)) for _, aliases, inner in aliases_of(model))


def _fill(record: Record, fields: list[_Field]) -> Record:
    keys: dict[str, str] = {}
    for key in record:
        keys.setdefault(snake_case(key), key)
    changed: dict[str, Any] = {}
    for field in fields:
        key = keys.get(field.name, field.name)
        value = record.get(key)
        made = value if value is not None else _first(record, field.aliases)
        if field.inner:
            made = _below(made, field.inner)
        if made is not value:
            changed[key] = made
    return {**record, **changed} if changed else record


def _below(value: Any, inner: Fill) -> Any:
    if isinstance(value, Mapping):
        return inner(dict(value))
    if isinstance(value, list):
        items = [inner(item) if isinstance(item, dict) else item for item in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    return value


def _first(record: Record, aliases: tuple[Alias, ...]) -> Any:
    for alias in aliases:
        value = alias(record) if callable(alias) else record.get(alias)
        if value is not None:
            return value
    return None
