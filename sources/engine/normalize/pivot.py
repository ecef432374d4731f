"""One level of many objects, turned into columns of plain Python values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from fieldhouse.sources.engine.spec.naming import collide, resolved, snake_case

EMPTY: dict[str, Any] = {}
"""Stands for an object that is not there. Never changed."""


def columns_of(objects: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str, list[Any]]]:
    """``(vendor's key, name, one value per object)`` for each key, by first sight; None where absent."""
    rows = _of_one_layout(objects)
    layouts = dict.fromkeys(map(tuple, objects if rows is None else objects[:1]))
    keys = tuple(dict.fromkeys(chain.from_iterable(layouts)))
    if collide(keys):
        yield from _apart(objects, layouts)
    elif rows is not None:
        for key, values in zip(keys, zip(*rows, strict=True), strict=True):
            yield key, snake_case(key), list(values)
    else:
        for key in keys:
            yield key, snake_case(key), [record.get(key) for record in objects]


def _of_one_layout(objects: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]] | None:
    """The values of each object in the order of the first one's keys; None where another has other keys."""
    if not objects or set(map(len, objects)) != {len(objects[0])}:
        return None
    keys = tuple(objects[0])
    try:
        if len(keys) > 1:
            return list(map(itemgetter(*keys), objects))
        return [(record[keys[0]],) for record in objects] if keys else []
    except KeyError:
        return None


def _apart(
    objects: Sequence[dict[str, Any]], layouts: dict[tuple[str, ...], None]
) -> Iterator[tuple[str, str, list[Any]]]:
    """The same where keys of an object meet in one name: each object is named on its own by ``resolved``."""
    renamed = []
    for record in objects:
        names = resolved(tuple(record))
        renamed.append({names[key]: value for key, value in record.items()})
    originals: dict[str, str] = {}
    for layout in layouts:
        for key, name in resolved(layout).items():
            originals.setdefault(name, key)
    for name, key in originals.items():
        yield key, name, [record.get(name) for record in renamed]


def values_named(objects: Sequence[dict[str, Any]], name: str) -> list[Any]:
    """The value of the key that is called ``name``, for each object; None where there is none."""
    try:
        return [record[name] for record in objects]
    except KeyError:
        pass  # spelled otherwise by the vendor, or absent from some
    return next(
        (values for _, column_name, values in columns_of(objects) if column_name == name),
        [None] * len(objects),
    )
