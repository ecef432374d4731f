"""Verify: every row once more from the vendor, compared with what the warehouse holds, and mended if asked.

The readers, the landing and the order of tables are a sync's own; only what a slice is for differs. No filter
is used, no hash is trusted and no cursor moves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from fieldhouse.pipelines.config.settings import Account
from fieldhouse.pipelines.sync.account_sync import (
    AccountSync,
    Progress,
    Report,
    apply_settings,
    exit_code,
    with_account_lock,
)
from fieldhouse.pipelines.sync.known_rows import WarehouseKnownRows
from fieldhouse.sources.engine.changes.cursor_time import stamp
from fieldhouse.sources.engine.changes.row_index import key_hash
from fieldhouse.sources.engine.errors import DeleteGuard, SourceError, gravest
from fieldhouse.sources.engine.extract.run import Options, Outcome
from fieldhouse.sources.engine.load.spool import LoadBatch
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.warehouse.connect import Warehouse
from fieldhouse.warehouse.errors import WarehouseError
from fieldhouse.warehouse.merge.compare import Key, compare, drop_flagged, extra, keep_differing
from fieldhouse.warehouse.model import TableLoad
from fieldhouse.warehouse.session import Session, translating

KINDS = ("missing", "extra", "stale")
EXAMPLES = 5
DIFFERENT = 4
"""The exit code when differences were found and not mended."""


@dataclass
class Verified:
    """What was found in one table.

    Attributes:
        counts: rows by kind: ``missing`` is at the vendor and not live in the warehouse, ``extra`` the other
            way round, ``stale`` differs in a column or in a child row.
        examples: a few keys of each kind.
        where: stale rows by what differs: a column, or a child table.
        repaired: rows that were mended.
    """

    outcome: Outcome
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Key]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    where: Counter[str] = field(default_factory=Counter)
    repaired: int = 0
    found: dict[str, set[int]] = field(default_factory=lambda: {kind: set() for kind in KINDS}, repr=False)

    @property
    def table(self) -> str:
        return self.outcome.table

    @property
    def differences(self) -> int:
        return sum(self.counts.values())

    def note(self, kind: str, keys: Sequence[Key], examples: int = EXAMPLES) -> int:
        """Count keys that were not counted yet; a row that was read twice is one row."""
        fresh = [key for key in keys if key_hash(key) not in self.found[kind]]
        self.found[kind].update(map(key_hash, fresh))
        self.counts[kind] += len(fresh)
        room = examples - len(self.examples[kind])
        self.examples[kind] += fresh[: max(room, 0)]
        return len(fresh)


@dataclass
class VerifyReport:
    """What was found in one account. ``error`` is set where the account as a whole could not be read.

    ``wrote`` says that the file was written to, if only for what landed to be compared.
    """

    account: str
    tables: list[Verified] = field(default_factory=list)
    error: Exception | None = None
    seconds: float = 0.0
    requests: int = 0
    wrote: bool = False

    @property
    def repaired(self) -> int:
        return sum(each.repaired for each in self.tables)

    @property
    def exit_code(self) -> int:
        """The gravest code: of errors, and of differences that stay."""
        if self.error is not None:
            return exit_code(self.error)
        codes = [exit_code(each.outcome.error) for each in self.tables if each.outcome.error]
        if any(each.differences > each.repaired for each in self.tables):
            codes.append(DIFFERENT)
        return gravest(codes)


def verify_account(
    account: Account,
    warehouse: Warehouse,
    options: Options,
    *,
    tables: Sequence[Table],
    repair: bool = False,
    progress: Progress = lambda outcomes: None,
    slice_bytes: int | None = None,
    tick: float = 0.2,
) -> VerifyReport:
    """Compare ``tables`` of one account with the vendor; with ``repair``, mend exactly what differs.

    Mending needs no further requests: a missing or stale row is applied from what has landed, an extra one is
    marked deleted once it is confirmed. Other rows keep their ``_synced_at``, and all cursors stay.
    """
    verifying = _Verifying(account, warehouse, options, tables, progress, slice_bytes, tick)
    verifying.repair = repair
    report: Report = with_account_lock(verifying)
    found = list(verifying.verified.values())
    return VerifyReport(account.name, found, report.error, report.seconds, report.requests, report.wrote)


class _ForgetfulMemory(WarehouseKnownRows):
    """Knows which rows there are, and not what they hold: so every row counts as changed and is landed."""

    read_again: frozenset[str] = frozenset()

    def known(self, table: Table, keys: pa.Table | None, extra: Sequence[str]) -> pa.Table:
        known = super().known(table, keys, extra)
        for name in ("_row_hash", "_list_hash"):
            if name in known.column_names:
                nothing = pa.nulls(known.num_rows, pa.int64())
                known = known.set_column(known.column_names.index(name), name, nothing)
        return known

    def values(self, table: str, column: str, where: tuple[str, Any] | None) -> list[Any]:
        """Parents that are read again are the vendor's, not the warehouse's."""
        return [] if table in self.read_again else super().values(table, column, where)


class _Verifying(AccountSync):
    """A sync that compares where a sync applies."""

    repair = False

    def _settled(self, options: Options) -> Options:
        """All rows, whatever was asked for; how many extra rows are too many is judged here."""
        self.most_deleted = apply_settings(options, self.account).max_delete_share
        every = _with_sources(self.tables, self.account.vendor.tables)
        self.tables = [replace(table, incremental=None) for table in every]
        self.verified: dict[str, Verified] = {}
        return replace(
            apply_settings(options, self.account), sweep=True, since=None, until=None, max_delete_share=1.0
        )

    def _begin(self, session: Session, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Nothing: settings are a sync's to follow."""

    def _remembering(self, catalogue: dict[str, dict[str, str]]) -> WarehouseKnownRows:
        memory = _ForgetfulMemory(self.warehouse, self.schema, catalogue)
        memory.read_again = frozenset(table.name for table in self.tables)
        return memory

    def _apply(
        self, session: Session, part: LoadBatch, outcome: Outcome, load_id: str, *, finished: bool
    ) -> None:
        """Compare one table of a slice; its extra rows come last, when the whole of it was read."""
        verified = self.verified.setdefault(outcome.table, Verified(outcome))
        landed = outcome.table in part.filled
        load = self._table_load(part, outcome, load_id, None, landed=landed, finished=finished)
        load = replace(load, touched=None)
        try:
            with translating(session.db):
                if landed:
                    self._landed(session, replace(load, deleted=None), verified)
                if finished:
                    self._finished(session, replace(load, landed=False), verified)
        except SourceError as error:
            outcome.error, outcome.status = error.at(f"{self.account.name}.{outcome.table}"), error.status
        except WarehouseError as error:
            outcome.error, outcome.status = error, "failed"
        if finished:
            self.committed.add(outcome.table)

    def _landed(self, session: Session, load: TableLoad, verified: Verified) -> None:
        table = self.account.vendor.table(load.name)
        if table.flag:
            drop_flagged(session.db, self.landing, load.name, table.flag)
        found = compare(session.db, self.schema, self.landing, load)
        fresh = verified.note("missing", found.missing) + verified.note("stale", found.stale)
        verified.where += found.where if fresh else Counter[str]()
        if found and self.repair:
            keep_differing(session.db, self.schema, self.landing, load)
            applied = session.apply(self.schema, self.landing, load)
            verified.outcome.new_columns += applied.new_columns
            verified.repaired += fresh

    def _finished(self, session: Session, load: TableLoad, verified: Verified) -> None:
        outcome = verified.outcome
        if outcome.quarantined:
            outcome.note(f"{len(outcome.quarantined)} records without a usable key were not compared")
        if not self._whole(outcome):
            if not self._keeps_all(load.name):
                outcome.note("extra rows were not looked for")
            return
        keys = extra(session.db, self.schema, load)
        at_vendor = verified.found["missing"] | verified.found["stale"]
        absent = [key_hash(key) not in at_vendor for key in _tuples(keys)]
        keys = keys.filter(pa.array(absent, pa.bool_()))
        count = verified.note("extra", _tuples(keys))
        if count and self.repair:
            self._refuse_too_many(session, load.name, count)
            session.apply(self.schema, self.landing, replace(load, deleted=keys, synced_at=datetime.now(UTC)))
            verified.repaired += count

    def _whole(self, outcome: Outcome) -> bool:
        """Every row was read, so that what was not seen is not there; and rows may go at all."""
        if self._keeps_all(outcome.table) or outcome.error:
            return False
        return (outcome.state or {}).get("swept_at") == stamp(outcome.started_at)

    def _keeps_all(self, table: str) -> bool:
        """Rows that the vendor no longer has stay live on purpose."""
        return self.account.vendor.table(table).deletes == "never" or self.options.deletes == "ignore"

    def _refuse_too_many(self, session: Session, table: str, count: int) -> None:
        live, _ = session.count(self.schema, table)
        if count > 1 and count > self.most_deleted * max(1, live):
            raise DeleteGuard(
                f"{count:,} of {live:,} rows are not at the vendor, more than max_delete_share "
                f"{self.most_deleted:.0%}: none was marked deleted, everything else was mended",
                do="If they are really deleted, repair again with a higher max_delete_share; "
                "if not, give the key back its rights.",
            )

    def _record(self) -> None:
        """A verification is no sync: ``_syncs`` stays as it is."""


def _tuples(keys: pa.Table) -> list[Key]:
    return list(zip(*(column.to_pylist() for column in keys.columns), strict=True))


def _with_sources(chosen: Sequence[Table], every: Sequence[Table]) -> list[Table]:
    """The tables, and those inside whose records they are found."""
    names = {table.name for table in chosen}
    names |= {found.table for table in chosen for found in table.embedded_in}
    return [table for table in every if table.name in names]
