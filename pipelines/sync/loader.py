"""Loaders: what becomes of the rows that a sync reads. `ApplyLoader` applies them to the warehouse."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.config.row_filters import row_filters
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.load.spool import LoadBatch
from fieldhouse.sources.engine.spec.row_selection import described
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.warehouse import unrecorded_runs
from fieldhouse.warehouse.connect import Warehouse
from fieldhouse.warehouse.errors import AccountLost, WarehouseError
from fieldhouse.warehouse.session import Session, landing_schema

from .column_privacy import hide, unmatched_rules, with_rules
from .history import follow
from .known_rows import Catalogue, WarehouseKnownRows
from .report import Report
from .result_fields import error_parts
from .run_log import is_noted, note_schema_changes, note_start, quarantine, record_run
from .table_load import table_load

STATES_WAIT_SECONDS = 5.0
"""So long the state of a table without changes waits for others, to be written in one transaction with them."""


@dataclass
class AccountRun:
    """What a sync and its loader share while one account is read.

    Attributes:
        options: as asked for, completed by the account's settings when the run begins.
        holder: who syncs, for the note of the run.
        committed: the tables that are complete, or that the warehouse refused.
        refused: the tables that the warehouse refused.
        rows_written: by table.
    """

    account: Account
    warehouse: Warehouse
    report: Report
    options: Options
    holder: str = ""
    committed: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    rows_written: dict[str, int] = field(default_factory=dict)

    def refuse(self, outcome: Outcome, error: WarehouseError) -> None:
        """Fail a table that the warehouse refused; nothing more of it is loaded in this run."""
        outcome.error, outcome.status = error, "failed"
        self.committed.add(outcome.table)
        self.refused.add(outcome.table)

    @property
    def schema(self) -> str:
        """The account's schema."""
        return self.account.schema

    @property
    def landing(self) -> str:
        """The run's own schema for rows that are not applied yet."""
        return landing_schema(self.schema, self.report.run_id)


class Loader(Protocol):
    """Decides what is read, and what becomes of it."""

    @property
    def known_rows(self) -> WarehouseKnownRows:
        """The rows that the warehouse holds, as the readers are to know them."""

    def tables(self, tables: Sequence[Table]) -> Sequence[Table]:
        """The tables to read, of those that were chosen."""

    def options(self, options: Options) -> Options:
        """How to read them."""

    def begin(self, session: Session, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Called before the first request, with the account's stored states."""

    def load(
        self, session: Session, batch: LoadBatch, outcome: Outcome, load_id: str, *, finished: bool
    ) -> None:
        """Take one table of a batch; ``finished`` is True once it was read to its end."""

    def end(self, session: Session) -> None:
        """Called in the last session of a run."""

    def fail(self, session: Session) -> None:
        """Called if an error of the account has ended the run."""

    def settle(self) -> None:
        """Called when the run has ended, without the warehouse."""


class ApplyLoader:
    """The loader of a sync: applies each table in one transaction, with its deletes and its state."""

    def __init__(self, run: AccountRun, clock: Callable[[], float] = time.monotonic) -> None:
        self.run = run
        self.known_rows = WarehouseKnownRows(run.warehouse, run.schema)
        self._clock = clock
        self._states: dict[str, dict[str, Any]] = {}
        self._states_since = 0.0
        self._is_recorded = False

    def tables(self, tables: Sequence[Table]) -> Sequence[Table]:
        """The chosen tables."""
        return tables

    def options(self, options: Options) -> Options:
        """The options with the account's settings."""
        return apply_settings(options, self.run.account)

    def begin(self, session: Session, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Make the warehouse follow changed settings, and note that a run is under way."""
        run = self.run
        settings = run.account.settings
        if settings.exclude_columns or settings.hash_columns:
            run.report.notes += unmatched_rules(run.account, session.catalogue(run.schema))
        hide(session, run.schema, run.options, run.report.run_id, states)
        follow(session, run.schema, run.account, run.report.run_id, states)
        note_start(session, run.schema, run.report, run.holder, states)
        unrecorded_runs.reserve(run.warehouse.display, run.schema)

    def load(
        self, session: Session, batch: LoadBatch, outcome: Outcome, load_id: str, *, finished: bool
    ) -> None:
        """Apply one table in one transaction; an error of the warehouse stops this table alone.

        Raises:
            AccountLost: another process has taken the account over.
        """
        run = self.run
        try:
            self._apply(session, batch, outcome, load_id, finished=finished)
            if finished:
                run.committed.add(outcome.table)
            quarantine(session, run.schema, outcome, run.report.run_id)
        except AccountLost:
            raise
        except WarehouseError as error:
            run.refuse(outcome, error)

    def _apply(
        self, session: Session, batch: LoadBatch, outcome: Outcome, load_id: str, *, finished: bool
    ) -> None:
        run = self.run
        failed = outcome.error is not None and outcome.state is None
        landed = outcome.table in batch.filled
        checkpoint = None if failed and not landed else outcome.checkpoint
        after = (outcome.state if finished else None) or checkpoint
        state = after.to_json() if after else None
        removes = any(keys is not None for keys in (outcome.deleted, outcome.removed, outcome.rechecked))
        is_new = not failed and outcome.is_offered and outcome.table not in self.known_rows.catalogue
        if landed or (finished and (removes or is_new)):
            load = table_load(
                run.account,
                run.options,
                batch,
                outcome,
                load_id=load_id,
                run_id=run.report.run_id,
                state=state,
                finished=finished,
            )
            if landed and outcome.is_compared and outcome.table in self.known_rows.catalogue:
                table = run.account.vendor.table(outcome.table)
                recheck = table.detail is not None and table.detail.every == "change"
                load = session.leave_unchanged(
                    run.schema, run.landing, load, recheck=recheck, flag=table.flag
                )
            if load.removed is not None:
                wanted = described(run.options.where.get(outcome.table, {}))
                outcome.note(
                    f"{load.removed.num_rows:,} rows that do not meet the filter ({wanted}) were removed"
                )
            self._states.pop(outcome.table, None)
            applied = session.apply(run.schema, run.landing, load)
            outcome.rows_deleted = applied.rows_deleted if finished else outcome.rows_deleted
            written = run.rows_written.get(outcome.table, 0)
            run.rows_written[outcome.table] = written + applied.rows_written
            outcome.new_columns += [name for name in applied.new_columns if name not in outcome.new_columns]
            note_schema_changes(
                outcome, [str(change) for change in applied.reportable_changes(outcome.table)]
            )
        elif state is not None:
            self._put_state(session, outcome.table, state)

    def _put_state(self, session: Session, table: str, state: dict[str, Any]) -> None:
        """Keep the state of a table without changes for the end of the run, or write it with others that wait.

        A run that is killed before reads these tables once more; a transaction for each is most of a quiet sync.
        """
        if not self._states:
            self._states_since = self._clock()
        self._states[table] = state
        if self._clock() - self._states_since >= STATES_WAIT_SECONDS:
            session.record(self.run.schema, [], self._states)
            self._states.clear()

    def end(self, session: Session) -> None:
        """Write the run's rows to ``_syncs``, the states of tables without changes, and new columns for dlt."""
        run = self.run
        if run.report.packages:
            keys = {table.name: table.key for table in run.account.vendor.tables}
            session.describe(run.schema, keys)
        record_run(session, run.schema, run.report, run.rows_written, self._states)
        self._is_recorded = True
        self._states.clear()

    def fail(self, session: Session) -> None:
        """Write the run's rows to ``_syncs``, unless another process has taken the account over."""
        if is_noted(session, self.run.schema, self.run.report.run_id):
            self.end(session)

    def settle(self) -> None:
        """Keep the failures of a run that the warehouse did not store on this machine, for ``status``."""
        run, report = self.run, self.run.report
        if self._is_recorded:
            unrecorded_runs.forget(run.warehouse.display, run.schema)
            return
        tables = {outcome.table: error_parts(outcome) for outcome in report.outcomes if outcome.error}
        if tables and not isinstance(report.error, AccountLost):
            unrecorded_runs.note(
                run.warehouse.display, run.schema, report.run_id, report.started_at, datetime.now(UTC), tables
            )


def apply_settings(options: Options, account: Account) -> Options:
    """``options`` completed by the account's settings."""
    settings = account.settings
    return replace(
        with_rules(options, account),
        start_date=settings.earliest,
        sweep_every=settings.sweep_every,
        detail_max_age=settings.detail_max_age,
        deletes=settings.deletes,
        where=row_filters(account),
        max_delete_share=settings.max_delete_share,
        max_quarantine_share=settings.max_quarantine_share,
        discards=frozenset(
            table.name for table in account.vendor.tables if settings.drift(table.name) == "discard"
        ),
    )


def copied_catalogue(session: Session, schema: str) -> Catalogue:
    """The tables of a schema with their columns and types, as they are now."""
    return {name: dict(columns) for name, columns in session.catalogue(schema).items()}
