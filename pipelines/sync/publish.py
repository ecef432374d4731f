"""What a command that changed the warehouse does for its readers in the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from fieldhouse.warehouse.connect import Warehouse
from fieldhouse.warehouse.errors import WarehouseError


def check_copy(warehouse: Warehouse, copy: str | None) -> None:
    """Stop a run before its first request where ``warehouse.publish`` is wrong.

    Raises:
        WarehouseSettingsError: the copy could not be written, or the warehouse is none that is published.
    """
    if copy:
        from fieldhouse.warehouse.publish import check

        check(warehouse, copy)


def publish_copy(warehouse: Warehouse, copy: str | None, *, wrote: bool = True) -> WarehouseError | None:
    """Leave a DuckDB file that every DuckDB 1.x opens, and where ``warehouse.publish`` is set, give readers their copy.

    An error leaves the copy that they have. A run that wrote nothing leaves the file alone, and the copy too if it has
    everything that was written before.
    """
    if warehouse.file is None:
        return None
    try:
        if copy and (wrote or not warehouse.is_snapshot(Path(copy).resolve())):
            from fieldhouse.warehouse.publish import publish

            publish(warehouse, copy)
        elif wrote:
            warehouse.settle()
    except WarehouseError as error:
        return error
    return None


class Publisher:
    """Hands over what a command writes that goes on and on: soon, and in a tenth of its time at most.

    A copy costs as long as the file is large, whether one row was written or thousands.

    Args:
        clock: seconds.
    """

    def __init__(
        self, warehouse: Warehouse, copy: str | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._warehouse, self._copy, self._clock = warehouse, copy, clock
        self._waits, self._next = False, clock()

    def wrote(self) -> None:
        """Something was written: readers are to get it."""
        self._waits = True

    def step(self, *, at_once: bool = False) -> WarehouseError | None:
        """Hand over what waits, if it is time; an error is answered once, and the next write tries again."""
        started = self._clock()
        if not self._waits or (started < self._next and not at_once):
            return None
        self._waits = False
        failed = publish_copy(self._warehouse, self._copy)
        ended = self._clock()
        self._next = ended + 9 * (ended - started)
        return failed
