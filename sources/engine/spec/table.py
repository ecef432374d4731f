"""The vocabulary in which a vendor is declared: values, checked when they are built.

A vendor is a table of contents of its API. Whatever is odd about a vendor is a plain function beside its tables;
whatever two vendors share is a word here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from string import Formatter
from typing import TYPE_CHECKING, Any, Literal

from fieldhouse.sources.engine.errors import Denied, NoSuchRead, NotFound, Refused, SourceError
from fieldhouse.sources.engine.http.pagination import Pager

from .naming import joined, snake_case
from .row import Row, declared

if TYPE_CHECKING:
    from fieldhouse.sources.engine.http.client import Api, Client

Record = dict[str, Any]
Deletes = Literal["full-scan", "window-scan", "replace-per-parent", "deleted-flag", "never"]


class DeclarationError(ValueError):
    """A declaration that cannot be right; raised when the vendor is imported."""


@dataclass(frozen=True)
class ServerTime:
    """What a vendor knows of time at the start of a run.

    Attributes:
        now: the vendor's clock, UTC.
        zone: IANA name of the organisation's zone.
        zones: the vendor's own zone labels -> IANA names.
        stamp: the vendor's own token for "now", to be sent back as a cursor (Shiftboard: epoch seconds).
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
        field: where a record holds the time that the cursor is taken from, in the vendor's names, with dots
            into nested objects (``Metadata.UpdatedOn``); None where the vendor's own stamp is the cursor.
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
        """The warehouse's column of ``field``: ``metadata__updated_on``; empty without one."""
        name = ""
        for part in (self.cursor_field or "").split("."):
            name = joined(name, snake_case(part))
        return name if self.cursor_field else ""

    def time_of(self, record: Mapping[str, Any]) -> Any:
        """What ``record`` holds at ``field``; None where it holds nothing."""
        found: Any = record
        for part in self._path:
            found = found.get(part) if isinstance(found, (dict, Mapping)) else None
        return found

    @cached_property
    def _path(self) -> list[str]:
        return (self.cursor_field or "").split(".")


@dataclass(frozen=True, kw_only=True)
class Detail:
    """A read of its own per record, for fields that the list lacks. The detail's fields win over the list's.

    Attributes:
        path: with ``{column}`` placeholders filled from the record.
        params: parameters from the record.
        every: ``change`` reads details of changed records only; ``sync`` of all records, each sync, where a
            change in the detail cannot be seen from outside and the records are few.
        together: how many go into one batch request, where the vendor has such a thing.
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
        also: further reads that are not windows (open clock entries, say).
        field: the column whose date the windows are on: rows before the first window (a change feed or a backfill
            brought them) are out of a scan's reach and are not taken for deleted.
        unsettled: a column that is empty while a row will still change. Reads of ``also`` find such rows however
            old they are; where one of before the first window is no longer among them, its days are read again.
    """

    params: Callable[[datetime, datetime], Mapping[str, Any]]
    ahead: timedelta = timedelta(days=60)
    also: tuple[Mapping[str, Any], ...] = ()
    field: str | None = None
    unsettled: str | None = None


@dataclass(frozen=True, kw_only=True)
class PerParent:
    """One read per record of a parent table (or per chunk of them).

    Attributes:
        parent: the parent table's name.
        params: the parent keys of one read -> parameters.
        where: a column of the parent that must hold the given value, and the value.
        chunk: how many parents one read covers.
        together: how many reads go into one batch request.
        stamp: the column of the record that receives the parent's key, where rows do not say it themselves.
        flagged_too: parents that the vendor itself calls deleted may still have rows, and are asked for them last.
    """

    parent: str
    params: Callable[[list[str]], Mapping[str, Any]]
    where: tuple[str, Any] | None = None
    parents_per_request: int = 1
    batch_size: int = 1
    stamp: str | None = None
    flagged_too: bool = False


@dataclass(frozen=True, kw_only=True)
class ByKey:
    """How single rows of a table are read, where something outside (a webhook) says which may have changed.

    Attributes:
        params: the keys of one read -> parameters.
        path: where they are read, where it is not the list.
        records: of that answer, where they do not stand as in the list's.
        chunk: how many rows one read covers.
        together: how many reads go into one batch request.
    """

    params: Callable[[list[str]], Mapping[str, Any]]
    path: str | None = None
    records: Callable[[Any], list[Any]] | None = None
    keys_per_request: int = 1
    batch_size: int = 1


@dataclass(frozen=True)
class Part:
    """One of several reads whose union is the table. ``stamp`` is added to its records.

    ``path`` is the read's own, where a table is spread over several lists.
    """

    params: Mapping[str, Any] = field(default_factory=dict)
    stamp: Mapping[str, Any] = field(default_factory=dict)
    path: str | None = None


@dataclass(frozen=True)
class EmbeddedIn:
    """Rows that are seen only inside the records of another table: ``field`` of table ``table``."""

    table: str
    field: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of the warehouse: where it is read, what its rows are, and how it is kept true.

    Attributes:
        name: snake_case, the table's name in the warehouse.
        path: URL path or RPC method of the list.
        row: the declared columns.
        key: the primary key's columns.
        grain: one sentence: what one row is.
        params: sent with every read of the list.
        order: asks for the whole list in an order in which rows stay where they are while it is read by page
            numbers; left out where the vendor refuses it.
        records: the field of the answer that holds the records; None where the answer is the list itself.
        pager: where the pages are; the vendor's usual one when None.
        reads: the table is the union of these reads, in this order; a key seen in an earlier one wins.
        shape: vendor's own reshaping of one record, before anything is compared or stored.
        some: how single rows are read; those of a table with ``each`` are read with all others of their parent.
        fallback: fields that should stand in every record, and where one is read that the vendor leaves out: at a
            path of the record's own (with placeholders), as ``some`` rows of the list, or nowhere (None). A field of
            ``some`` is one that the list shows and a poorer change feed may lack.
        confirm: the record's own path, asked before a few missing rows are called deleted.
        flag: the column that says the vendor calls a row deleted (with ``deletes="deleted-flag"``).
    """

    name: str
    path: str
    row: type[Row]
    grain: str = ""
    key: tuple[str, ...] = ("id",)
    params: Mapping[str, Any] = field(default_factory=dict)
    order: Mapping[str, Any] = field(default_factory=dict)
    records: str | Callable[[Any], list[Any]] | None = None
    pager: Pager | None = None
    parts: tuple[Part, ...] = (Part(),)
    incremental: Incremental | None = None
    window: Window | None = None
    per_parent: PerParent | None = None
    by_key: ByKey | None = None
    detail: Detail | None = None
    embedded_in: tuple[EmbeddedIn, ...] = ()
    reshape: Callable[[Record, ServerTime], Iterable[Record]] | None = None
    missing_lists: Mapping[str, str | ByKey | None] = field(default_factory=dict)
    deletes: Deletes = "full-scan"
    confirm: str | None = None
    flag: str | None = None

    def __post_init__(self) -> None:
        names, columns = set(self.row.model_fields), {each.name for each in declared(self.row)}
        for column in self.key:
            if column not in names:
                raise DeclarationError(f"{self.name}: key {column!r} is no field of {self.row.__name__}")
        if (
            self.incremental
            and self.incremental.cursor_column
            and self.incremental.cursor_column not in columns
        ):
            raise DeclarationError(
                f"{self.name}: cursor {self.incremental.cursor_field!r} is no field of {self.row.__name__}"
            )
        if self.window and self.window.field and self.window.field not in names:
            raise DeclarationError(
                f"{self.name}: window over {self.window.field!r}, no field of {self.row.__name__}"
            )
        if self.flag and self.flag not in names:
            raise DeclarationError(f"{self.name}: flag {self.flag!r} is no field of {self.row.__name__}")
        if self.per_parent and self.window:
            raise DeclarationError(f"{self.name}: read per parent and by window at once")
        if not self.key:
            raise DeclarationError(f"{self.name}: a table needs a key")
        if self.name.endswith("_history"):
            raise DeclarationError(
                f"{self.name}: names of that ending belong to the versions of a table's rows"
            )

    @property
    def strategy(self) -> str:
        """How the table is read, in the words of the inventory."""
        if self.embedded_in:
            return "derived"
        if self.per_parent:
            return "per-parent"
        if self.incremental:
            return "incremental+detail" if self.detail else "incremental"
        if self.window:
            return "window"
        return "full"


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """One vendor: its tables, its settings, and how to talk to it.

    Attributes:
        settings: pydantic model of the vendor's own settings.
        connect: settings and wire -> the vendor's API.
        moment: asks the vendor for its clock, where it has one.
        limits: published rate limits, ``(requests, seconds)``, per host and address.
        concurrency: requests in flight at the start, and at most.
        events: what the vendor's webhooks call an object -> the table that holds it.
        pager: the usual pager of its lists.
    """

    name: str
    title: str
    tables: tuple[Table, ...]
    settings: type[Any]
    connect: Callable[[Any], Api]
    pager: Pager
    server_time: Callable[[Client], ServerTime] | None = None
    limits: tuple[tuple[int, float], ...] = ()
    concurrency: tuple[int, int] = (4, 8)
    events: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [table.name for table in self.tables]
        for name in names:
            if names.count(name) > 1:
                raise DeclarationError(f"{self.name}: table {name!r} twice")
        for index, table in enumerate(self.tables):
            above = {other.name for other in self.tables[:index]}
            parents = (
                [table.per_parent.parent]
                if table.per_parent
                else [found.table for found in table.embedded_in]
            )
            for parent in parents:
                if parent not in above:
                    raise DeclarationError(f"{self.name}: {table.name} stands above its parent {parent!r}")

    def relied_on(self, table: Table) -> frozenset[str]:
        """The columns of a table by which it, and those read per row of it, are kept true."""
        columns = {*table.key, *(name for _, name, _, _ in Formatter().parse(table.confirm or "") if name)}
        columns |= {
            each for each in (table.incremental and table.incremental.cursor_column, table.flag) if each
        }
        columns |= {table.window.field} if table.window and table.window.field else set()
        columns |= {table.per_parent.stamp} if table.per_parent and table.per_parent.stamp else set()
        reads = (other.per_parent for other in self.tables)
        children = [read for read in reads if read and read.parent == table.name]
        return frozenset(columns | {read.where[0] for read in children if read.where})

    def table(self, name: str) -> Table:
        return next(table for table in self.tables if table.name == name)
