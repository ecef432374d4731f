"""Run: what the tables of one account's run share: the client, the clock, the options, and where rows go."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from fieldhouse.sources.engine.changes.known_rows import KnownRows
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.parent_keys import RunRecords
from fieldhouse.sources.engine.changes.table_state import TableState
from fieldhouse.sources.engine.errors import SourceError
from fieldhouse.sources.engine.http.client import Client
from fieldhouse.sources.engine.normalize.normalizer import Frames, Normalizer
from fieldhouse.sources.engine.spec.incremental import ServerTime
from fieldhouse.sources.engine.spec.row_selection import RowSelection, described
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.engine.spec.vendor import Vendor

from .scan import micros


@dataclass
class Run:
    """One account's run. Tables are read by threads that share this.

    Attributes:
        states: per table, what the warehouse stores of it, as JSON.
        sink: receives a table's name and the converted rows that changed.
        now: our clock, microseconds since 1970 (UTC).
        records: what the tables have read that others depend on.
        failed: tables that could not be read, and why.
        removed: per table, the keys of rows that do not meet the setting ``where``.
        full_page: the most rows on a page that others followed, of lists whose page size the vendor decides.
        delete_suspended: tables whose missing rows were not marked deleted: rows that depend on them may be hidden.
    """

    vendor: Vendor
    account: str
    client: Client
    known_rows: KnownRows
    server_time: ServerTime
    options: Options
    states: Mapping[str, Mapping[str, Any]]
    sink: Callable[[str, Frames], None]
    pool: ThreadPoolExecutor
    max_concurrency: int
    now: Callable[[], int] = micros
    records: RunRecords = field(default_factory=RunRecords)
    failed: dict[str, SourceError] = field(default_factory=dict)
    removed: dict[str, set[str]] = field(default_factory=dict)
    full_page: int = 0
    delete_suspended: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def state_of(self, table: Table) -> TableState:
        """What the read of a table starts from."""
        stored = TableState.from_json(self.states.get(table.name, {}))
        return stored.with_where(described(self.options.where.get(table.name, {})))

    def selection(self, table: Table) -> RowSelection:
        """The rows of a table that the setting ``where`` asks for."""
        return RowSelection(table, self.options.where.get(table.name, {}))

    def normalizer(self, table: Table) -> Normalizer:
        """What shapes the records of a table, by the rules of this run."""
        return Normalizer(
            table.name,
            table.key,
            table.row,
            drop=self.options.drop,
            mask=self.options.mask,
            salt=self.options.salt,
            rule_changes=self.options.rule_changes,
            needed=self.vendor.relied_on(table),
            widens_ids=self.options.widens_ids,
        )

    def is_parent_suspended(self, table: Table) -> bool:
        """True if the table is read per row of one whose missing rows were not marked deleted."""
        return bool(table.per_parent and table.per_parent.parent in self.delete_suspended)

    def require(self, table: str) -> None:
        """Re-raise the error that stopped ``table``, so that dependent tables fail with the same kind of error."""
        if why := self.failed.get(table):
            raise type(why)(
                f"the table {table}, which it needs, could not be read", do="Mend that table first."
            )
