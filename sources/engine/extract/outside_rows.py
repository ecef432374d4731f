"""Outside rows: rows that the vendor has and that do not meet the setting ``where``.

They are no deleted rows, and no current ones: they are removed from the table. A row is known to be outside if the
vendor shows it with other values, or if a complete list of the rows inside lacks it and the vendor still has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from fieldhouse.sources.engine.changes.change_detector import ChangeDetector
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.records import Matched, RecordPage
from fieldhouse.sources.engine.changes.row_index import RowIndex, joined_keys
from fieldhouse.sources.engine.errors import FixSettings, NotFound, Refused
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.spec.reads import Record
from fieldhouse.sources.engine.spec.table import Table

from .list_reader import ListReader


class OutsideRows:
    """Finds the rows of one table that are outside, and checks that the vendor honours the filters.

    Attributes:
        selection: the rows that ``where`` asks for.
        checks_lists: the records that come are those of a list that is restricted: one that does not meet the filters
            shows that the vendor ignores them.
    """

    def __init__(self, lists: ListReader, detector: ChangeDetector, outcome: Outcome) -> None:
        self.selection = lists.selection
        self.checks_lists = False
        self._lists, self._detector, self._outcome = lists, detector, outcome
        self._keys: list[pa.Table] = []
        self._others: dict[str, frozenset[int]] = {}

    def without(self, rows: list[Matched], index: RowIndex) -> list[Matched]:
        """The rows that meet the filters; stored rows among the others are noted.

        Raises:
            FixSettings: the vendor ignores a filter.
        """
        inside = []
        for row in rows:
            field = self.selection.is_outside(row.record)
            if not field:
                self._refuse_other(row)
                inside.append(row)
                continue
            if self.checks_lists:
                raise self._ignored(field)
            self._detector.leave_out(row)
            if row.position >= 0:
                self.note(index, [row.position])
        return inside

    def is_outside(self, record: Record) -> bool:
        """True if a record that the restricted list lacks is outside by what it shows, or by what it cannot show."""
        if not self.selection:
            return False
        shown = next(iter(self._detector.reshaped(RecordPage([record], 0))), record)
        return bool(self.selection.is_outside(shown)) or not self.selection.is_visible

    def stored(self, positions: Sequence[int], index: RowIndex) -> list[int]:
        """Those of the positions whose stored values do not meet the filters: ``where`` has changed since."""
        if not self.selection.columns:
            return []
        return [
            position
            for position in positions
            if self.selection.is_stored_outside(lambda column, at=position: index.value(at, column))  # type: ignore[misc]
        ]

    def note(self, index: RowIndex, positions: Sequence[int]) -> None:
        """Note stored rows that are outside."""
        if positions:
            keys = index.keys(positions)
            self._keys.append(keys)
            self._detector.forget(keys)

    def hand_over(self) -> None:
        """Give the outcome the stored rows that are outside, to be removed with the state of this read."""
        if not self._keys:
            return
        removed = self._keys[0]
        for keys in self._keys[1:]:
            removed = joined_keys(removed, keys)
        self._outcome.removed = removed
        lists = self._lists
        lists.run.removed[lists.table.name] = set(map(str, removed.column(0).to_pylist()))

    def begin_full_scan(self) -> None:
        """Ask for other values of the filters that records do not show: no row of the scan may be among these rows."""
        self._others = {field: self._other(params) for field, params in self.selection.other_params()}

    def _other(self, params: Mapping[str, Any]) -> frozenset[int]:
        """The keys of the first rows that a list with other values shows."""
        lists = self._lists
        request = lists.table.request(lists.table.parts[0]).having(params)
        try:
            records = lists.table.records_in(lists.once.get(lists.pager.page(request, 1)))
        except (Refused, NotFound):
            return frozenset()  # a value that the vendor refuses is a filter that it knows
        return frozenset(self._detector.keys_of(RecordPage(records, 0))[0])

    def _refuse_other(self, row: Matched) -> None:
        """Stop if a list with another value shows the row too, also once more: it may have changed in between.

        Raises:
            FixSettings: the vendor ignores a filter.
        """
        if not self.checks_lists:
            return
        for field, keys in self._others.items():
            if row.key_hash in keys:
                self.begin_full_scan()
                if row.key_hash in self._others[field]:
                    raise self._ignored(field)

    def _ignored(self, field: str) -> FixSettings:
        return ignored_filter(self._lists.run, self._lists.table, field)


def ignored_filter(run: Run, table: Table, field: str) -> FixSettings:
    """The error for a filter that the vendor ignores: what else came is not taken in."""
    return FixSettings(
        f"the vendor ignores the filter {field!r}: rows came that do not meet it, and no row was removed",
        do=f"Take it out of sources.{run.account}.where.{table.name}, and filter in the queries instead.",
    )
