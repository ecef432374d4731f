"""Group C: lists that lie about themselves, and rows that move while they are read."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.case import Case

from . import cursor_ties, deletes, late_rows, lying_pages, page_drift, refused_table

_MODULES = (lying_pages, page_drift, cursor_ties, late_rows, deletes, refused_table)


def cases(seed: int) -> Iterator[Case]:
    for module in _MODULES:
        yield from module.cases(seed)
