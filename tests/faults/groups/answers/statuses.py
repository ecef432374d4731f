"""Groups B9 and B10: rate limits and server errors."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import format_datetime
from functools import partial
from typing import Any

from tests.faults.case import Case
from tests.faults.expectations import PLACES, TWO, heals_in_the_run, stops
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.http_faults import status


def cases(seed: int) -> Iterator[Case]:
    yield from _too_many(seed)
    yield from _server_errors(seed)


def _too_many(seed: int) -> Iterator[Case]:
    waits = {"seconds": "2", "zero": "0", "absent": "", "garbage": "soon", "date": "", "too-long": "86400"}
    for vendor in known(TWO):
        for name, wait in waits.items():
            for place, at in PLACES.items():
                run: Any
                if name == "too-long":
                    run = partial(stops, vendor, seed, status(429, b"{}", Retry_After=wait), at, (3,))
                elif name == "date":
                    run = partial(_until_a_date, vendor, seed, at)
                else:
                    given = {"Retry_After": wait} if wait else {}
                    run = partial(heals_in_the_run, vendor, seed, status(429, b"{}", **given), at, 3)
                yield Case("B9", f"{vendor}-{name}-{place}", run)


def _until_a_date(vendor: str, seed: int, at: int, benches: FaultBenches) -> None:
    from datetime import UTC, datetime, timedelta

    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    heals_in_the_run(vendor, seed, status(429, b"{}", Retry_After=soon), at, 2, benches)


def _server_errors(seed: int) -> Iterator[Case]:
    for vendor in known(TWO):
        for code in (500, 502, 503, 504):
            for place, at in PLACES.items():
                change = status(code, b"<html>trouble</html>")
                yield Case(
                    "B10", f"{vendor}-{code}-{place}", partial(heals_in_the_run, vendor, seed, change, at, 2)
                )
                yield Case(
                    "B10", f"{vendor}-{code}-{place}-for-ever", partial(stops, vendor, seed, change, at, (3,))
                )
