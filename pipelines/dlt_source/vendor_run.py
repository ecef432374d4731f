"""One run of a source: the engine's readers, shared by the resources of one load."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fieldhouse.pipelines.config.settings import Account
from fieldhouse.pipelines.sync.client import open_client
from fieldhouse.pipelines.sync.threads import dependencies, threads
from fieldhouse.sources.engine.errors import TryLater
from fieldhouse.sources.engine.extract.run import Options, Outcome, Run
from fieldhouse.sources.engine.extract.table_reader import TableReader
from fieldhouse.sources.engine.http.client import Client
from fieldhouse.sources.engine.load.spool import LoadBatch, Spool
from fieldhouse.sources.engine.normalize.frames import Frames
from fieldhouse.sources.engine.spec.table import ServerTime, Table

from .destination import StoredRows
from .versions import Waiting

_UNBOUNDED = 1 << 62


class LimitReached(TryLater):
    """The limit of a resource (``add_limit``) is used up: what was read is loaded, and no state moves."""


@dataclass(frozen=True)
class Limit:
    """How much of a table is read: requests for its list, and seconds. None is no limit."""

    requests: int | None = None
    seconds: float | None = None


class LimitedClient:
    """A client that sends up to a number of requests; then each further one raises `LimitReached`."""

    def __init__(self, client: Client, limit: Limit) -> None:
        self._client, self._limit = client, limit
        self._sent, self._started = 0, time.monotonic()
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def _take(self) -> None:
        with self._lock:
            limit = self._limit
            if limit.requests is not None and self._sent >= limit.requests:
                raise LimitReached(f"the limit of {limit.requests} requests is reached")
            if limit.seconds is not None and time.monotonic() - self._started > limit.seconds:
                raise LimitReached(f"the limit of {limit.seconds:g} seconds is reached")
            self._sent += 1

    def get(self, request: Any) -> Any:
        """As `Client.get`."""
        self._take()
        return self._client.get(request)

    def get_many(self, requests: Any) -> list[Any]:
        """As `Client.get_many`."""
        self._take()
        return self._client.get_many(requests)


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
        stored: StoredRows,
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
        for name in sorted(dependencies(table)):
            self.read(self.account.vendor.table(name))
        run = self._started()
        reader = TableReader(run, table)
        limit = self._limit(table)
        if limit is not None:
            client: Any = LimitedClient(reader.requests.client, limit)
            reader.requests.client = client
        try:
            outcome = reader.read()
        except Exception as error:
            outcome = reader.stopped(error)
            raise
        finally:
            waiting = self._waiting[table.name]
        spool = Spool(_UNBOUNDED)
        for frames in waiting.frames:
            spool.add(table.name, frames)
        sampled = isinstance(outcome.error, LimitReached)
        return TableRead(outcome, spool.take(), sampled)

    def _limit(self, table: Table) -> Limit | None:
        """The table's limit, or that of a table that is read per row of this one."""
        if table.name in self._limits:
            return self._limits[table.name]
        return next(
            (
                self._limits[other.name]
                for other in self.account.vendor.tables
                if other.name in self._limits and table.name in dependencies(other)
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
        self._waiting[table].add(frames)

    def release(self, table: str) -> None:
        """Let a table's rows go once they are extracted."""
        self._waiting[table].close()

    def close(self) -> None:
        """Close connections and threads."""
        for waiting in self._waiting.values():
            waiting.close()
        self._open.close()
