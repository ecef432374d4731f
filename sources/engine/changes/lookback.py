"""From when on a table's changes are asked for: what the last read cannot have seen, by the vendor's own clock.

Of our clock only durations are used, never its time against the vendor's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from fieldhouse.sources.engine.spec.table import Incremental

from .cursor_time import instant, stamp

DRIFT = timedelta(minutes=1)
"""Two clocks may so much disagree on how much time has passed."""


class Lookback:
    """What the vendor's clock and ours showed when changes were asked for: in the last read, and in this one.

    Args:
        state: what the last read has kept: ``asked_at`` of the vendor's clock, ``asked_here`` of ours, and ``lag``,
            the seconds that it took.
    """

    def __init__(self, state: Mapping[str, Any]) -> None:
        self._before, self._here_before = instant(state.get("asked_at")), instant(state.get("asked_here"))
        self._lag = timedelta(seconds=state.get("lag", 0))
        self._asked_at: datetime | None = None
        self._asked_here: datetime | None = None
        self._set_back = timedelta(0)

    def note(self, shown: datetime | None, here: datetime) -> None:
        """This read asks now: the vendor's clock shows ``shown``, where it is known, and ours ``here``.

        Where less time has passed on the vendor's clock than on ours since the last read, it was set back.
        """
        self._asked_at, self._asked_here = shown, here
        if self._before and self._here_before and shown:
            back = self._before + (here - self._here_before) - shown
            self._set_back = back if back > DRIFT else timedelta(0)

    def start(self, since: Incremental, cursor: datetime) -> datetime:
        """From when on changes are asked for.

        That is the overlap and the time that the last read took before the cursor; or before the moment when it
        asked, where the cursor lies ahead of the vendor's clock; and as much earlier as that clock was set back since.
        """
        return min(cursor, self._before or cursor) - since.overlap - self._lag - self._set_back

    def settled(self, since: Incremental, cursor: datetime, stored: datetime | None) -> bool:
        """Whether a row that the filter returns again and that is held with the time ``stored`` is sure to be current.

        A version with a time up to the cursor may become visible as late as an overlap after that time; the last
        read asked later than this for every such time. At the cursor itself a second is enough: times only move up,
        and the rows that moved beyond it have been asked for.
        """
        if stored is None or self._before is None or self._set_back or stored < self.start(since, cursor):
            return False
        return self._before - cursor > (timedelta(seconds=1) if stored == cursor else since.overlap)

    def kept(self) -> dict[str, str | None]:
        """What the next read needs to know of this one."""
        told = {"asked_at": self._asked_at, "asked_here": self._asked_here}
        return {name: stamp(moment) if moment else None for name, moment in told.items()}
