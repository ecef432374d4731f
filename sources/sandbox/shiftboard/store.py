"""The rows of a Shiftboard site, how they are kept, indexed and shown."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any, Literal

from fieldhouse.sources.sandbox.sandbox import Clock, Record, iso

from .objects import OBJECT_TYPES
from .timezones import ORGANIZATION_ZONE, local

BASIC, EXTENDED, DETAIL = 0, 1, 2
MEMO_LIMIT = 2000


class Site:
    """One organization: its tables by name, each row by key.

    Rows are kept sparse: what a row does not say stands in its shape's ``defaults``. Rows are replaced, never
    changed in place, so that what was handed out stays as it was. Keys that begin with ``_`` are never shown.
    """

    def __init__(self, clock: Clock, rng: random.Random) -> None:
        self.clock = clock
        self.random = rng
        self.tables: dict[str, dict[str, Record]] = {name: {} for name in OBJECT_TYPES}
        self.extra: dict[str, Record] = defaultdict(dict)
        self.last_id = {name: object_type.first_id for name, object_type in OBJECT_TYPES.items()}
        self.gone: dict[tuple[str, str], list[tuple[str, Record]]] = {}
        self.user = ""
        self.edge_cases = False
        self.siteadmin = True
        self.basic_feed = False
        self.keeps_relations = False
        self.hides_pending = False
        self.display_dates: Literal["both", "alone", "ignored"] = "both"
        self.display_offset = timedelta(0)
        self.refuses_pending = False
        self._memo: dict[str, dict[Any, Any]] = defaultdict(dict)

    def now(self) -> str:
        """The clock's time in UTC, to the second, with ``Z``."""
        return str(iso(self.clock.now(), "seconds"))

    def today(self) -> date:
        """The date in the organization's zone, which all default windows count from."""
        return self.local_now().date()

    def local_now(self) -> datetime:
        return local(self.clock.now(), ORGANIZATION_ZONE)

    def new_id(self, table: str) -> str:
        self.last_id[table] += self.random.randint(1, 3)
        return str(self.last_id[table])

    def rows(self, table: str) -> Iterable[Record]:
        return self.tables[table].values()

    def get(self, table: str, key: Any) -> Record | None:
        return self.tables[table].get(str(key))

    def put(self, table: str, row: Record) -> Record:
        """Insert or replace a row under its key."""
        self.tables[table][key_of(table, row)] = row
        self._forget(table)
        return row

    def drop(self, table: str, key: str) -> Record:
        """Take a row out; KeyError where there is none."""
        self._forget(table)
        return self.tables[table].pop(key)

    def value(self, table: str, row: Record, field: str) -> Any:
        """A field of a row, or its default."""
        return row.get(field, OBJECT_TYPES[table].defaults.get(field))

    def memo(self, key: Any, make: Callable[[], Any], table: str = "") -> Any:
        """What ``make`` gives, kept until a row of ``table`` changes, or any row where no table is named."""
        kept = self._memo[table]
        if key not in kept:
            if len(kept) > MEMO_LIMIT:
                kept.clear()
            kept[key] = make()
        return kept[key]

    def _forget(self, table: str) -> None:
        self._memo[table].clear()
        self._memo[""].clear()

    def by(self, table: str, field: str) -> dict[str, list[Record]]:
        """Rows grouped by the text of a field."""

        def make() -> dict[str, list[Record]]:
            groups: dict[str, list[Record]] = defaultdict(list)
            for row in self.rows(table):
                groups[str(row.get(field))].append(row)
            return dict(groups)

        grouped: dict[str, list[Record]] = self.memo(("by", field), make, table)
        return grouped

    def between(self, table: str, field: str, first: str | None, last: str | None) -> list[Record]:
        """Rows in order of ``field``, from first to last, both included and compared as far as they reach."""

        def make() -> tuple[list[str], list[Record]]:
            dated = [row for row in self.rows(table) if row.get(field)]
            dated.sort(key=lambda row: (row[field], int(row["id"])))
            return [row[field] for row in dated], dated

        values, rows = self.memo(("between", field), make, table)
        start = bisect_left(values, first) if first else 0
        stop = bisect_right(values, last + "~") if last else len(rows)
        return list(rows[start:stop])

    def show(self, table: str, row: Record, level: int = EXTENDED) -> Record:
        """A row as the vendor prints it at that level of detail, new fields included."""
        object_type = OBJECT_TYPES[table]
        full = {**object_type.defaults, **row, **self.extra[table]}
        hidden = object_type.detail if level < DETAIL else frozenset()
        hidden |= {name for name in row if name[0] == "_"}  # what the sandbox notes for itself
        if level == BASIC and object_type.basic:
            keep = object_type.basic | self.extra[table].keys()
            return {name: full[name] for name in full if name in keep}
        return {name: value for name, value in full.items() if name not in hidden}


def key_of(table: str, row: Record) -> str:
    """The key of a row as text; the parts of a composed key joined with ``-``, as membership ids are."""
    return "-".join(str(row[name]) for name in OBJECT_TYPES[table].key)
