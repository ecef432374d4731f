"""One run of a source: the engine's readers, shared by the resources of one load."""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fieldhouse.pipelines.config.account import Account, needed_tables
from fieldhouse.pipelines.sync.client import open_client
from fieldhouse.pipelines.sync.threads import threads
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.extract.table_reader import TableReader
from fieldhouse.sources.engine.load.spool import LoadBatch, Spool
from fieldhouse.sources.engine.normalize.frames import Frames
from fieldhouse.sources.engine.spec.incremental import ServerTime
from fieldhouse.sources.engine.spec.table import Table

from .destination import DestinationRows
from .limits import Limit, LimitedClient, LimitReached
from .versions import Waiting

_UNBOUNDED = 1 << 62


@dataclass
class TableRead:
    """What one table's read gave: the changed rows with their child rows, and the outcome.

    ``sampled`` is True if a limit ended the read, so that the rows are a part of the table.
    """

    outcome: Outcome
    batch: LoadBatch
    sampled: bool


class VendorRun:
    """Reads the tables of one account for one load. Each table is read once, whichever resource asks first."""

    def __init__(
        self,
        account: Account,
        options: Options,
        stored: DestinationRows,
        states: Mapping[str, Mapping[str, Any]],
        limits: Mapping[str, Limit],
        dispositions: Mapping[str, str],
    ) -> None:
        self.account, self.options, self.stored = account, options, stored
        self.dispositions = dispositions
        self._states, self._limits = states, limits
        self._waiting = {table.name: Waiting() for table in account.vendor.tables}
        self._locks = {table.name: threading.Lock() for table in account.vendor.tables}
        self._reads: dict[str, TableRead] = {}
        self._rows_read: dict[str, int] = {}
        self._opening = threading.Lock()
        self._run: Run | None = None
        self._open = ExitStack()

    def read(self, table: Table) -> TableRead:
        """Read a table, after the tables that it depends on.

        Raises:
            SourceError: the account as a whole cannot be read.
        """
        with self._locks[table.name]:
            if table.name not in self._reads:
                self._reads[table.name] = self._read(table)
            return self._reads[table.name]

    def _read(self, table: Table) -> TableRead:
        for name in needed_tables(table):
            self.read(self.account.vendor.table(name))
        run = self._started()
        reader = TableReader(run, table)
        limit = self._limit(table)
        if limit is not None:
            client: Any = LimitedClient(
                reader.requests.lists.client, limit, lambda: self._rows_read.get(table.name, 0)
            )
            reader.requests.lists.client = client
        outcome = reader.read()
        spool = Spool(_UNBOUNDED)
        for frames in self._waiting[table.name].frames:
            spool.add(table.name, frames)
        batch = spool.take()
        discard = {table.name} if self.account.settings.drift(table.name) == "discard" else set()
        stored = {name: dict.fromkeys(columns, "") for name, columns in self.stored.tables.items()}
        batch.narrow(stored, None, discard)
        return TableRead(outcome, batch, isinstance(outcome.error, LimitReached))

    def _limit(self, table: Table) -> Limit | None:
        """The table's limit, or that of a table that is read per row of this one."""
        if table.name in self._limits:
            return self._limits[table.name]
        return next(
            (
                self._limits[other.name]
                for other in self.account.vendor.tables
                if other.name in self._limits and table.name in needed_tables(other)
            ),
            None,
        )

    def _started(self) -> Run:
        with self._opening:
            if self._run is None:
                self._run = self._start()
            return self._run

    def _start(self) -> Run:
        vendor = self.account.vendor
        client, most = self._open.enter_context(open_client(self.account))
        pool = self._open.enter_context(threads(most, "request"))
        server_time = vendor.server_time(client) if vendor.server_time else ServerTime(datetime.now(UTC))
        return Run(
            vendor=vendor,
            account=self.account.name,
            client=client,
            known_rows=self.stored,
            server_time=server_time,
            options=self.options,
            states=copy.deepcopy(dict(self._states)),
            sink=self._sink,
            pool=pool,
            max_concurrency=most,
        )

    def _sink(self, table: str, frames: Frames) -> None:
        rows = frames.tables.get(table)
        self._rows_read[table] = self._rows_read.get(table, 0) + (rows.num_rows if rows else 0)
        self._waiting[table].add(frames)

    def stop(self) -> None:
        """Send no more requests."""
        if self._run is not None:
            self._run.client.transport.stop()

    def release(self, table: str) -> None:
        """Let a table's rows go once they are extracted."""
        self._waiting[table].close()

    def close(self) -> None:
        """Close connections and threads."""
        for waiting in self._waiting.values():
            waiting.close()
        self._open.close()
