"""Detail policy: which details of a table's rows have to be read, and why. Each costs a request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from fieldhouse.sources.engine.spec.incremental import Incremental
from fieldhouse.sources.engine.spec.reads import Detail

from .cursor_time import instant
from .lookback import Lookback
from .options import Options
from .records import Matched
from .row_index import RowIndex
from .table_state import TableState

_LONGEST_RUN = timedelta(hours=6)
"""A row that this run has read may have a time after the start of the run, by the length of a run."""


class DetailPolicy:
    """Decides for one table in one run; it sends no request.

    Args:
        started_at: when the read began.

    Attributes:
        cursor: the cursor after which changes are being read; None if all rows are.
        newer: keys of rows that changed after the cursor, if ``needs_newer`` was true: of the other rows that the
            overlap returns, only late ones need a detail.
        is_filter_proven: the vendor honours the filter, by this run's check.
        all_wanted: every detail is read once more, as in a backfill.
        trusts_list: the changes have been read: a list row that shows no change needs no detail.
    """

    def __init__(
        self,
        detail: Detail,
        incremental: Incremental | None,
        options: Options,
        lookback: Lookback,
        state: TableState,
        started_at: datetime,
    ) -> None:
        self._detail, self._incremental, self._options = detail, incremental, options
        self._lookback, self._last_sync, self._started_at = lookback, state.last_sync, started_at
        self._initial_load_from = state.initial_load_from
        self.cursor: datetime | None = None
        self.newer: frozenset[int] | None = None
        self.is_filter_proven = self.all_wanted = self.trusts_list = False
        self._chosen: dict[int, int] = {}

    @property
    def count(self) -> int:
        """Rows whose detail was chosen so far."""
        return len(self._chosen)

    def needs_newer(
        self, rows: Iterable[Matched], list_hashes: Iterable[int], index: RowIndex, *, full_scan: bool
    ) -> bool:
        """True if ``newer`` decides for one of the rows and is not known yet."""
        if full_scan or self.newer is not None or not self.is_filter_proven:
            return False
        return any(
            self._chosen.get(row.key_hash) != list_hash and not self._settled_by_list(row, list_hash, index)
            for row, list_hash in zip(rows, list_hashes, strict=True)
        )

    def _settled_by_list(self, row: Matched, list_hash: int, index: RowIndex) -> bool:
        return bool(self._wanted_by_list(row, list_hash, index)) or not self._hides_changes(row)

    def choose(self, row: Matched, list_hash: int, index: RowIndex, *, full_scan: bool) -> str:
        """The reason why a row's detail must be read, in a word; empty if what is known is sure to be current.

        A row is chosen once for one content of its list row.

        Args:
            list_hash: hash of the list's row.
            full_scan: the whole list is read, not only what changed.
        """
        if self._chosen.get(row.key_hash) == list_hash:
            return ""
        reason = self.reason(row, list_hash, index, full_scan=full_scan)
        if reason:
            self._chosen[row.key_hash] = list_hash
        return reason

    def reason(self, row: Matched, list_hash: int, index: RowIndex, *, full_scan: bool) -> str:
        """As ``choose``, without a memory of rows that were chosen before."""
        if reason := self._wanted_by_list(row, list_hash, index):
            return reason
        if not self._hides_changes(row):
            return ""
        if not self.is_filter_proven:
            return self._reason_by_age(row, index)
        if full_scan:
            return "" if self.trusts_list and self._after_checkpoint(row, index) else "unknown"
        return self._reason_in_overlap(row, index)

    def _wanted_by_list(self, row: Matched, list_hash: int, index: RowIndex) -> str:
        if self._detail.every == "sync" or self._options.full or self.all_wanted:
            return "asked"
        return "" if index.is_same_list_row(row.position, list_hash) else "changed"

    def _hides_changes(self, row: Matched) -> bool:
        """True if the row can change without a change in its list row."""
        since = self._incremental
        return bool(since and since.cursor_field and not since.time_of(row.record))

    def _reason_in_overlap(self, row: Matched, index: RowIndex) -> str:
        """For a row that the filter returned: it changed after the cursor, or lies in the overlap before it."""
        since, cursor = self._incremental, self.cursor
        assert since is not None
        assert cursor is not None
        if self.newer and row.key_hash in self.newer:
            return "newer"
        stored = instant(index.value(row.position, since.cursor_column))
        return "" if self._lookback.is_settled(since, cursor, stored) else "overlap"

    def _reason_by_age(self, row: Matched, index: RowIndex) -> str:
        if self._detail.settled and not self._detail.settled(row.record):
            return "open"
        return "old" if self._is_old(index.value(row.position, "_synced_at")) else ""

    def _after_checkpoint(self, row: Matched, index: RowIndex) -> bool:
        """False if the initial load stopped before its checkpoint: the row may have changed since."""
        if self._initial_load_from is None:
            return True
        synced_at = instant(index.value(row.position, "_synced_at"))
        return synced_at is not None and synced_at >= self._initial_load_from

    def _is_old(self, synced_at: datetime | None) -> bool:
        """True if the detail would exceed ``detail_max_age`` before the next sync, at the pace of the last two.

        A time that no run can have written yet is from a clock that was ahead: the age is unknown.
        """
        if synced_at is None:
            return True
        gap = self._started_at - self._last_sync if self._last_sync else timedelta(0)
        age = self._started_at - synced_at
        return age >= self._options.detail_max_age - max(gap, timedelta(0)) or age < -_LONGEST_RUN
