"""One sync of one account: read, load, apply, and say what happened.

Tables are read by threads into a spool; this thread loads slices of it. A slice is one dlt package; the warehouse then
applies each table with its children, its deletes and its state in one transaction. So a kill at any moment costs the
work since the last slice and never a row, and nothing is visible by halves.
"""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from fieldhouse.pipelines.config.settings import Account
from fieldhouse.pipelines.inspect.health import RUNNING
from fieldhouse.pipelines.output.exit import exit_code as exit_code
from fieldhouse.sources.engine.errors import SourceError, TryLater, gravest
from fieldhouse.sources.engine.extract.run import Options, Outcome, Run
from fieldhouse.sources.engine.extract.table_reader import TableReader
from fieldhouse.sources.engine.load.dlt_load import load, working_folder
from fieldhouse.sources.engine.load.spool import LoadBatch, Spool
from fieldhouse.sources.engine.normalize.frames import Column, logical
from fieldhouse.sources.engine.normalize.overflow_column import PAGE
from fieldhouse.sources.engine.plan.forecast import remembered
from fieldhouse.sources.engine.redact import hidden, redact
from fieldhouse.sources.engine.spec.row import Declaration, Row, declared
from fieldhouse.sources.engine.spec.table import ServerTime, Table
from fieldhouse.warehouse import model
from fieldhouse.warehouse.connect import Warehouse
from fieldhouse.warehouse.errors import AccountBusy, AccountLost, WarehouseError
from fieldhouse.warehouse.session import LANDING_SUFFIX, Session

from .client import open_client
from .column_privacy import hide, shared_salt, with_rules
from .history import follow
from .known_rows import WarehouseKnownRows

TABLES_AT_ONCE = 4
LITTLE = 1_000
"""So many rows, of all tables of a slice together, land by plain SQL: dlt's import and a package cost 1.4 seconds of
CPU and 0.036 for each table, which is most of a small sync. Larger slices are dlt's."""
CHANGES_TOLD = 20
"""So many changes of one table stand in a report one by one."""
Progress = Callable[[Sequence[Outcome]], None]


@dataclass
class Report:
    """What one account's sync did.

    ``error`` is set where the account as a whole could not be synced, ``unfinished`` where the run before began
    (``run_id``, ``started_at``, ``holder``) and never ended.
    """

    account: str
    run_id: str
    outcomes: list[Outcome] = field(default_factory=list)
    error: Exception | None = None
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 0.0
    packages: int = 0
    unfinished: dict[str, Any] | None = None

    @property
    def exit_code(self) -> int:
        """The gravest code of the account's tables; of the account itself where nothing could be read."""
        if self.error is not None:
            return exit_code(self.error)
        return gravest([exit_code(outcome.error) for outcome in self.outcomes if outcome.error])

    @property
    def wrote(self) -> bool:
        """Whether tables were changed, landed or left behind by the run before: more than the run's own notes."""
        return bool(self.packages or self.unfinished) or any(each.rows_deleted for each in self.outcomes)

    @property
    def requests(self) -> int:
        return sum(outcome.requests for outcome in self.outcomes)

    @property
    def planned(self) -> int | None:
        """Requests that were expected if nothing had changed; None where a table is read for the first time."""
        expected = [outcome.expected_requests for outcome in self.outcomes]
        return None if None in expected else sum(count or 0 for count in expected)


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
    """Sync ``tables`` of one account. Errors of tables stand in the report; so does one of the account.

    Args:
        options: what was asked for; the account's own settings are put in here.
        progress: called about every ``tick`` seconds with the outcomes so far.
        slice_bytes: how much Arrow data is loaded together.
    """
    return with_account_lock(AccountSync(account, warehouse, options, tables, progress, slice_bytes, tick))


def with_account_lock(sync: AccountSync) -> Report:
    """Run it with the account's lock held; an error of the account as a whole stands in the report."""
    account, report = sync.account, sync.report
    started = time.monotonic()
    sync.holder = f"process {os.getpid()} on {socket.gethostname()}"
    try:
        with sync.warehouse.account_lock(account.schema, sync.holder):
            sync.began = True
            sync.run()
    except AccountBusy as busy:
        report.error = TryLater(str(busy), do="Wait for it to end.", where=account.name)
    except (SourceError, WarehouseError) as error:
        report.error = error
        if sync.began:
            sync.end()
    if report.error is not None:
        sync.give_up(report.error)
    report.seconds = time.monotonic() - started
    return report


class AccountSync:
    """The state of one account's sync while it runs."""

    little = LITTLE

    def __init__(
        self,
        account: Account,
        warehouse: Warehouse,
        options: Options,
        tables: Sequence[Table],
        progress: Progress,
        slice_bytes: int | None,
        tick: float,
    ) -> None:
        self.account, self.warehouse, self.options, self.tables = account, warehouse, options, tables
        self.report = Report(account.name, uuid.uuid4().hex[:12])
        self.progress, self.tick = progress, tick
        self.spool = Spool(slice_bytes) if slice_bytes else Spool()
        self.schema = account.schema
        self.landing = f"{account.schema}{LANDING_SUFFIX}_{self.report.run_id[:8]}"
        self.holder, self.began = "", False
        self.committed: set[str] = set()
        self.written: dict[str, int] = {}
        self.restored: dict[str, int] = {}

    def run(self) -> None:
        self.options = self._settled(self.options)
        with self.warehouse.session() as session:
            session.prepare(self.schema)
            session.drop_landings(self.schema)  # runs that were killed may have left theirs
            states = session.states(self.schema)
            self.options = shared_salt(session, self.schema, self.options)
            self._begin(session, states)
            catalogue = {name: dict(columns) for name, columns in session.catalogue(self.schema).items()}
            self.memory = self._remembering(catalogue)
            self.memory.look_ahead(session, self.account.vendor, self.tables)
        with open_client(self.account) as (client, most), _threads(most, "request") as pool:
            vendor = self.account.vendor
            moment = vendor.server_time(client) if vendor.server_time else ServerTime(datetime.now(UTC))
            run = Run(
                vendor=vendor,
                account=self.account.name,
                client=client,
                known_rows=self.memory,
                server_time=moment,
                options=self.options,
                states=states,
                sink=self.spool.add,
                pool=pool,
                max_concurrency=most,
            )
            self._read_and_load(run)

    def end(self) -> None:
        """Take back the note of a run that ends before its tables do."""
        with contextlib.suppress(WarehouseError), self.warehouse.session() as session:
            if session.states(self.schema).get(RUNNING, {}).get("run_id") == self.report.run_id:
                session.put_state(self.schema, RUNNING, None)

    def give_up(self, error: Exception) -> None:
        """Say of every table that is not committed that it failed, and why."""
        told = {outcome.table: outcome for outcome in self.report.outcomes}
        for table in self.tables:
            outcome = told.get(table.name) or Outcome(table.name, strategy=table.strategy)
            if table.name not in told:
                self.report.outcomes.append(outcome)
            outcome.rows_written = self.written.get(table.name, 0)
            if table.name not in self.committed and outcome.error is None:
                outcome.status, outcome.rows_deleted = "failed", 0
                outcome.error = error

    def _settled(self, options: Options) -> Options:
        return apply_settings(options, self.account)

    def _begin(self, session: Session, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Make the warehouse follow the settings, and note that a run is under way."""
        hide(session, self.schema, self.options, self.report.run_id)
        follow(session, self.schema, self.account, self.report.run_id)
        self.report.unfinished = dict(states[RUNNING]) if RUNNING in states else None
        note = {"run_id": self.report.run_id, "started_at": _to_the_second(), "holder": self.holder}
        session.put_state(self.schema, RUNNING, note)

    def _remembering(self, catalogue: dict[str, dict[str, str]]) -> WarehouseKnownRows:
        return WarehouseKnownRows(self.warehouse, self.schema, catalogue)

    def _read_and_load(self, run: Run) -> None:
        readers = [TableReader(run, table) for table in self.tables]
        for reader in readers:
            reader.outcome.expected_requests = remembered(reader)
        self.report.outcomes = [reader.outcome for reader in readers]
        with _threads(TABLES_AT_ONCE, "table") as executor:
            futures: dict[Future[Outcome], Table] = {}
            for reader, waits in zip(readers, _dependencies(self.tables), strict=True):
                before = [future for future, table in futures.items() if table.name in waits]
                future = executor.submit(_read_after, before, reader)
                future.add_done_callback(lambda _: self.spool.wake())
                futures[future] = reader.table
            try:
                self._load_while(futures)
            except BaseException:
                self.spool.close()
                run.client.transport.stop()
                for future in futures:
                    future.cancel()
                raise

    def _load_while(self, futures: dict[Future[Outcome], Table]) -> None:
        """Load full slices while tables are read, and the rest at the end."""
        while not all(future.done() for future in futures):
            if self.spool.wait(self.tick):
                self._commit(futures)
            self.progress(self.report.outcomes)
        for future in futures:
            future.result()
        self._commit(futures, last=True)
        self.progress(self.report.outcomes)

    # --- load ----------------------------------------------------------------------------------------------

    def _commit(self, futures: dict[Future[Outcome], Table], *, last: bool = False) -> None:
        """Load what waits and apply it; tables that are done get their deletes and their state with it.

        The last session of a run writes its books too: opening and closing a DuckDB file costs 25 ms of CPU.
        """
        done = {table.name for future, table in futures.items() if future.done()}
        part = self.spool.take()
        discard = {table for table in part.tables if self.account.settings.drift(table) == "discard"}
        page = PAGE if self.warehouse.dialect == "postgres" else None
        part.narrow(self.memory.catalogue, page, discard)
        finished = [name for name in done if name not in self.committed]
        names = [table.name for table in self.tables if table.name in part.tables or table.name in finished]
        with contextlib.ExitStack() as held:
            if part.rows <= self.little:  # dlt opens the warehouse by itself
                held.enter_context(self.warehouse.session())
            load_id = self._land(part)
            held.enter_context(self.warehouse.session())
            self._apply_all(part, names, finished, load_id)
            if last:
                self._record()

    def _apply_all(
        self, part: LoadBatch, names: Sequence[str], finished: Sequence[str], load_id: str
    ) -> None:
        outcomes = {outcome.table: outcome for outcome in self.report.outcomes}
        with self.warehouse.session() as session:
            for name in names:
                self.memory.forget(name)
                self._apply(session, part, outcomes[name], load_id, finished=name in finished)
            if load_id:
                session.drop_landing(self.landing)
            self.memory.catalogue = {
                name: dict(columns) for name, columns in session.catalogue(self.schema).items()
            }

    def _land(self, part: LoadBatch) -> str:
        """Put a slice where SQL can apply it from, its batches are gone then; the load's id, empty where none are."""
        flat = {
            name: batches for tables in part.tables.values() for name, batches in tables.items() if batches
        }
        if not flat:
            return ""
        self.report.packages += 1
        if part.rows <= self.little:
            with self.warehouse.session() as session:
                session.land(self.landing, flat)
            return f"{time.time():.6f}"
        with working_folder() as folder, self.warehouse.exclusive() as place:
            return load(
                self.account.schema,
                flat,
                destination=self.warehouse.dialect,
                credentials=str(place),
                landing=self.landing,
                working_dir=folder,
            )

    def _apply(
        self, session: Any, part: LoadBatch, outcome: Outcome, load_id: str, *, finished: bool
    ) -> None:
        """One table in one transaction; an error here is that table's own."""
        failed = outcome.error is not None and outcome.state is None
        landed = outcome.table in part.filled
        state = (outcome.state if finished else None) or (
            None if failed and not landed else outcome.checkpoint
        )
        try:
            if (
                landed
                or (finished and (outcome.deleted is not None or outcome.rechecked is not None))
                or (finished and not failed and outcome.table not in self.memory.catalogue)
            ):
                load = self._table_load(part, outcome, load_id, state, landed=landed, finished=finished)
                applied = session.apply(self.schema, self.landing, load)
                outcome.rows_deleted = applied.rows_deleted if finished else outcome.rows_deleted
                self.written[outcome.table] = self.written.get(outcome.table, 0) + applied.rows_written
                outcome.new_columns += [c for c in applied.new_columns if c not in outcome.new_columns]
                _log_schema_changes(outcome, [str(change) for change in applied.said(outcome.table)])
            elif state is not None:
                session.put_state(self.schema, outcome.table, state)
            if finished:
                self.committed.add(outcome.table)
            self._quarantine(session, outcome)
        except AccountLost:
            raise
        except WarehouseError as error:
            outcome.error = error
            outcome.status = "failed"
            self.committed.add(outcome.table)

    def _table_load(
        self,
        part: LoadBatch,
        outcome: Outcome,
        load_id: str,
        state: dict[str, Any] | None,
        *,
        landed: bool,
        finished: bool,
    ) -> model.TableLoad:
        table = self.account.vendor.table(outcome.table)
        columns = part.columns.get(table.name) or declared_columns(table, self.options)
        meanings = described(table.name, table.row)
        settings = self.account.settings
        drift = settings.drift(table.name)
        why = "discarded" if drift == "discard" else "in _rest"
        return model.TableLoad(
            name=table.name,
            key=table.key,
            columns=_columns(columns[table.name], meanings.get(table.name, {})),
            children=tuple(
                model.Child(name, _columns(of, meanings.get(name, {})), _parent_key(table, of))
                for name, of in columns.items()
                if name != table.name
            ),
            synced_at=datetime.now(UTC),
            load_id=load_id,
            landed=landed,
            deleted=outcome.deleted if finished else None,
            deletes="hard" if settings.deletes == "hard" else "soft",
            touched=outcome.rechecked if finished else None,
            state=state,
            drift=drift,
            apart=tuple(
                model.SchemaChange(name, column.name, "", logical(column), why, column.original)
                for name, columns in part.overflowed.get(table.name, {}).items()
                for column in columns
            ),
            history=table.name in self.account.matching(settings.history),
            kept=outcome.retained_children,
            run_id=self.report.run_id,
        )

    def _quarantine(self, session: Any, outcome: Outcome) -> None:
        if not outcome.quarantined:
            return
        import json

        bad = list(outcome.quarantined)
        del outcome.quarantined[: len(bad)]  # the reader may be adding more
        now = datetime.now(UTC)
        session.quarantine(
            self.schema,
            [
                {
                    "table_name": outcome.table,
                    "reason": reason,
                    "record": hidden(json.dumps(record, default=str)),
                    "seen_at": now,
                    "run_id": self.report.run_id,
                }
                for reason, record in bad
            ],
        )

    def _record(self) -> None:
        """One row in ``_syncs`` per table."""
        for outcome in self.report.outcomes:
            outcome.rows_written = self.written.get(outcome.table, 0)
            if bad := outcome.rows_quarantined:
                outcome.note(
                    f"{bad:,} {'record' if bad == 1 else 'records'} without a usable key: see _quarantine"
                )
        with self.warehouse.session() as session:
            session.record(self.schema, [_sync_row(self.report, outcome) for outcome in self.report.outcomes])
            session.put_state(self.schema, RUNNING, None)


@contextlib.contextmanager
def _threads(count: int, name: str) -> Iterator[ThreadPoolExecutor]:
    """Threads for the block. An interrupt does not wait for them: one may hang for as long as the vendor does."""
    pool = ThreadPoolExecutor(count, name)
    try:
        yield pool
    except Exception:
        pool.shutdown(cancel_futures=True)
        raise
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _to_the_second() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _log_schema_changes(outcome: Outcome, changes: Sequence[str]) -> None:
    for change in changes[:CHANGES_TOLD]:
        outcome.note(change)
    if more := len(changes) - CHANGES_TOLD:
        outcome.note(f"and {more:,} more changes: see _schema_changes") if more > 0 else None


def _read_after(before: Sequence[Future[Outcome]], reader: TableReader) -> Outcome:
    for future in before:
        future.result()
    try:
        return reader.read()
    except WarehouseError:
        raise
    except Exception as error:  # noqa: BLE001 - what one table meets must not stop the others
        return reader.stopped(error)


def _dependencies(tables: Sequence[Table]) -> list[set[str]]:
    """For each table, the tables that are read before it: its parent, and where its rows are found."""
    return [
        ({table.per_parent.parent} if table.per_parent else set())
        | {found.table for found in table.embedded_in}
        for table in tables
    ]


def apply_settings(options: Options, account: Account) -> Options:
    """``options`` with what the account's settings decide."""
    settings = account.settings
    return replace(
        with_rules(options, account),
        start_date=settings.earliest,
        sweep_every=settings.sweep_every,
        detail_max_age=settings.detail_max_age,
        deletes=settings.deletes,
        max_delete_share=settings.max_delete_share,
        max_quarantine_share=settings.max_quarantine_share,
    )


def declared_columns(table: Table, options: Options) -> dict[str, dict[str, Column]]:
    """The declared columns of a table and its children, for a table that has no rows yet."""
    from fieldhouse.sources.engine.normalize.normalizer import Normalizer

    shaper = Normalizer(
        table.name, table.key, table.row, drop=options.drop, mask=options.mask, salt=options.salt
    )
    return shaper.frames([], [], pa.array([], pa.int64())).columns


@functools.cache
def described(table: str, row: type[Row]) -> dict[str, dict[str, str]]:
    """What the declared columns of a table and its child tables mean, by table and column."""
    found: dict[str, dict[str, str]] = {}

    def take(name: str, declarations: Sequence[Declaration]) -> None:
        for each in declarations:
            if each.type is None:
                take(f"{name}__{each.name}", each.children)
            elif each.description:
                more = [f"unit: {each.unit}" if each.unit else "", f"zone: {each.zone}" if each.zone else ""]
                found.setdefault(name, {})[each.name] = "; ".join(filter(None, [each.description, *more]))

    take(table, declared(row))
    return found


def _columns(columns: dict[str, Column], meanings: Mapping[str, str]) -> tuple[model.Column, ...]:
    return tuple(
        model.Column(
            column.name,
            logical(column),
            column.original,
            column.declared,
            column.beside,
            meanings.get(column.name, ""),
        )
        for column in columns.values()
    )


def _parent_key(table: Table, columns: dict[str, Column]) -> tuple[str, ...]:
    """The columns of a child table that hold the root row's key: ``_root_…`` in a child of a child."""
    prefix = "_root_" if any(name.startswith("_root_") for name in columns) else "_parent_"
    return (f"{prefix}id",) if len(table.key) == 1 else tuple(f"{prefix}{column}" for column in table.key)


def _sync_row(report: Report, outcome: Outcome) -> dict[str, Any]:
    import json

    return {
        "run_id": report.run_id,
        "table_name": outcome.table,
        "started_at": outcome.started_at,
        "finished_at": datetime.now(UTC),
        "seconds": outcome.seconds,
        "rows_read": outcome.rows_read,
        "rows_written": outcome.rows_written,
        "rows_deleted": outcome.rows_deleted,
        "rows_quarantined": outcome.rows_quarantined,
        "requests": outcome.requests,
        "cursor_before": outcome.cursor_before,
        "cursor_after": outcome.cursor_after,
        "outcome": outcome.status,
        "strategy": outcome.strategy,
        "error": redact(str(outcome.error)) if outcome.error else None,
        "details": redact(json.dumps({"notes": outcome.notes, "filter_proven": outcome.filter_proven})),
    }
