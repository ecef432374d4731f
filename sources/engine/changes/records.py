"""Records on their way from a page to the warehouse, and what a scan shows of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, NamedTuple, TypeVar

from fieldhouse.sources.engine.spec.reads import Record


@dataclass(frozen=True)
class RecordPage:
    """Records of one page.

    Attributes:
        read_at: when the page was read, in microseconds since 1970 (UTC).
        stamp: columns that are added to each record: those of the read that the page belongs to.
        priority: position of that read among the reads whose union is the table; 0 wins.
    """

    records: list[Any]
    read_at: int
    stamp: Mapping[str, Any] = field(default_factory=dict)
    priority: int = 0


class Incoming(NamedTuple):
    """One record as it came: reshaped, with the time of its page and the priority of its read.

    A ``NamedTuple`` because there is one per record: a frozen dataclass takes three times as long to create.
    """

    record: Record
    read_at: int
    priority: int


class Matched(NamedTuple):
    """A record with its key as a number, and the position of the stored row in the row index; -1 without one."""

    record: Record
    read_at: int
    key_hash: int
    position: int


class Changed(NamedTuple):
    """A record that is handed over: new, or different from the stored row."""

    record: Record
    read_at: int
    row_hash: int
    list_hash: int | None = None


_Entry = TypeVar("_Entry", Incoming, Matched, Changed)


def entries(kind: type[_Entry], fields: Iterable[tuple[Any, ...]]) -> list[_Entry]:
    """One ``kind`` per tuple of all its fields, made without a Python call for each: in a third of the time."""
    return list(map(tuple.__new__, repeat(kind), fields))


@dataclass
class ScanVerdict:
    """What a scan shows of itself.

    Attributes:
        pages: pages that were read.
        beyond: pages that were requested past the end.
        shrunk: the total fell from one page to the next.
        empty_between: a page between others had no rows.
        ended: the scan came to its end.
    """

    pages: int = 0
    beyond: int = 0
    collected: int = 0
    total: int | None = None
    shrunk: bool = False
    empty_between: bool = False
    ended: bool = False

    @property
    def has_gap(self) -> bool:
        """True if a page between others was empty, and the total states more records than came."""
        return self.empty_between and self.total is not None and self.total > self.collected

    @property
    def total_differs(self) -> bool:
        """True if the vendor's total is not the number of records that came."""
        return self.total is not None and self.total != self.collected


@dataclass
class ScanSummary:
    """What the scans of one read of a table show together. It fills while the pages are taken.

    Attributes:
        parents: keys of the parents that were read, of a table that is read per parent.
        unread_parents: those of them that the key may not read.
        paged: a list had more than one page.
    """

    verdicts: list[ScanVerdict] = field(default_factory=list)
    parents: set[str] | None = None
    unread_parents: set[str] = field(default_factory=set)
    paged: bool = False

    @property
    def total_differs(self) -> bool:
        return any(verdict.total_differs for verdict in self.verdicts)

    @property
    def has_gap(self) -> bool:
        return any(verdict.has_gap for verdict in self.verdicts)

    @property
    def has_totals(self) -> bool:
        return bool(self.verdicts) and all(verdict.total is not None for verdict in self.verdicts)

    @property
    def shrunk(self) -> bool:
        return any(verdict.shrunk for verdict in self.verdicts)

    @property
    def requests_beyond(self) -> int:
        """Requests past the end of a list."""
        return sum(verdict.beyond for verdict in self.verdicts)
