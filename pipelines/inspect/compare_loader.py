"""Compare loader: compares what a sync lands with what the warehouse holds, and repairs differences on request.

Readers, landing and the order of tables are those of a sync. No filter is used, no stored hash is trusted and no
cursor moves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from fieldhouse.pipelines.sync.known_rows import WarehouseKnownRows
from fieldhouse.pipelines.sync.loader import AccountRun, apply_settings
from fieldhouse.pipelines.sync.table_load import table_load
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.row_index import key_hash
from fieldhouse.sources.engine.changes.table_state import TableState
from fieldhouse.sources.engine.errors import DeleteGuard, SourceError
from fieldhouse.sources.engine.load.spool import LoadBatch
from fieldhouse.sources.engine.spec.row_selection import described
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.warehouse.errors import WarehouseError
from fieldhouse.warehouse.merge.compare import Key, compare, drop_flagged, extra, keep_differing
from fieldhouse.warehouse.merge.evidence import (
    altered_extra,
    differing_evidence,
    forget_differences,
    greatest_key,
    unique_share,
)
from fieldhouse.warehouse.model import TableLoad
from fieldhouse.warehouse.session import Session, translating

from .later_changes import Judge, TableHistory, change_times, last_reads, later_extra

KINDS = ("missing", "extra", "stale")
EXAMPLES = 5


@dataclass
class Verified:
    """The differences in one table.

    Attributes:
        counts: rows by kind. ``missing`` rows are at the vendor and not live in the warehouse, ``extra`` ones the
            other way round; ``stale`` rows differ in a column or in a child row.
        examples: up to five keys of each kind.
        differing: stale rows by what differs: a column, or a child table.
        later: rows by kind that changed at the vendor after the last sync; they are no differences.
        repaired: rows that were repaired.
        keys, later_keys: hashes of the keys of each kind, and of the rows that changed later.
    """

    outcome: Outcome
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Key]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    differing: Counter[str] = field(default_factory=Counter)
    later: Counter[str] = field(default_factory=Counter)
    repaired: int = 0
    keys: dict[str, set[int]] = field(default_factory=lambda: {kind: set() for kind in KINDS}, repr=False)
    later_keys: set[int] = field(default_factory=set, repr=False)

    @property
    def table(self) -> str:
        """The table's name."""
        return self.outcome.table

    @property
    def differences(self) -> int:
        """Rows of all kinds."""
        return sum(self.counts.values())

    def add(self, kind: str, keys: Sequence[Key], examples: int = EXAMPLES) -> int:
        """Count keys that were not counted yet, as a row can be read twice; returns their number."""
        new = [key for key in keys if key_hash(key) not in self.keys[kind]]
        self.keys[kind].update(map(key_hash, new))
        self.counts[kind] += len(new)
        room = examples - len(self.examples[kind])
        self.examples[kind] += new[: max(room, 0)]
        return len(new)

    def add_later(self, kind: str, keys: Iterable[Key]) -> None:
        """Count rows that changed at the vendor after the last sync, each once."""
        hashes = set(map(key_hash, keys)) - self.later_keys
        self.later[kind] += len(hashes)
        self.later_keys |= hashes


class KeysOnly(WarehouseKnownRows):
    """Known rows without their hashes: every row counts as changed and is landed.

    Parents in ``read_again`` are taken from the vendor and not from the warehouse.
    """

    read_again: frozenset[str] = frozenset()

    def known(self, table: Table, keys: pa.Table | None, extra: Sequence[str]) -> pa.Table:
        """Keys, with nulls instead of hashes."""
        known = super().known(table, keys, extra)
        for name in ("_row_hash", "_list_hash"):
            if name in known.column_names:
                nulls = pa.nulls(known.num_rows, pa.int64())
                known = known.set_column(known.column_names.index(name), name, nulls)
        return known

    def values(self, table: str, column: str, where: tuple[str, Any] | None) -> list[Any]:
        """A column of a table's live rows; empty if the table is read again."""
        return [] if table in self.read_again else super().values(table, column, where)


class CompareLoader:
    """The loader of ``verify``. ``verified`` has the differences by table.

    Repairing needs no further requests: a missing or stale row is applied from the landing schema, an extra row is
    marked deleted once it is confirmed. Other rows keep their ``_synced_at``, and all cursors stay.
    """

    def __init__(self, run: AccountRun, *, repair: bool = False) -> None:
        self.run, self.repair = run, repair
        self.verified: dict[str, Verified] = {}
        self.known_rows: KeysOnly = KeysOnly(run.warehouse, run.schema)
        self._history = TableHistory()
        self._where: dict[str, str] = {}
        self._judges: dict[str, Judge] = {}
        self._max_delete_share = float(run.account.settings.max_delete_share)

    def tables(self, tables: Sequence[Table]) -> Sequence[Table]:
        """The chosen tables and those that embed their rows, without incremental filters."""
        every = _with_embedding(tables, self.run.account.vendor.tables)
        self.known_rows.read_again = frozenset(table.name for table in every)
        return [replace(table, incremental=None) for table in every]

    def options(self, options: Options) -> Options:
        """All rows, whatever was asked for; this loader decides by itself how many extra rows are too many."""
        completed = apply_settings(options, self.run.account)
        return replace(completed, sweep=True, since=None, until=None, max_delete_share=1.0)

    def begin(self, session: Session, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Find out when each table was last read; only a sync follows changed settings."""
        self._history = last_reads(session, self.run.schema, states)
        self._where = {
            name: TableState.from_json(stored).where
            for name, stored in states.items()
            if not name.startswith("_")
        }

    def end(self, session: Session) -> None:
        """Nothing: a verification is no sync, and ``_syncs`` stays as it is."""

    def fail(self, session: Session) -> None:
        """Nothing, as in ``end``."""

    def settle(self) -> None:
        """Nothing, as in ``end``."""

    def load(
        self, session: Session, batch: LoadBatch, outcome: Outcome, load_id: str, *, finished: bool
    ) -> None:
        """Compare one table of a batch; its extra rows are compared when all of it was read."""
        run = self.run
        verified = self.verified.setdefault(outcome.table, Verified(outcome))
        load = table_load(
            run.account,
            run.options,
            batch,
            outcome,
            load_id=load_id,
            run_id=run.report.run_id,
            state=None,
            finished=finished,
        )
        load = replace(load, rechecked=None)
        try:
            with translating(session.db):
                if load.landed:
                    self._compare_landed(session, replace(load, deleted=None), verified)
                if finished:
                    self._compare_absent(session, replace(load, landed=False), verified)
        except SourceError as error:
            outcome.error, outcome.status = error.at(f"{run.account.name}.{outcome.table}"), error.status
        except WarehouseError as error:
            outcome.error, outcome.status = error, "failed"
        if finished:
            run.committed.add(outcome.table)

    def _compare_landed(self, session: Session, load: TableLoad, verified: Verified) -> None:
        schema, landing = self.run.schema, self.run.landing
        table = self.run.account.vendor.table(load.name)
        if table.flag:
            drop_flagged(session.db, landing, load.name, table.flag)
        differences = compare(session.db, schema, landing, load)
        later = self._later_changes(session, load, table) if differences else set()
        forget_differences(session.db, load, sorted(later, key=str))
        wrong = {
            kind: [key for key in keys if key not in later]
            for kind, keys in (("missing", differences.missing), ("stale", differences.stale))
        }
        verified.add_later("missing", later.intersection(differences.missing))
        verified.add_later("stale", later.intersection(differences.stale))
        new = sum(verified.add(kind, keys) for kind, keys in wrong.items())
        if new and not later.intersection(differences.stale):
            verified.differing += differences.columns
        if any(wrong.values()) and self.repair:
            keep_differing(session.db, schema, landing, load)
            applied = session.apply(schema, landing, load)
            verified.outcome.new_columns += applied.new_columns
            verified.repaired += new

    def _compare_absent(self, session: Session, load: TableLoad, verified: Verified) -> None:
        outcome = verified.outcome
        if not outcome.is_offered:
            return
        if outcome.quarantined:
            outcome.note(f"{len(outcome.quarantined)} records without a usable key were not compared")
        self._compare_outside(verified)
        if not self._is_complete(outcome):
            if not self._keeps_all(load.name):
                outcome.note("extra rows were not looked for")
            return
        keys = extra(session.db, self.run.schema, load)
        at_vendor = verified.keys["missing"] | verified.keys["stale"] | verified.later_keys
        absent = [key_hash(key) not in at_vendor for key in _tuples(keys)]
        keys = keys.filter(pa.array(absent, pa.bool_()))
        later = self._later_extra(session, load, keys)
        verified.add_later("extra", later)
        keys = keys.filter(pa.array([key not in later for key in _tuples(keys)], pa.bool_()))
        count = verified.add("extra", _tuples(keys))
        if count and self.repair:
            self._refuse_too_many(session, load.name, count)
            removal = replace(load, deleted=keys, synced_at=datetime.now(UTC))
            session.apply(self.run.schema, self.run.landing, removal)
            verified.repaired += count

    def _compare_outside(self, verified: Verified) -> None:
        """Rows that no longer meet ``where`` changed after the last sync, unless ``where`` itself has."""
        outcome = verified.outcome
        where = described(self.run.options.where.get(outcome.table, {}))
        if where:
            outcome.note(f"only rows where {where}")
        is_same = self._where.get(outcome.table, "") == where
        if not is_same:
            outcome.note("the filter was changed after the last sync: run 'fieldhouse sync' first")
        if outcome.removed is not None:
            keys = _tuples(outcome.removed)
            verified.add_later("extra", keys) if is_same else verified.add("extra", keys)

    def _later_changes(self, session: Session, load: TableLoad, table: Table) -> set[Key]:
        """The keys of the last comparison whose rows changed at the vendor after the table's last sync."""
        evidence = differing_evidence(
            session.db, self.run.schema, self.run.landing, load, change_times(table)
        )
        if load.name not in self._judges:
            self._judges[load.name] = self._judge(session, load, table)
        return self._judges[load.name].later_changes(evidence.values())

    def _judge(self, session: Session, load: TableLoad, table: Table) -> Judge:
        last = self._history.of(load.name)
        if load.name not in self.known_rows.catalogue:
            return Judge(table, last, 0)
        live, deleted = session.count(self.run.schema, load.name)
        stored = live + deleted if table.flag else live
        share = unique_share(session.db, self.run.landing, load)
        return Judge(table, last, stored, greatest_key(session.db, self.run.schema, load), share)

    def _later_extra(self, session: Session, load: TableLoad, keys: pa.Table) -> set[Key]:
        if not keys.num_rows:
            return set()
        altered = altered_extra(session.db, self.run.schema, load, keys)
        return later_extra(_tuples(keys), altered, self._history.of(load.name))

    def _is_complete(self, outcome: Outcome) -> bool:
        """True if every row was read, so that a row that was not seen is not at the vendor."""
        if self._keeps_all(outcome.table) or outcome.error:
            return False
        return outcome.state is not None and outcome.state.last_full_scan == outcome.started_at

    def _keeps_all(self, table: str) -> bool:
        """True if rows that the vendor no longer has stay live on purpose."""
        return self.run.account.vendor.table(table).deletes == "never" or self.run.options.deletes == "ignore"

    def _refuse_too_many(self, session: Session, table: str, count: int) -> None:
        live, _ = session.count(self.run.schema, table)
        if count > 1 and count > self._max_delete_share * max(1, live):
            raise DeleteGuard(
                f"{count:,} of {live:,} rows are not at the vendor, more than max_delete_share "
                f"{self._max_delete_share:.0%}: none was marked deleted, all other differences were repaired",
                do="If they are really deleted, repair again with a higher max_delete_share; "
                "if not, give the key back its rights.",
            )


def _tuples(keys: pa.Table) -> list[Key]:
    return list(zip(*(column.to_pylist() for column in keys.columns), strict=True))


def _with_embedding(chosen: Sequence[Table], every: Iterable[Table]) -> list[Table]:
    """The tables, and those whose records embed their rows."""
    names = {table.name for table in chosen}
    names |= {embedded.table for table in chosen for embedded in table.embedded_in}
    return [table for table in every if table.name in names]
