"""A vendor: its tables in the order in which they are read, its settings, and how to talk to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fieldhouse.sources.engine.http.pagination import Pager

from .incremental import ServerTime
from .table import DeclarationError, Table

if TYPE_CHECKING:
    from fieldhouse.sources.engine.http.client import Api, Client


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """One vendor: its tables, its settings, and how to talk to it.

    Attributes:
        settings: pydantic model of the vendor's own settings.
        connect: settings and wire -> the vendor's API.
        server_time: reads the vendor's clock, if it has one.
        limits: published rate limits, ``(requests, seconds)``, per host and address.
        concurrency: requests in flight at the start, and at most.
        events: what the vendor's webhooks call an object -> the table that holds it.
        pager: the usual pager of its lists.
        has_pages_at_base_url: the API's address is that of the account's own pages as well.
        control: a table that every account has. If its list is answered while that of an optional table is not found,
            the account does not have the optional one.
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
    has_pages_at_base_url: bool = False
    control: str = ""

    def __post_init__(self) -> None:
        names = [table.name for table in self.tables]
        for name in names:
            if names.count(name) > 1:
                raise DeclarationError(f"{self.name}: table {name!r} twice")
        required = {table.name for table in self.tables if not table.is_optional}
        if len(required) < len(names) and self.control not in required:
            raise DeclarationError(f"{self.name}: optional tables need a control that every account has")
        for index, table in enumerate(self.tables):
            above = {other.name for other in self.tables[:index]}
            parents = (
                [table.per_parent.parent]
                if table.per_parent
                else [source.table for source in table.embedded_in]
            )
            for parent in parents:
                if parent not in above:
                    raise DeclarationError(f"{self.name}: {table.name} stands above its parent {parent!r}")

    def relied_on(self, table: Table) -> frozenset[str]:
        """The columns of a table by which it, and those read per row of it, are kept true."""
        columns = {*table.key, *table.confirm_columns}
        columns |= {
            needed for needed in (table.incremental and table.incremental.cursor_column, table.flag) if needed
        }
        columns |= {table.window.field} if table.window and table.window.field else set()
        columns |= {table.per_parent.stamp} if table.per_parent and table.per_parent.stamp else set()
        reads = (other.per_parent for other in self.tables)
        children = [read for read in reads if read and read.parent == table.name]
        return frozenset(columns | {read.where[0] for read in children if read.where})

    def table(self, name: str) -> Table:
        return next(table for table in self.tables if table.name == name)
