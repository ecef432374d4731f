"""Group B: what comes over the wire instead of an honest answer."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.case import Case

from . import bodies, connections, credentials, redirects, statuses

_MODULES = (statuses, connections, bodies, credentials, redirects)


def cases(seed: int) -> Iterator[Case]:
    for module in _MODULES:
        yield from module.cases(seed)
