"""The ways in which a list is read: by windows of dates, per parent, by key, in parts, with a detail per record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

Record = dict[str, Any]
"""One record as the vendor sent it: field -> value, nested or flat."""


@dataclass(frozen=True, kw_only=True)
class Detail:
    """A read of its own per record, for fields that the list lacks. The detail's fields win over the list's.

    Attributes:
        path: with ``{column}`` placeholders filled from the record.
        params: parameters from the record.
        every: ``change`` reads details of changed records only; ``sync`` of all records, each sync, where a
            change in the detail cannot be seen from outside and the records are few.
        batch_size: details per batch request; 1 where the vendor has no such requests.
        settled: whether a record changes no more, so that its detail need not be read again by age.
    """

    path: str
    params: Callable[[Record], Mapping[str, Any]] = lambda record: {}
    every: Literal["change", "sync"] = "change"
    batch_size: int = 1
    settled: Callable[[Record], bool] | None = None


@dataclass(frozen=True, kw_only=True)
class Window:
    """A list that has to be read by windows of dates, both dates always sent.

    A window whose answer has a next page is halved, down to one day: these lists have no stable order, and only a
    window that fits one page is sure to be whole.

    Attributes:
        params: first and last day (inclusive) -> parameters.
        ahead: how far after today the last halvable window reaches; one open-ended window follows.
        also: further reads that are not windows, for example open clock entries.
        field: the column whose date the windows are on: rows before the first window (a change feed or a backfill
            brought them) are out of a scan's reach and are not taken for deleted.
        margin: how far that date may lie from the one by which the vendor selects.
        unsettled: a column that is empty while a row will still change. Reads of ``also`` find such rows however
            old they are; where one of before the first window is no longer among them, its days are read again.
    """

    params: Callable[[datetime, datetime], Mapping[str, Any]]
    ahead: timedelta = timedelta(days=60)
    also: tuple[Mapping[str, Any], ...] = ()
    field: str | None = None
    margin: timedelta = timedelta(0)
    unsettled: str | None = None


@dataclass(frozen=True, kw_only=True)
class PerParent:
    """One read per record of a parent table (or per chunk of them).

    Attributes:
        parent: the parent table's name.
        params: the parent keys of one read -> parameters.
        where: a column of the parent that must hold the given value, and the value.
        parents_per_request: how many parents one read covers.
        batch_size: reads per batch request.
        stamp: the column of the record that receives the parent's key, if rows do not contain it.
        field: the field of a record that names its parent, if it has one: a row of another parent is no answer.
        flagged_too: parents that the vendor itself calls deleted may still have rows, and are asked for them last.
    """

    parent: str
    params: Callable[[list[str]], Mapping[str, Any]]
    where: tuple[str, Any] | None = None
    parents_per_request: int = 1
    batch_size: int = 1
    stamp: str | None = None
    field: str | None = None
    flagged_too: bool = False


@dataclass(frozen=True)
class OptionalList:
    """A list of one record at a path of its own, with placeholders, that only some accounts have."""

    path: str


@dataclass(frozen=True, kw_only=True)
class ByKey:
    """How single rows are read by their keys, for example those that a webhook names.

    Attributes:
        params: the keys of one read -> parameters.
        path: the path of the read; the list's by default.
        records: takes the records from the answer; as from the list's by default.
        keys_per_request: how many rows one read covers.
        batch_size: reads per batch request.
    """

    params: Callable[[list[str]], Mapping[str, Any]]
    path: str | None = None
    records: Callable[[Any], list[Any]] | None = None
    keys_per_request: int = 1
    batch_size: int = 1


@dataclass(frozen=True, kw_only=True)
class Confirm:
    """How a row that a scan did not see is asked for, where its address is a method with parameters.

    Attributes:
        path: the method.
        params: the columns of the row as text -> parameters.
        columns: the columns that ``params`` reads.
    """

    path: str
    params: Callable[[Mapping[str, str]], Mapping[str, Any]]
    columns: tuple[str, ...] = ("id",)


@dataclass(frozen=True)
class Part:
    """One of several reads whose union is the table. ``stamp`` is added to its records.

    ``path`` is the read's own, where a table is spread over several lists. ``optional`` names parameters that the read
    is made for: if the vendor refuses one, the read is left out. ``is_variant`` marks a read that shows the rows of the
    first one if the vendor ignores its parameters: then it is left out too.
    """

    params: Mapping[str, Any] = field(default_factory=dict)
    stamp: Mapping[str, Any] = field(default_factory=dict)
    path: str | None = None
    optional: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    is_variant: bool = False


@dataclass(frozen=True)
class EmbeddedIn:
    """Rows that are seen only inside the records of another table: ``field`` of table ``table``."""

    table: str
    field: str
