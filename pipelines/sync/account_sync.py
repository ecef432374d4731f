"""The sync of one account: read its tables, land the rows, and hand them to a loader.

Tables are read by threads into a spool; this thread loads batches of it. The loader of a sync applies each table with
its child tables, its deletes and its state in one transaction. A kill at any moment therefore costs the work since the
last batch and never a row, and nothing is half visible.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from fieldhouse.pipelines.config.account import Account, needed_tables
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.errors import SourceError, TryLater
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.extract.table_reader import TableReader
from fieldhouse.sources.engine.load.dlt_load import load, working_folder
from fieldhouse.sources.engine.load.spool import LoadBatch, Spool
from fieldhouse.sources.engine.plan.forecast import expected_requests
from fieldhouse.sources.engine.spec.incremental import ServerTime
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.warehouse.connect import Warehouse
from fieldhouse.warehouse.errors import AccountBusy, SchemaConflict, StatementFailed, WarehouseError
from fieldhouse.warehouse.session import Session

from .client import open_client
from .column_privacy import counted_rules, shared_salt
from .loader import AccountRun, ApplyLoader, Loader, copied_catalogue
from .report import Report
from .threads import REQUEST_THREADS, TABLES_AT_ONCE, Threads, read_after, threads

SMALL_BATCH_ROWS = 200_000
"""A batch of up to this many rows, of all its tables together, lands by plain SQL. dlt's import and a package cost
1.4 seconds of CPU, 0.036 for each table and 40 MB. A batch is full at 10 MB, so larger ones are of narrow rows."""
Progress = Callable[[Sequence[Outcome]], None]


def sync_account(
    account: Account,
    warehouse: Warehouse,
    options: Options,
    *,
    tables: Sequence[Table],
    progress: Progress = lambda outcomes: None,
    slice_bytes: int | None = None,
    tick: float = 0.2,
) -> Report:
    """Sync ``tables`` of one account. Errors of tables, and one of the account, become part of the report.

    Args:
        options: what was asked for; the account's own settings are added here.
        progress: called about every ``tick`` seconds with the outcomes so far.
        slice_bytes: how much Arrow data is loaded together.
    """
    return AccountSync(account, warehouse, options, tables, progress, slice_bytes, tick).execute()


class AccountSync:
    """One account's sync while it runs. ``loader`` decides what becomes of the rows."""

    small_batch_rows = SMALL_BATCH_ROWS
    commit_every = 2.0
    """Seconds after which tables that are complete are committed while others are read."""
    grace = 10.0
    """Seconds after ``max_duration`` in which threads may end by themselves."""

    def __init__(
        self,
        account: Account,
        warehouse: Warehouse,
        options: Options,
        tables: Sequence[Table],
        progress: Progress,
        slice_bytes: int | None = None,
        tick: float = 0.2,
        loader: Callable[[AccountRun], Loader] = ApplyLoader,
    ) -> None:
        self.account, self.warehouse, self.schema = account, warehouse, account.schema
        self.report = Report(account.name, uuid.uuid4().hex[:12])
        self.run = AccountRun(account, warehouse, self.report, options)
        self.loader = loader(self.run)
        self.tables = self.loader.tables(tables)
        self.progress, self.tick = progress, tick
        self.spool = Spool(slice_bytes) if slice_bytes else Spool()
        self._started = self.clock()

    def clock(self) -> float:
        """Seconds of a clock that never goes back."""
        return time.monotonic()

    def execute(self) -> Report:
        """Run with the account's lock held; an error of the account as a whole becomes part of the report."""
        self._started, is_busy = self.clock(), False
        self.run.holder = f"process {os.getpid()} on {socket.gethostname()}"
        try:
            with self.warehouse.account_lock(self.schema, self.run.holder):
                self._sync_or_fail()
        except AccountBusy as busy:
            is_busy = True
            self.report.error = TryLater(str(busy), do="Wait for it to end.", where=self.account.name)
        except (SourceError, WarehouseError) as error:
            self.report.error = error
        if self.report.error is not None:
            self._fail_uncommitted(self.report.error)
        if not is_busy:
            self.loader.settle()
        self.report.seconds = self.clock() - self._started
        return self.report

    def failed(self, error: Exception) -> Report:
        """The report of a sync that ``error``, a defect, ended: tables that were committed before are complete."""
        self.report.error = error
        self._fail_uncommitted(error)
        self.report.seconds = self.clock() - self._started
        return self.report

    def _sync_or_fail(self) -> None:
        """Sync; an error of the account is recorded for every table that is not committed, if the warehouse can."""
        try:
            self._sync()
        except (SourceError, WarehouseError) as error:
            self.report.error = error
            self._fail_uncommitted(error)
            with contextlib.suppress(WarehouseError), self.warehouse.session() as session:
                self.loader.fail(session)

    def _sync(self) -> None:
        states = self._begin()
        with open_client(self.account) as (client, most), threads(most, "request", REQUEST_THREADS) as pool:
            vendor = self.account.vendor
            server_time = vendor.server_time(client) if vendor.server_time else ServerTime(datetime.now(UTC))
            run = Run(
                vendor=vendor,
                account=self.account.name,
                client=client,
                known_rows=self.loader.known_rows,
                server_time=server_time,
                options=self.run.options,
                states=states,
                sink=self.spool.add,
                pool=pool,
                max_concurrency=most,
            )
            self._read_and_load(run, pool)

    def _begin(self) -> Mapping[str, Mapping[str, Any]]:
        """Prepare the warehouse and the options; the account's stored states."""
        self.run.options = self.loader.options(self.run.options)
        with self.warehouse.session() as session:
            session.prepare(self.schema)
            session.drop_landings(self.schema)  # runs that were killed may have left theirs
            states = session.states(self.schema)
            self.run.options = shared_salt(session, self.schema, counted_rules(self.run.options, states))
            self.loader.begin(session, states)
            known_rows = self.loader.known_rows
            known_rows.catalogue = copied_catalogue(session, self.schema)
            known_rows.look_ahead(session, self.account.vendor, self.tables)
        return states

    def _fail_uncommitted(self, error: Exception) -> None:
        """Report every table that is not committed as failed by ``error``."""
        reported = {outcome.table: outcome for outcome in self.report.outcomes}
        for table in self.tables:
            outcome = reported.get(table.name) or Outcome(table.name, strategy=table.strategy)
            if table.name not in reported:
                self.report.outcomes.append(outcome)
            outcome.rows_written = self.run.rows_written.get(table.name, 0)
            if table.name not in self.run.committed and outcome.error is None:
                outcome.status, outcome.rows_deleted = "failed", 0
                outcome.error = error

    def _read_and_load(self, run: Run, pool: Threads) -> None:
        readers = [TableReader(run, table) for table in self.tables]
        for reader in readers:
            reader.outcome.progress.expected_requests = expected_requests(reader)
        self.report.outcomes = [reader.outcome for reader in readers]
        with threads(TABLES_AT_ONCE, "table") as executor:
            futures: dict[Future[Outcome], Table] = {}
            for reader in readers:
                needed = needed_tables(reader.table)
                before = [future for future, table in futures.items() if table.name in needed]
                future = executor.submit(read_after, before, reader)
                future.add_done_callback(lambda _: self.spool.wake())
                futures[future] = reader.table
            try:
                self._load_while(futures, run, [executor, pool])
            except BaseException:
                self.spool.close()
                run.client.transport.stop()
                for future in futures:
                    future.cancel()
                raise

    def _load_while(self, futures: dict[Future[Outcome], Table], run: Run, pools: Sequence[Threads]) -> None:
        """Load full batches and complete tables while others are read, and the rest at the end.

        After ``max_duration`` no more requests are sent; a table that hangs then is left behind.
        """
        last_commit, stopped_at = self.clock(), None
        while not all(future.done() for future in futures):
            is_full = self.spool.wait(self.tick)
            now = self.clock()
            is_due = now - last_commit >= self.commit_every and self._has_complete(futures)
            if is_full or is_due:
                self._commit(futures)
                last_commit = self.clock()
            self.progress(self.report.outcomes)
            if stopped_at is None and now - self._started >= self._max_seconds:
                stopped_at = now
                run.client.transport.stop(self._out_of_time())
            elif stopped_at is not None and now - stopped_at >= self.grace:
                self._abandon(futures, pools)
                break
        for future in futures:
            if future.done() and not future.cancelled():
                future.result()
        self._commit(futures, last=True)
        self.progress(self.report.outcomes)

    def _has_complete(self, futures: dict[Future[Outcome], Table]) -> bool:
        """True if a table was read to its end and is not committed yet."""
        return any(
            future.done() and table.name not in self.run.committed for future, table in futures.items()
        )

    @property
    def _max_seconds(self) -> float:
        return float(self.account.settings.max_duration.total_seconds())

    def _out_of_time(self) -> TryLater:
        return TryLater(
            f"not read to its end within max_duration, {self._max_seconds:,.0f} seconds; what was read is loaded",
            do="Run the sync again, or raise max_duration.",
        )

    def _abandon(self, futures: dict[Future[Outcome], Table], pools: Sequence[Threads]) -> None:
        """Leave tables behind whose threads hang; their outcomes are copied, as the threads may still change them."""
        hanging = {table.name for future, table in futures.items() if not future.done()}
        for pool in pools:
            pool.abandoned = True
        self.spool.close()
        for future in futures:
            future.cancel()
        error = self._out_of_time()
        self.report.outcomes = [
            replace(
                outcome,
                status=error.status,
                error=error.at(f"{self.account.name}.{outcome.table}"),
                state=None,
            )
            if outcome.table in hanging
            else outcome
            for outcome in self.report.outcomes
        ]

    def _commit(self, futures: dict[Future[Outcome], Table], *, last: bool = False) -> None:
        """Load the waiting batch; tables that are done get their deletes and their state with it.

        The last session of a run writes the run log too: opening and closing a DuckDB file costs 25 ms of CPU.
        """
        done = {table.name for future, table in futures.items() if future.done()}
        batch = self.spool.take()
        for (
            name
        ) in self.run.refused:  # rows of an earlier batch are missing: no later one may move the cursor
            batch.tables.pop(name, None)
        discard = {table for table in batch.tables if self.account.settings.drift(table) == "discard"}
        batch.narrow(self.loader.known_rows.catalogue, self.warehouse.dialect.row_limit, discard)
        finished = done - self.run.committed
        with contextlib.ExitStack() as sessions:
            if self._lands_directly(batch):  # dlt opens the warehouse by itself
                sessions.enter_context(self.warehouse.session())
            load_id = self._land(batch)
            sessions.enter_context(self.warehouse.session())
            self._load(batch, finished, load_id)
            if last:
                with self.warehouse.session() as session:
                    self.loader.end(session)

    def _load(self, batch: LoadBatch, finished: set[str], load_id: str) -> None:
        outcomes = {outcome.table: outcome for outcome in self.report.outcomes}
        names = [table.name for table in self.tables if table.name in batch.tables or table.name in finished]
        known_rows = self.loader.known_rows
        with self.warehouse.session() as session:
            for name in names:
                known_rows.forget(name)
                self.loader.load(session, batch, outcomes[name], load_id, finished=name in finished)
            if load_id:
                session.drop_landing(self.run.landing)
            if load_id or not known_rows.catalogue.keys() >= set(names):
                known_rows.catalogue = copied_catalogue(session, self.schema)

    def _land_directly(self, session: Session, batch: LoadBatch) -> None:
        """Land a batch by plain SQL; a table that the warehouse refuses fails alone."""
        try:
            session.land(self.run.landing, _landed(batch.tables.values()))
        except (StatementFailed, SchemaConflict):
            outcomes = {outcome.table: outcome for outcome in self.report.outcomes}
            for name, tables in list(batch.tables.items()):
                try:
                    session.land(self.run.landing, _landed([tables]))
                except (StatementFailed, SchemaConflict) as error:
                    self.run.refuse(outcomes[name], error)
                    del batch.tables[name]

    def _lands_directly(self, batch: LoadBatch) -> bool:
        """True if a batch lands by plain SQL: dlt costs more than few rows are worth, and does not open a lake."""
        return batch.rows <= self.small_batch_rows or not self.warehouse.lands_with_dlt

    def _land(self, batch: LoadBatch) -> str:
        """Put a batch into the landing schema, and release it; the load's id, or "" if the batch is empty."""
        landed = _landed(batch.tables.values())
        if not landed:
            return ""
        self.report.packages += 1
        if self._lands_directly(batch):
            with self.warehouse.session() as session:
                self._land_directly(session, batch)
            batch.release()
            return f"{time.time():.6f}"
        with working_folder() as folder, self.warehouse.exclusive() as credentials:
            return load(
                self.schema,
                landed,
                destination=self.warehouse.dialect.name,
                few_rows_format=self.warehouse.dialect.small_load_format,
                session_settings=self.warehouse.dialect.session_settings,
                credentials=str(credentials),
                landing=self.run.landing,
                working_dir=folder,
            )


def _landed(tables: Iterable[Mapping[str, list[pa.Table]]]) -> dict[str, list[pa.Table]]:
    """The batches of warehouse tables that have rows."""
    return {name: batches for tables_of_one in tables for name, batches in tables_of_one.items() if batches}
