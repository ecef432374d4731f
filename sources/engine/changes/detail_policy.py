"""Detail policy: which details of a table's rows have to be read, and why. Each costs a request.

A version of a row may become visible as late as an overlap after its time. If the list shows no time of change, a row
of the overlap whose list row is as stored may have such a version. Its detail is read once more, when the row leaves
the overlap: by then each version is visible that the filter will not show any more. Until then it waits, and the filter
shows with a few requests most late versions at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

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

_WAITS = "waits"
_TICK = timedelta(milliseconds=1)
"""The finest difference between two times of change."""


class Waiting(NamedTuple):
    """A row of the overlap whose detail is read when it leaves the overlap.

    Attributes:
        known: where its stored row was found.
        changed_at: the stored time of change.
    """

    row: Matched
    list_hash: int
    known: RowIndex
    changed_at: datetime


class WaitingParts(NamedTuple):
    """The waiting rows: those that leave the overlap, their details read once or twice, and those that stay."""

    leaving: list[Waiting]
    leaving_twice_read: list[Waiting]
    staying: list[Waiting]

    @property
    def last_moments(self) -> list[datetime]:
        """The times of the rows that were read twice: after each, the filter shows which have another version."""
        return sorted({entry.changed_at for entry in self.leaving_twice_read})


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
        waiting: rows of the overlap, by key hash, whose detail was not chosen.
        twice_read: times of cursors whose rows were read a second time, as another version may have the same time.
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
        self.waiting: dict[int, Waiting] = {}
        self.twice_read = set(state.twice_read)

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
        """The reason why a row's detail must be read now, in a word; empty if it is current, or if the row waits.

        A row is chosen once for one content of its list row.

        Args:
            list_hash: hash of the list's row.
            full_scan: the whole list is read, not only what changed.
        """
        if self._chosen.get(row.key_hash) == list_hash:
            return ""
        reason = self.reason(row, list_hash, index, full_scan=full_scan)
        self.waiting.pop(row.key_hash, None)
        if reason == _WAITS:
            changed_at = self._changed_at(row, index)
            assert changed_at is not None
            self.waiting[row.key_hash] = Waiting(row, list_hash, index, changed_at)
            return ""
        if reason:
            self._chosen[row.key_hash] = list_hash
        if reason == "same time" and self.cursor:
            self.twice_read.add(self.cursor)
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
        since, cursor, lookback = self._incremental, self.cursor, self._lookback
        assert since is not None
        assert cursor is not None
        if self.newer and row.key_hash in self.newer:
            return "newer"
        changed_at = self._changed_at(row, index)
        if changed_at is None or lookback.is_set_back or changed_at < lookback.start(since, cursor):
            return "overlap"
        if lookback.is_settled(since, cursor, changed_at):
            return ""
        return "same time" if changed_at == cursor else _WAITS

    def _changed_at(self, row: Matched, index: RowIndex) -> datetime | None:
        assert self._incremental is not None
        return instant(index.value(row.position, self._incremental.cursor_column))

    def _reason_by_age(self, row: Matched, index: RowIndex) -> str:
        if self._detail.settled and not self._detail.settled(row.record):
            return "open"
        return "old" if self._is_old(index.value(row.position, "_synced_at")) else ""

    def waiting_parts(self, cursor: datetime) -> WaitingParts:
        """What becomes of the waiting rows, if this read ends with ``cursor``."""
        leaving = self._leaving(cursor)
        keys = {entry.row.key_hash for entry in leaving}
        return WaitingParts(
            [entry for entry in leaving if entry.changed_at not in self.twice_read],
            [entry for entry in leaving if entry.changed_at in self.twice_read],
            [entry for key, entry in self.waiting.items() if key not in keys],
        )

    def _leaving(self, cursor: datetime) -> list[Waiting]:
        """The waiting rows that no later read decides on."""
        since, waiting = self._incremental, list(self.waiting.values())
        if since is None or self._lookback.is_past(since, cursor):
            return waiting
        next_start = self._lookback.next_start(since, cursor)
        return [entry for entry in waiting if entry.changed_at < next_start]

    def twice_read_later(self, cursor: datetime) -> set[datetime]:
        """``twice_read`` of the rows that the next read may show, if this one ends with ``cursor``."""
        if self._incremental is None:
            return set()
        next_start = self._lookback.next_start(self._incremental, cursor)
        return {moment for moment in self.twice_read if moment >= next_start}

    def chosen(self, entries: Iterable[Waiting]) -> list[Waiting]:
        """Choose the details of these waiting rows: each once, though the filter may show it after several times."""
        chosen = {entry.row.key_hash: entry for entry in entries}
        for key, entry in chosen.items():
            del self.waiting[key]
            self._chosen[key] = entry.list_hash
        return list(chosen.values())

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


def moved_past(moment: datetime, entries: Iterable[Waiting], shown: Collection[int]) -> list[Waiting]:
    """The rows that changed, as the filter shows them after ``moment``, up to which their stored time lies.

    Args:
        shown: key hashes of the rows that changed after ``moment``.
    """
    return [entry for entry in entries if entry.changed_at <= moment and entry.row.key_hash in shown]


def moments_to_check(entries: Iterable[Waiting]) -> list[datetime]:
    """The times after which the filter is asked for rows, to find most late versions of waiting rows at once.

    Between two such times, a row with a late version cannot be told from one without. Up to three times of rows decide
    on each of them; of more, the newest, the third and the ninth: late versions have recent times, and few rows come.
    """
    times = sorted({entry.changed_at for entry in entries}, reverse=True)
    return times if len(times) <= 3 else [times[rank] for rank in (0, 2, 8) if rank < len(times)]


def after(moment: datetime) -> datetime:
    """The first time after ``moment``."""
    return moment + _TICK
