"""Answers that are not plain lists, and records to which something is added or from which something is removed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fieldhouse.sources.engine.errors import VendorChanged
from fieldhouse.sources.engine.redact import shape_of
from fieldhouse.sources.engine.spec import Record, ServerTime

from .time_zones import organization_zone, utc_text, zone_of

Reshape = Callable[[Record, ServerTime], Iterator[Record]]
_DURATION = re.compile(r"(\d{1,6}):([0-5]\d):([0-5]\d)", re.ASCII)


# Answers -> records.


def the_only_list(name: str) -> Callable[[Any], list[Any]]:
    """The records under ``name``, or else the only list: the name is made from a label of the site."""

    def records(document: Any) -> list[Any]:
        choices = document.items() if isinstance(document, Mapping) else ()
        lists = {key: value for key, value in choices if isinstance(value, list)}
        rows = lists.get(name) if name in lists or len(lists) != 1 else next(iter(lists.values()))
        if rows is None:
            raise VendorChanged(f"{name!r} is not in the answer, which is {shape_of(document)}")
        return rows

    return records


def the_one(name: str) -> Callable[[Any], list[Any]]:
    """The record under ``name`` of the answer to a ``get`` method."""

    def records(document: Any) -> list[Any]:
        rows = document.get(name) if isinstance(document, Mapping) else None
        if not isinstance(rows, Mapping):
            raise VendorChanged(f"the answer holds no {name!r}")
        return [rows]

    return records


def tiers(document: Any) -> list[Record]:
    """``tiers`` maps "1" to "10" to labels."""
    rows = document.get("tiers") if isinstance(document, Mapping) else None
    if rows == []:
        return []
    if not isinstance(rows, Mapping):
        raise VendorChanged("membership.tierList answered without an object of tiers")
    return [{"tier": tier, "label": label} for tier, label in rows.items()]


def options(document: Any) -> list[Record]:
    """Lists of options by name: dropdowns map ids to labels, multi-picks are arrays of objects; and text fields by
    name, each an object with a label and permissions."""
    if not isinstance(document, Mapping):
        if document == []:
            return []
        raise VendorChanged(f"lists of options came as {type(document).__name__}, not as an object")
    return [row for name, choices in document.items() for row in _options(str(name), choices)]


def _options(name: str, choices: Any) -> list[Record]:
    if isinstance(choices, Mapping) and isinstance(choices.get("permissions"), Mapping):
        return [{"list": name, "id": name, **choices}]
    if isinstance(choices, Mapping):
        return [{"list": name, "id": identity, "label": label} for identity, label in choices.items()]
    if isinstance(choices, list) and all(isinstance(option, Mapping) for option in choices):
        return [{"list": name, **option} for option in choices]
    raise VendorChanged(f"the options of {name} are neither an object nor an array of objects")


# Records -> records.


def local_times(*fields: str) -> Reshape:
    """Beside each local time of ``fields`` its instant, by the zone that the record's label names."""

    def reshape(record: Record, server_time: ServerTime) -> Iterator[Record]:
        zone = zone_of(record, server_time)
        yield {**record, **{f"_{name}_utc": utc_text(record.get(name), zone) for name in fields}}

    return reshape


def clock_entry(record: Record, server_time: ServerTime) -> Iterator[Record]:
    """``clocked_in`` says its zone only by an offset; ``clocked_in_local`` is in the organization's."""
    zone = zone_of(record, server_time)
    placed = {
        f"_{name}_utc": utc_text(record.get(name), None) or utc_text(record.get(f"{name}_local"), zone)
        for name in ("clocked_in", "clocked_out")
    }
    yield {**record, **placed}


def time_zone(record: Record, server_time: ServerTime) -> Iterator[Record]:
    """Several labels can name one zone; those of the organization's are marked."""
    yield {**record, "_is_organization_zone": record.get("iana_timezone") == server_time.zone}


def time_card(record: Record, server_time: ServerTime) -> Iterator[Record]:
    """The start as an instant by the organization's zone, as the card names none; the duration in seconds."""
    start = f"{record.get('start_date')}T{record.get('start_time')}"
    parts = _DURATION.fullmatch(str(record.get("duration")))
    hours, minutes, seconds = (int(part) for part in parts.groups()) if parts else (0, 0, 0)
    yield {
        **record,
        "_start_utc": utc_text(start, organization_zone(server_time)),
        "_duration_seconds": hours * 3600 + minutes * 60 + seconds if parts else None,
    }


def profile_value(record: Record, server_time: ServerTime) -> Iterator[Record]:
    """A profile item with several values is an array: it is kept in one column, as JSON text."""
    value = record.get("value")
    if isinstance(value, (list, dict)):
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    yield {**record, "value": value}


def without(*names: str) -> Reshape:
    """Leave out fields that describe the reading user instead of the record, and links that open without a login."""

    def reshape(record: Record, server_time: ServerTime) -> Iterator[Record]:
        yield {name: value for name, value in record.items() if name not in names}

    return reshape
