"""Whether a table's filter on changes may be relied on, and from when on changes are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fieldhouse.sources.engine.extract.requests import TableRequests
from fieldhouse.sources.engine.extract.run import Outcome, Run
from fieldhouse.sources.engine.spec.table import Incremental, Table

from .cursor_time import believable, instant, moment_of, stamp
from .lookback import Lookback

FIRST_CHANGE, AHEAD = datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=366)
"""Between these, the last from now on, the newest change is looked for."""


class FilterCheck:
    """Judges the filter of one table in one run.

    Args:
        state: what the last run has kept.
        rules: of the columns, as now declared and hidden.
    """

    def __init__(
        self,
        run: Run,
        table: Table,
        outcome: Outcome,
        asking: TableRequests,
        state: Mapping[str, Any],
        rules: str,
    ) -> None:
        self.run, self.table, self.outcome, self.requests = run, table, outcome, asking
        self.cursor, self.lookback = instant(state.get("cursor")), Lookback(state)
        self._state, self._rules = state, rules

    def is_reliable(self) -> bool:
        """Whether this run may rely on the table's filter; proves it, and says why not."""
        since = self.table.incremental
        if since is None:
            return False
        honoured = self.honoured(since)
        self.lookback.note(self.run.client.transport.date, moment_of(self.run.now()))
        if not honoured:
            self.outcome.filter_proven = False
            self.outcome.note("the vendor ignores the filter: all rows were read and compared")
            return False
        self.outcome.filter_proven = True if since.prove else None
        return self.cursor_helps()

    def honoured(self, since: Incremental) -> bool:
        """The vendor honours the filter, or says so itself."""
        return not since.prove or self.proven()

    def cursor_helps(self) -> bool:
        """Whether there is a cursor that the vendor's filter can start from; says why not."""
        since, cursor = self.table.incremental, self.cursor
        if since is None or cursor is None or self.run.options.full:
            return False
        if self._state.get("shape", self._rules) != self._rules:
            self.outcome.note("columns are declared or hidden otherwise than before: all rows were read")
            return False
        if not believable(cursor, self.run.server_time.now):
            self.outcome.note(f"the kept cursor {stamp(cursor)} lies in the far future: all rows were read")
            return False
        if self._reaches_further_back():
            self.outcome.note("start_date lies before the days that were read so far: all rows were read")
            return False
        age = self.run.server_time.now - self.lookback.start(since, cursor) - since.overlap
        if since.max_age and age > since.max_age:
            days = age.days
            self.outcome.note(
                f"the cursor is {days} days old, the vendor looks back {since.max_age.days + 1}: all rows were read"
            )
            return False
        return True

    def _reaches_further_back(self) -> bool:
        kept = instant(self._state.get("from"))
        return bool(self.table.window and kept and self.requests.first_day() < kept)

    def proven(self) -> bool:
        """Whether the vendor honours the table's filter, asked with one page."""
        return self.requests.is_filter_honoured()

    def _none_since(self, cursor: datetime) -> bool:
        return self.requests.has_no_changes_since(cursor)

    def reaches(self, first: datetime) -> bool:
        """The table has a filter that is honoured, and the vendor does not cut off what it asks for."""
        since = self.table.incremental
        if since is None or (since.max_age and self.run.server_time.now - first > since.max_age):
            return False
        return self.honoured(since)

    def newest(self) -> datetime | None:
        """The newest change that the vendor has, found by halving: where a long first read may be taken up again.

        Whatever changes after this moment carries a later time, so a run that is cut off knows what it need not repeat.
        """
        low, high = FIRST_CHANGE, self.run.server_time.now + AHEAD
        if self._none_since(low):
            return None
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) / 2
            low, high = (low, middle) if self._none_since(middle) else (middle, high)
        return low
