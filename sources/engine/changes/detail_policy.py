"""Which details of a table's rows have to be read, and why: each costs a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from fieldhouse.sources.engine.extract.run import Outcome, Run
from fieldhouse.sources.engine.spec.table import Record, Table

from .cursor_time import instant
from .lookback import Lookback
from .row_index import RowIndex


class DetailPolicy:
    """Decides for one table in one run.

    Args:
        state: what the last run has kept.
        newer: keys of rows that changed after a cursor: of the rest that the overlap returns, only late ones need a
            detail.

    Attributes:
        since: the cursor after which changes are being read; None where all rows are.
        asked_again: every detail is wanted once more, as in a backfill.
        trusts_list: the changes have been read: what a scan of the list shows beside them is known.
    """

    def __init__(
        self,
        run: Run,
        table: Table,
        outcome: Outcome,
        clocks: Lookback,
        state: Mapping[str, Any],
        newer: Callable[[datetime], set[int]],
    ) -> None:
        self.run, self.table, self.outcome, self.lookback = run, table, outcome, clocks
        self._last_sync, self._newer = instant(state.get("synced_at")), newer
        filling = state.get("filling")
        self._checkpoint = instant(filling) if isinstance(filling, str) else None
        self.since: datetime | None = None
        self.asked_again = self.trusts_list = False
        self._read: dict[int, int] = {}

    @property
    def count(self) -> int:
        """How many rows had a detail read."""
        return len(self._read)

    def reason(
        self, record: Record, place: int, number: int, list_hash: int, ledger: RowIndex, *, whole: bool
    ) -> str:
        """Why a row's detail must be read, in a word; empty where what is known is sure to be current.

        Args:
            record: the list's row; ``number`` is its key, ``list_hash`` that of its content.
            place: of the row in ``ledger``.
            whole: the list is read as a whole, not what changed.
        """
        if self._read.get(number) == list_hash:
            return ""
        if why := self._why(record, place, number, list_hash, ledger, whole=whole):
            self._read[number] = list_hash
        return why

    def _why(
        self, record: Record, place: int, number: int, list_hash: int, ledger: RowIndex, *, whole: bool
    ) -> str:
        detail, options, since = self.table.detail, self.run.options, self.table.incremental
        assert detail is not None
        if detail.every == "sync" or options.full or self.asked_again:
            return "asked"
        if place < 0 or not ledger.same_list_row(place, list_hash):
            return "changed"
        if since is None or not since.cursor_field or since.time_of(record):
            return ""
        if self.outcome.filter_proven:
            if whole:
                return "" if self.trusts_list and self._since_checkpoint(ledger, place) else "unknown"
            assert self.since is not None
            if number in self._newer(self.since):
                return "newer"
            stored = instant(ledger.value(place, since.cursor_column))
            return "" if self.lookback.settled(since, self.since, stored) else "overlap"
        if detail.settled and not detail.settled(record):
            return "open"
        return "old" if self._aged(ledger.value(place, "_synced_at")) else ""

    def _since_checkpoint(self, ledger: RowIndex, place: int) -> bool:
        """Not where a run before the first read's checkpoint was cut off: the row may have changed between them."""
        if self._checkpoint is None:
            return True
        synced_at = instant(ledger.value(place, "_synced_at"))
        return synced_at is not None and synced_at >= self._checkpoint

    def _aged(self, synced_at: datetime | None) -> bool:
        """A detail would be older than ``detail_max_age`` before the next sync comes, at the pace of the last two."""
        if synced_at is None:
            return True
        gap = self.outcome.started_at - self._last_sync if self._last_sync else timedelta(0)
        return self.outcome.started_at - synced_at >= self.run.options.detail_max_age - gap
