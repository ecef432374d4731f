"""Selection criteria, date windows, sorting and pages of Shiftboard lists, as strict as the text allows.

What the text does not name is refused with "Invalid params" rather than ignored, so that a misspelt criterion
cannot pass for an honoured one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Record, iso

from .objects import OBJECT_TYPES
from .rpc import INVALID_PARAMS, RpcError
from .store import Site

Predicate = Callable[[Record], bool]
Criterion = Callable[[Any, Record], Predicate]
"""Takes a criterion's value and the defaults of the table; gives the test of a row."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
DEFAULT_BATCH, LARGEST_BATCH, FEED_DAYS = 10, 1000, 30


def refuse(message: str) -> RpcError:
    return RpcError(INVALID_PARAMS, message)


def id_of(value: Any) -> str:
    """An identifier as text; integers and digit strings are the same."""
    if isinstance(value, bool) or not isinstance(value, (int, str)) or value == "":
        raise refuse(f"Invalid identifier: {value!r}")
    return str(value)


def ids_of(value: Any) -> frozenset[str]:
    """A single identifier or an array of them."""
    return frozenset(id_of(item) for item in (value if isinstance(value, list) else [value]))


def boolean(value: Any, name: str = "value") -> bool:
    if not isinstance(value, bool):
        raise refuse(f"{name} must be true or false")
    return value


def any_id(field: str, none: str = "") -> Criterion:
    """Rows whose ``field`` is one of the ids; ``none`` stands for no value (0 in shift lists)."""

    def make(value: Any, defaults: Record) -> Predicate:
        expected, fallback = ids_of(value), defaults.get(field)
        return lambda row: str(row.get(field, fallback) or none) in expected

    return make


def no_id(field: str) -> Criterion:
    def make(value: Any, defaults: Record) -> Predicate:
        unwanted = ids_of(value)
        return lambda row: str(row.get(field)) not in unwanted

    return make


def one_of_list(field: str) -> Criterion:
    """Rows whose list ``field`` holds one of the ids."""

    def make(value: Any, defaults: Record) -> Predicate:
        expected = ids_of(value)
        return lambda row: not expected.isdisjoint(row.get(field) or ())

    return make


def flag(field: str) -> Criterion:
    """Rows whose ``field`` is set (true) or not (false)."""

    def make(value: Any, defaults: Record) -> Predicate:
        expected, fallback = boolean(value, field), defaults.get(field)
        return lambda row: bool(row.get(field, fallback)) is expected

    return make


def text(*fields: str) -> Criterion:
    """Rows where a field, or all of them joined with blanks, contains the text; case does not matter."""

    def make(value: Any, defaults: Record) -> Predicate:
        if not isinstance(value, str):
            raise refuse("search must be a string")
        expected = value.casefold()
        return lambda row: expected in " ".join(str(row.get(field) or "") for field in fields).casefold()

    return make


def chosen(
    site: Site, table: str, rows: Iterable[Record], select: Record, rules: Mapping[str, Criterion]
) -> list[Record]:
    """The rows that meet every criterion of ``select`` that has a rule."""
    defaults = OBJECT_TYPES[table].defaults
    tests = [rules[name](value, defaults) for name, value in select.items() if name in rules]
    return [row for row in rows if all(test(row) for test in tests)]


def a_date(select: Record, name: str, default: date | None) -> date | None:
    """An RFC 3339 full date of ``select``, or the default where it is absent."""
    if name not in select:
        return default
    value = select[name]
    try:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise ValueError(value)
        return date.fromisoformat(value)
    except ValueError as error:
        raise refuse(f"{name} must be a date (YYYY-MM-DD)") from error


def window(select: Record, first: date, days: int) -> tuple[str, str]:
    """First and last day of a list: ``first`` and that many days after the start where they are not given."""
    start = a_date(select, "start_date", first)
    assert start is not None
    end = a_date(select, "end_date", start + timedelta(days=days))
    assert end is not None
    return start.isoformat(), end.isoformat()


def both_dates(rows: Iterable[Record], select: Record, first: str, last: str, field: str) -> Iterable[Record]:
    """Rows whose date lies between two criteria, of which both or neither must be given."""
    start, end = a_date(select, first, None), a_date(select, last, None)
    if (start is None) != (end is None):
        raise refuse(f"{first} and {last} must be given together")
    if start is None or end is None:
        return rows
    return [row for row in rows if start.isoformat() <= (row.get(field) or "")[:10] <= end.isoformat()]


def updated_since(site: Site, select: Record) -> str:
    """``select.updated_since`` as UTC text: 24 hours ago by default, silently at most 30 days ago."""
    now = site.clock.now()
    value = select.get("updated_since")
    since = now - timedelta(hours=24)
    if value is not None:
        digits = str(value)
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, str))
            or not digits.isdecimal()
            or len(digits) > 11
        ):
            raise refuse("updated_since must be a timestamp that system.timestamp returned")
        since = datetime.fromtimestamp(int(digits), UTC)
    return str(iso(max(since, now - timedelta(days=FEED_DAYS)), "seconds"))


@dataclass(frozen=True)
class Page:
    """``start`` is a record number, from 1; ``batch`` a number of records, 1 to 1000."""

    batch: int = DEFAULT_BATCH
    start: int = 1


def page_of(params: Record) -> Page:
    """The ``page`` attribute of a request; a batch printed as a string is taken back as it was given."""
    page = params.get("page", {})
    if not isinstance(page, dict) or not page.keys() <= {"batch", "start"}:
        raise refuse("page must be an object with batch and start")
    batch, start = (
        _number(page.get(name, default)) for name, default in (("batch", DEFAULT_BATCH), ("start", 1))
    )
    if not 1 <= batch <= LARGEST_BATCH:
        raise refuse(f"batch must be between 1 and {LARGEST_BATCH}")
    if start < 1:
        raise refuse("start must be at least 1")
    return Page(batch, start)


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)) or not str(value).isdecimal():
        raise refuse("batch and start must be integers")
    return int(value)


def page_links(page: Page, total: int, batch_as: type = int) -> Record:
    """The ``page`` attribute of a response, absent where no record was found; ``next`` only if more exist."""
    if page.start > total:
        return {}
    batch = batch_as(page.batch)
    links: Record = {"this": {"batch": batch, "start": page.start}}
    if page.start + page.batch <= total:
        links["next"] = {"batch": batch, "start": page.start + page.batch}
    if page.start > 1:
        links["prev"] = {"batch": batch, "start": max(1, page.start - page.batch)}
    return {"page": links}


def sorted_by(rows: list[Record], sort: Any, keys: Mapping[str, Callable[[Record], Any]]) -> list[Record]:
    """Rows in the order of ``sort``: an attribute name, ``{name, direction}``, or an array of those."""
    for criterion in reversed(sort if isinstance(sort, list) else [sort]):
        if not isinstance(criterion, dict):
            criterion = {"name": criterion}
        name, direction = str(criterion.get("name")), criterion.get("direction", "asc")
        if (
            name not in keys
            or direction not in ("asc", "desc")
            or not criterion.keys() <= {"name", "direction"}
        ):
            raise refuse(f"Invalid sort criterion: {criterion!r}")
        rows = sorted(rows, key=keys[name], reverse=direction == "desc")
    return rows
