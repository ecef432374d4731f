"""Group A, second half: signals, memory, disk, the database, and two syncs at once."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.case import Case

from . import database, memory_and_disk, signals, two_syncs

_MODULES = (signals, memory_and_disk, database, two_syncs)


def cases(seed: int) -> Iterator[Case]:
    for module in _MODULES:
        yield from module.cases(seed)
