"""How Shiftboard's lists are asked: whole, by days, by a change feed, or for some parents.

Defaults of the vendor are never relied on: dates, scopes and what to include are always sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from fieldhouse.sources.engine.http.pagination import Pager, Single, StartBatch
from fieldhouse.sources.engine.spec import Incremental, PerParent, RowFilter, Table
from fieldhouse.sources.engine.spec.row import Row
from fieldhouse.sources.engine.spec.row_filter import BOOLEANS

ALL_AT_ONCE = Single()
PERHAPS_IN_PAGES = StartBatch(bare_first=True)
"""For a list whose documentation lacks "uses pagination": it may refuse ``page``, and may still page."""
TOGETHER = 20
"""So many requests in one batch request, and so many parents in one request. The vendor states no limit."""
FULL = {"extended": True, "referenced_objects": False}
ZONES_APART = timedelta(days=1)
"""So far apart the dates of one moment can lie in two time zones."""
ALL_DAYS = {"start_date": "1970-01-01", "end_date": "2199-12-31"}


def days(first: datetime, last: datetime) -> Mapping[str, Any]:
    return {"select": {"start_date": f"{first:%Y-%m-%d}", "end_date": f"{last:%Y-%m-%d}"}}


def shift_days(first: datetime, last: datetime) -> Mapping[str, Any]:
    """The days of shifts by their dates on display, which the text asks for if workers are in several time zones.

    Their other dates lie at most a day apart from these: both are sent, as each has a default.
    """
    around = days(first - ZONES_APART, last + ZONES_APART)["select"]
    return {
        "select": {
            **around,
            "display_start_date": f"{first:%Y-%m-%d}",
            "display_end_date": f"{last:%Y-%m-%d}",
        }
    }


def feed(path: str, second_stream: str, **select: Any) -> Incremental:
    """A change feed: two streams, a record may be in both. It silently looks back 30 days at most."""
    return Incremental(
        path=path,
        params=lambda cursor: {"select": {"updated_since": int(cursor.timestamp()), **select}},
        streams=({}, {"select": {second_stream: True}}),
        max_age=timedelta(days=29),
    )


def selected(name: str, parent: str, *, stamp: str | None = None, **also: Any) -> PerParent:
    """One read per parent, named in ``select``."""
    return PerParent(
        parent=parent,
        params=lambda keys: {"select": {name: keys[0], **also}},
        stamp=stamp,
        field=name,
    )


def per_parent(name: str, parent: str, **also: Any) -> PerParent:
    """One read per 20 parents, named in ``select``: else the vendor answers for the API account's own.

    The documentation does not say what happens to the relations of a deleted workgroup: they are requested as well.
    """
    return PerParent(
        parent=parent,
        params=lambda keys: {"select": {name: keys, **also}},
        parents_per_request=TOGETHER,
        field=name,
        flagged_too=True,
    )


def one(name: str, parent: str, **how: Any) -> PerParent:
    """One read per parent, 20 of them in one batch request."""
    return PerParent(parent=parent, params=lambda keys: {name: keys[0]}, batch_size=TOGETHER, **how)


def ids(*names: str, none: str = "") -> dict[str, RowFilter]:
    """Filters by one id or several, each a criterion of ``select`` and a field of the record of the same name.

    Args:
        none: the id that selects records without one.
    """
    return {
        name: RowFilter(
            params=lambda wanted, name=name: {"select": {name: list(wanted)}},  # type: ignore[misc]
            column=name,
            takes_many=True,
            none=none,
        )
        for name in names
    }


def flags(*names: str, column: str | None = None) -> dict[str, RowFilter]:
    """Filters by true or false."""
    return {
        name: RowFilter(
            params=lambda wanted, name=name: {"select": {name: wanted[0] == "true"}},  # type: ignore[misc]
            column=column or name,
            values=BOOLEANS,
        )
        for name in names
    }


def plain(
    name: str, path: str, row: type[Row], records: str, grain: str, pager: Pager | None = None
) -> Table:
    """A list that is read as it is."""
    return Table(name=name, path=path, row=row, records=records, grain=grain, pager=pager)
