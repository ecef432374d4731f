"""A table as a vendor declares it: where it is read, what its rows are, and how deletes are found.

Declarations are values, checked when they are built. A vendor's peculiarities are plain functions beside its tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, Literal

from fieldhouse.sources.engine.errors import VendorChanged
from fieldhouse.sources.engine.http.pagination import Pager, Request
from fieldhouse.sources.engine.redact import shape_of

from .incremental import Incremental, ServerTime
from .reads import ByKey, Confirm, Detail, EmbeddedIn, OptionalList, Part, PerParent, Record, Window
from .row import ColumnType, Row, declared
from .row_filter import RowFilter

Deletes = Literal["full-scan", "window-scan", "replace-per-parent", "deleted-flag", "never"]


class DeclarationError(ValueError):
    """A declaration that cannot be right; raised when the vendor is imported."""


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
        optional_params: name -> parameters that show rows or fields which the list otherwise hides. The vendor may not
            know them: they are sent until it refuses them, which is remembered for the account.
        order: parameters that ask for an order in which rows stay on their pages while the list is read; left out if
            the vendor refuses them.
        reverse_order: parameters that ask for the same order from its end, if that is by a numeric key: a plan sees
            from the largest key how long the list may be.
        records: the field of the answer that contains the records; None if the answer is the list itself.
        pager: how its pages are requested; the vendor's usual pager if None.
        parts: the table is the union of these reads; if a key occurs in several, the row of the first one counts.
        incremental: its filter for changed rows.
        window: it is read by windows of dates.
        per_parent: it is read per record of another table.
        by_key: how single rows are read; those of a table with ``per_parent`` are read with the rest of their parent's.
        detail: a read of its own per record.
        embedded_in: its rows are objects inside the records of other tables, and no request is sent for it.
        reshape: the vendor's own reshaping of a record, before it is compared or stored.
        missing_lists: lists that each record should contain -> where one is read that the vendor left out: at a path
            of the record's own with placeholders (`OptionalList` if only some accounts have it), in the list read by
            key (`ByKey`, for fields that the change feed lacks), or nowhere (None).
        deletes: how rows are found that the vendor has deleted.
        confirm: the record's own path or method, which is requested before a few missing rows are taken for deleted.
        flag: the column that says that the vendor calls a row deleted (with ``deletes="deleted-flag"``).
        filters: the fields by which the vendor restricts the list, for the setting ``where``.
        is_optional: only some accounts have the table: that the vendor does not know it, or gives no right to it, is
            no error.
    """

    name: str
    path: str
    row: type[Row]
    grain: str = ""
    key: tuple[str, ...] = ("id",)
    params: Mapping[str, Any] = field(default_factory=dict)
    optional_params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    order: Mapping[str, Any] = field(default_factory=dict)
    reverse_order: Mapping[str, Any] = field(default_factory=dict)
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
    missing_lists: Mapping[str, str | OptionalList | ByKey | None] = field(default_factory=dict)
    deletes: Deletes = "full-scan"
    confirm: str | Confirm | None = None
    flag: str | None = None
    filters: Mapping[str, RowFilter] = field(default_factory=dict)
    is_optional: bool = False

    def __post_init__(self) -> None:
        names, columns = set(self.row.model_fields), {column.name for column in declared(self.row)}
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
        if self.is_optional and (self.per_parent or self.embedded_in or self.window):
            raise DeclarationError(f"{self.name}: an optional table is a plain list")
        self._check_filters(columns)
        if not self.key:
            raise DeclarationError(f"{self.name}: a table needs a key")
        if self.name.endswith("_history"):
            raise DeclarationError(
                f"{self.name}: names of that ending belong to the versions of a table's rows"
            )

    def _check_filters(self, columns: set[str]) -> None:
        """Rows that leave a filter have to be found, among changes too, and told from deleted ones."""
        for name, rule in self.filters.items():
            if rule.column and rule.stored_column not in columns:
                raise DeclarationError(f"{self.name}: filter {name!r} is on no field of {self.row.__name__}")
            if not rule.column and (rule.other is None or self.incremental or not self.confirm):
                raise DeclarationError(
                    f"{self.name}: filter {name!r} shows in no record; it needs another value to compare with, "
                    "an address of each row, and no incremental filter"
                )

    @property
    def has_integer_key(self) -> bool:
        """True if the key is one column that is declared as an integer."""
        if len(self.key) != 1:
            return False
        (key,) = self.key
        return any(column.path == (key,) and column.type is ColumnType.INT for column in declared(self.row))

    @property
    def confirm_columns(self) -> tuple[str, ...]:
        """The columns that the address of a single row is made of."""
        if isinstance(self.confirm, Confirm):
            return self.confirm.columns
        return tuple(name for _, name, _, _ in Formatter().parse(self.confirm or "") if name)

    def confirm_request(self, columns: Mapping[str, str]) -> Request:
        """Asks for the row that has these values of ``confirm_columns``."""
        if isinstance(self.confirm, Confirm):
            return Request(self.confirm.path, self.confirm.params(columns))
        return Request((self.confirm or "").format(**columns))

    def request(self, part: Part, path: str | None = None) -> Request:
        """The list of one part, unfiltered and without an order."""
        optional = {**self.optional_params, **part.optional}
        listed = Request(path or part.path or self.path, self.params, optional)
        return listed.having(part.params)

    def records_in(self, document: Any) -> list[Any]:
        """The records of a document of the list.

        Raises:
            VendorChanged: there is no list of records; with the shape that came instead.
        """
        place, records = self.records, document
        if callable(place):
            records = place(document)
        elif place and isinstance(document, Mapping):
            records = document.get(place)
        if isinstance(records, list):
            return records
        inside = f" in {place!r}" if isinstance(place, str) else ""
        raise VendorChanged(f"{self.path} answered {shape_of(document)}, not a list{inside}")

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
