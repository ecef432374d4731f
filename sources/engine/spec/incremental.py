"""The incremental filter of a table, and the vendor's clock on which its cursor depends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from fieldhouse.sources.engine.errors import Denied, NoSuchRead, NotFound, Refused, SourceError

from .naming import joined, snake_case


@dataclass(frozen=True)
class ServerTime:
    """What a vendor knows of time at the start of a run.

    Attributes:
        now: the vendor's clock, UTC.
        zone: IANA name of the organisation's zone.
        zones: the vendor's own zone labels -> IANA names.
        stamp: the vendor's own token for "now", to be sent back as a cursor (for example epoch seconds).
    """

    now: datetime
    zone: str = "UTC"
    zones: Mapping[str, str] = field(default_factory=dict)
    stamp: str | None = None


@dataclass(frozen=True, kw_only=True)
class Incremental:
    """An incremental filter, and how it is proven before a cursor relies on it.

    Attributes:
        params: the parameters that ask for rows changed at or after a cursor.
        order: parameters that ask for the oldest change first; left out where the vendor refuses them.
        cursor_field: the field with the time that the cursor is taken from, by the vendor's names, with dots into
            nested objects (``Metadata.UpdatedOn``); None where the vendor's own stamp is the cursor.
        path: the change feed's own path, where it is not the list's.
        streams: the feed is the union of these reads.
        overlap: how far before the cursor a read starts, against rows that became visible late.
        prove: ask once with a far future cursor: rows in the answer mean that the filter is ignored.
        max_age: a cursor older than this is answered by a full read, since the vendor silently cuts older ones off.
    """

    params: Callable[[datetime], Mapping[str, Any]]
    order: Mapping[str, Any] = field(default_factory=dict)
    cursor_field: str | None = None
    path: str | None = None
    streams: tuple[Mapping[str, Any], ...] = ({},)
    overlap: timedelta = timedelta(minutes=15)
    prove: bool = True
    max_age: timedelta | None = None

    @property
    def refusals(self) -> tuple[type[SourceError], ...]:
        """What a refused proof raises. A feed of its own may be refused where the list is not."""
        return (Refused, Denied, NotFound, NoSuchRead) if self.path else (Refused,)

    @property
    def cursor_column(self) -> str:
        """The warehouse column of ``cursor_field``: ``metadata__updated_on``; empty without one."""
        name = ""
        for part in (self.cursor_field or "").split("."):
            name = joined(name, snake_case(part))
        return name if self.cursor_field else ""

    def time_of(self, record: Mapping[str, Any]) -> Any:
        """The value of ``record`` at ``cursor_field``; None if it has none."""
        (value,) = self.times_of([record])
        return value

    def times_of(self, records: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The value of each of ``records`` at ``cursor_field``; None for one that has none."""
        values = list[Any](records)
        for part in self._path:
            try:
                values = [value[part] for value in values]
            except (KeyError, TypeError):  # absent from some: ask each, which takes three times as long
                values = [value.get(part) if isinstance(value, (dict, Mapping)) else None for value in values]
        return values

    @cached_property
    def _path(self) -> list[str]:
        return (self.cursor_field or "").split(".")
