"""Delete detection: which rows a full scan did not see, and whether so many may be gone.

The missing rows are confirmed by ``extract.delete_confirmation``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from fieldhouse.sources.engine.errors import DeleteGuard
from fieldhouse.sources.engine.spec.table import Table

from .coverage import Coverage
from .options import Options
from .records import ScanSummary
from .row_index import RowIndex
from .table_state import TableState

CLOCK_TOLERANCE = timedelta(minutes=5)
"""The difference between right clocks of several machines."""
CONFIRM_AT_MOST = 100
"""Up to this many missing rows are read by their own URL; of more, this many that a second scan misses too."""


class DeleteDetector:
    """Finds the rows of one table that the vendor no longer has; it sends no request."""

    def __init__(self, table: Table, options: Options, coverage: Coverage) -> None:
        self.table, self.options, self._coverage = table, options, coverage

    @property
    def is_looked_for(self) -> bool:
        """True if rows that a scan does not see are taken for deleted at all."""
        return self.table.deletes != "never" and self.options.deletes != "ignore"

    def is_due(self, state: TableState, started_at: datetime) -> bool:
        """True if a run reads the whole list: on request, when it is time to look for deletes, after a first read
        that was stopped, and while details are missing of rows that only the list shows. A time in the future was
        written while a clock was ahead, and is ignored."""
        last = state.last_full_scan
        if self.options.sweep or last is None or state.initial_load_from or state.details_pending:
            return True
        elapsed = started_at - last
        return elapsed >= self.options.sweep_every or elapsed < -CLOCK_TOLERANCE

    def missing(self, index: RowIndex, summary: ScanSummary) -> list[int]:
        """The positions of live rows that were not seen, and that would have been if the vendor still had them."""
        if not self.is_looked_for:
            return []
        missing, parent = index.missing(), self.table.per_parent
        if summary.unread_parents and parent:
            column = parent.stamp or self.table.key[0]
            unread = set(index.positions_where(column, summary.unread_parents))
            missing = [position for position in missing if position not in unread]
        return [position for position in missing if not self._is_out_of_reach(position, index)]

    def hides_missing(self, missing: Sequence[int], *, unkeyed: bool) -> bool:
        """True if some of the missing rows may be among records without a usable key.

        A row whose key has changed its type is there under its new key: its old address answers "not found".

        Args:
            unkeyed: there were such records.
        """
        return bool(missing) and unkeyed

    def refuse_too_many(
        self, missing: Sequence[int], index: RowIndex, summary: ScanSummary, new: int = 0
    ) -> None:
        """Stop if more rows are missing than may be deleted at once; rows of deleted parents do not count.

        Args:
            new: rows of the scan that are not stored.

        Raises:
            DeleteGuard: more are missing than ``max_delete_share`` allows.
        """
        orphans = self._orphans(missing, index, summary)
        count, live = len(missing) - orphans, index.live - orphans
        if self.is_too_many(count, live):
            raise DeleteGuard(
                f"{count:,} of {live:,} rows are missing from a scan, "
                f"more than max_delete_share {self.options.max_delete_share:.0%}: none was marked deleted, "
                "everything else of the table was loaded",
                do=f"The scan has {new:,} new rows: see whether the vendor gave its rows other ids. If so, run "
                "'fieldhouse sync --sweep' with a higher max_delete_share."
                if new >= count
                else "If they are really deleted, run 'fieldhouse sync --sweep' with a higher max_delete_share; "
                "if not, give the key back its rights.",
            )

    def is_too_many(self, missing: int, live: int) -> bool:
        """True if the share is exceeded. One row may go while another stays, or two while most do: lookup tables would
        never heal, nor the one row of an account that got another key."""
        if missing <= self.options.max_delete_share * live:
            return False
        is_few = missing == 1 < live or (
            missing <= 2 and (missing * 2 < live or self.table.deletes == "replace-per-parent")
        )
        return not is_few

    def requests_to_confirm(self, missing: int, live: int, scan: int) -> int:
        """The requests that it takes to confirm missing rows, if they are really gone.

        Args:
            scan: requests of a second scan; 0 if there would be none.
        """
        if not missing or self.is_too_many(missing, live):
            return 0
        if not self.table.confirm:
            return scan
        if missing <= CONFIRM_AT_MOST:
            return missing
        return scan + len(range(0, missing, max(1, missing // CONFIRM_AT_MOST)))

    def _orphans(self, missing: Sequence[int], index: RowIndex, summary: ScanSummary) -> int:
        """Missing rows whose parent is itself gone: the delete guard of the parent's table has let it go."""
        column, parents = self._parent_column(), summary.parents
        if column is None or parents is None:
            return 0
        return sum(str(index.value(position, column)) not in parents for position in missing)

    def _parent_column(self) -> str | None:
        """The column that names the row's parent, if there is one."""
        parent, key = self.table.per_parent, self.table.key
        return (parent.stamp or (key[0] if len(key) > 1 else None)) if parent else None

    def _is_out_of_reach(self, position: int, index: RowIndex) -> bool:
        """True if the row lies on a day that no scan covers."""
        window = self.table.window
        if not window or not window.field:
            return False
        if window.unsettled and index.value(position, window.unsettled) is None:
            return False
        value = index.value(position, window.field)
        return value is not None and not self._coverage.covers(str(value)[:10], window.margin)
