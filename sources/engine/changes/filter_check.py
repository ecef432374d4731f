"""Filter check: whether a read can start from the cursor, or all rows have to be read.

Whether the vendor honours the filter is asked by ``extract.change_feed``; what follows from the answer is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fieldhouse.sources.engine.spec.table import Table

from .coverage import Coverage
from .cursor_time import believable, stamp
from .lookback import Lookback
from .options import Options
from .table_state import TableState


@dataclass(frozen=True)
class CursorDecision:
    """Whether a read starts from the cursor; ``reason`` is why not, empty if there is nothing to report."""

    is_usable: bool
    reason: str = ""


class FilterCheck:
    """Judges the cursor of one table in one run.

    Args:
        schema_hash: hash of the column rules, as declared and hidden now.
        now: the vendor's clock.
    """

    def __init__(
        self,
        table: Table,
        options: Options,
        state: TableState,
        coverage: Coverage,
        lookback: Lookback,
        *,
        schema_hash: str,
        now: datetime,
    ) -> None:
        self._table, self._options, self._state, self._coverage = table, options, state, coverage
        self._lookback, self._schema_hash, self._now = lookback, schema_hash, now

    @property
    def rules_changed(self) -> bool:
        """True if rows are stored under other declarations or column rules: each of them counts as changed."""
        return self._state.schema_hash not in (None, self._schema_hash)

    def cursor_decision(self) -> CursorDecision:
        """Decide whether a read can start from the stored cursor, if the vendor honours the filter."""
        since, cursor = self._table.incremental, self._state.cursor
        if since is None or cursor is None or self._options.full:
            return CursorDecision(False)
        if self.rules_changed:
            return _unusable("columns are declared or hidden otherwise than before")
        if not believable(cursor, self._now):
            return _unusable(f"the stored cursor {stamp(cursor)} lies in the far future")
        if self._table.window and self._coverage.reaches_further_back:
            return _unusable("start_date lies before the days that were read so far")
        age = self._now - self._lookback.start(since, cursor) - since.overlap
        if since.max_age and age > since.max_age:
            reach = since.max_age.days + 1
            return _unusable(f"the cursor is {age.days} days old, the vendor looks back {reach}")
        return CursorDecision(True)

    def reaches(self, first: datetime) -> bool:
        """True if the table has a filter, and the vendor returns changes from as early as ``first``."""
        since = self._table.incremental
        return since is not None and not (since.max_age and self._now - first > since.max_age)


def _unusable(why: str) -> CursorDecision:
    return CursorDecision(False, f"{why}: all rows were read")
