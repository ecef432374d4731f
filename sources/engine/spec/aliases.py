"""Aliases: other names under which a vendor sends a declared field; the first that is present fills the field.

A row declares ``aliases`` for a column where public clients read other names than the vendor's text shows. The fields
keep the names that were sent as columns of their own; the declared column is filled besides, so that whoever reads it
need not know which reading an account serves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from .incremental import ServerTime
from .naming import resolved
from .reads import Record
from .row import Alias, Row, aliases_of

Fill = Callable[[Record], Record]
_MOST_LAYOUTS = 256
"""Layouts (keys of a record in their order) that are remembered per level; an account has a few."""


@dataclass(frozen=True)
class _Field:
    """A field with aliases, or with rows inside that have some."""

    name: str
    aliases: tuple[Alias, ...]
    inner: Fill | None


def filled(model: type[Row]) -> Callable[[Record, ServerTime], Iterable[Record]]:
    """A ``reshape`` of a table: each record with what its aliases fill, or the same record if they fill nothing."""
    fill: Fill | None = None

    def reshape(record: Record, server_time: ServerTime) -> Iterable[Record]:
        nonlocal fill
        if fill is None:  # not on import, where no record needs it
            fill = _filling(model)
        return (fill(record),)

    return reshape


@cache
def _filling(model: type[Row]) -> Fill:
    """Fills the fields of one level, and of the objects and lists below it."""
    fields = []
    for name, aliases, inner in aliases_of(model):
        below = _filling(inner) if inner and _has_aliases(inner) else None
        if aliases or below:
            fields.append(_Field(name, aliases, below))
    layouts: dict[tuple[str, ...], list[_Field]] = {}

    def fill(record: Record) -> Record:
        layout = tuple(record)
        named = layouts.get(layout)
        if named is None:
            named = _as_spelled(layout, fields)
            if len(layouts) < _MOST_LAYOUTS:
                layouts[layout] = named
        return _fill(record, named) if named else record

    return fill if fields else lambda record: record


def _has_aliases(model: type[Row]) -> bool:
    return any(aliases or (inner and _has_aliases(inner)) for _, aliases, inner in aliases_of(model))


def _as_spelled(layout: Collection[str], fields: Iterable[_Field]) -> list[_Field]:
    """The fields that records with these keys can have filled, under the names that they have there."""
    keys = {name: key for key, name in resolved(tuple(layout)).items()}
    spelled = []
    for field in fields:
        name = keys.get(field.name, field.name)
        aliases = tuple(alias for alias in field.aliases if callable(alias) or alias in layout)
        if aliases or (field.inner and name in layout):
            spelled.append(replace(field, name=name, aliases=aliases))
    return spelled


def _fill(record: Record, fields: list[_Field]) -> Record:
    changed: dict[str, Any] = {}
    for field in fields:
        value = record.get(field.name)
        made = value if value is not None else _first(record, field.aliases)
        if field.inner and made is not None:
            made = _below(made, field.inner)
        if made is not value:
            changed[field.name] = made
    return {**record, **changed} if changed else record


def _below(value: Any, inner: Fill) -> Any:
    if isinstance(value, dict):
        return inner(value)
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
