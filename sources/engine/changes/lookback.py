"""Lookback: how far before the cursor a read of changes starts, by the vendor's clock.

Of our clock only durations are used, never its time against the vendor's.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from fieldhouse.sources.engine.spec.incremental import Incremental

from .table_state import TableState

DRIFT = timedelta(minutes=1)
"""Two clocks may disagree by this much on how much time has passed."""


class Lookback:
    """What the vendor's clock and ours showed when changes were requested: in the last read, and in this one.

    Attributes:
        server_time, local_time: of this read; None before ``note``.
        planned: how long this read was expected to take when rows were chosen that the next one will not show.
    """

    def __init__(self, state: TableState) -> None:
        self._server_before, self._local_before = state.server_time, state.local_time
        self._read_time = timedelta(seconds=state.read_seconds)
        self.server_time: datetime | None = None
        self.local_time: datetime | None = None
        self.planned = self._set_back = timedelta(0)

    def note(self, server_time: datetime | None, local_time: datetime) -> None:
        """Note both clocks as this read begins; the vendor's is None if it is not known.

        If less time has passed on the vendor's clock than on ours since the last read, it was set back.
        """
        self.server_time, self.local_time = server_time, local_time
        if self._server_before and self._local_before and server_time:
            back = self._server_before + (local_time - self._local_before) - server_time
            self._set_back = back if back > DRIFT else timedelta(0)

    def start(self, since: Incremental, cursor: datetime) -> datetime:
        """The time from which changes are requested.

        It lies before the cursor by the overlap and the duration of the last read. A cursor ahead of the vendor's
        clock counts as that clock at the last read. A clock that was set back moves the start as far back.
        """
        last = min(cursor, self._server_before or cursor)
        return last - since.overlap - self._read_time - self._set_back

    @property
    def is_set_back(self) -> bool:
        """True if the vendor's clock was set back since the last read."""
        return bool(self._set_back)

    def next_start(self, since: Incremental, cursor: datetime) -> datetime:
        """The time from which the next read requests changes, if this one ends with ``cursor`` as planned."""
        return min(cursor, self.server_time or cursor) - since.overlap - self.planned

    def is_past(self, since: Incremental, cursor: datetime) -> bool:
        """True if each version with a time up to ``cursor`` was visible when this read began."""
        return self.server_time is not None and self.server_time - cursor > since.overlap

    def is_settled(self, since: Incremental, cursor: datetime, stored: datetime | None) -> bool:
        """True if a row that the filter returns again, and that is stored with the time ``stored``, is current.

        A version with a time up to the cursor may become visible as late as an overlap after that time; the last
        read was later than this for every such time. At the cursor itself a second is enough: times only move up,
        and the rows that moved beyond it have been requested.
        """
        before = self._server_before
        if stored is None or before is None or self._set_back or stored < self.start(since, cursor):
            return False
        return before - cursor > (timedelta(seconds=1) if stored == cursor else since.overlap)
