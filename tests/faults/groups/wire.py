"""Group H: codes that nobody lists, throttling and broken lines at every vendor, and texts that are hard to send."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.faults.case import Case
from tests.faults.expectations import TWO, heals_in_the_run, stops
from tests.faults.fault_bench import describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.http_faults import Change, broken, cut, late, status, zipped_and_cut
from tests.faults.small_worlds import SMALL_WORLDS

SERVER_ERRORS = (501, 505, 506, 507, 508, 510, 511, 520, 525, 527, 530, 599)
"""RFC 9110, section 15: a code of 500 to 599 that a client does not know is a 500."""
PLACES = {"first": 1, "second": 2, "fourth": 4}
"""Notific's sync has four requests, one for each table."""
VALUES = {
    "empty": "",
    "blank": " ",
    "long": "x" * 70_000,
    "emoji": "👩‍🔧🇩🇪",
    "right-to-left": "\u202eabc\u202c שלום",
    "combining": "e\u0301\u0302\u0303",
    "line-separators": "a\u2028b\u2029c\u0085d",
    "line-ends": "a\nb\tc",
    "quotes": "'\"`\\''; DROP TABLE tickets; --",
    "formula": '=cmd|"/C calc"!A1',
    "null-word": "NULL",
    "copy-null": "\\N",
    "markup": "<b>&amp;</b>]]>",
    "json": '{"a": [1, null, "\\u0000"]}',
    "placeholder": "%s {0} ${HOME} $1",
    "private-use": "\ue000\U000f0000\ufffd",
    "number": "1e999",
    "date": "0000-00-00",
}
_TEXTS = ("description", "details", "notes", "name", "subject", "title")


def cases(seed: int) -> Iterator[Case]:
    yield from _server_errors(seed)
    yield from _throttled(seed)
    yield from _lines(seed)
    yield from _values(seed)


def _others() -> list[str]:
    """The vendors that groups B9 to B11 do not cover."""
    return [vendor for vendor in known(SMALL_WORLDS) if vendor not in TWO]


def _server_errors(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        for code in SERVER_ERRORS:
            change = status(code, b"<html>trouble</html>")
            yield Case("H61", f"{vendor}-{code}-twice", partial(heals_in_the_run, vendor, seed, change, 2, 2))
            yield Case("H61", f"{vendor}-{code}-for-ever", partial(stops, vendor, seed, change, 2, (3,)))


def _throttled(seed: int) -> Iterator[Case]:
    for vendor in _others():
        for name, wait in {"seconds": "2", "zero": "0", "absent": "", "garbage": "soon"}.items():
            headers = {"Retry_After": wait} if wait else {}
            for place, at in PLACES.items():
                change = status(429, b"{}", **headers)
                run = partial(heals_in_the_run, vendor, seed, change, at, 1)
                yield Case("H62", f"{vendor}-{name}-{place}", run)
        for place, at in PLACES.items():
            change = status(429, b"{}", Retry_After="86400")
            yield Case("H62", f"{vendor}-too-long-{place}", partial(stops, vendor, seed, change, at, (3,)))


def _lines(seed: int) -> Iterator[Case]:
    kinds: dict[str, Change] = {
        "reset": broken,
        "cut-at-once": cut(0),
        "cut-in-the-middle": cut(0.5),
        "too-late": late,
        "gzip-cut": zipped_and_cut,
        **{str(code): status(code, b"trouble") for code in (500, 502, 503, 504)},
    }
    for vendor in _others():
        for name, change in kinds.items():
            for place, at in PLACES.items():
                run = partial(heals_in_the_run, vendor, seed, change, at, 1)
                yield Case("H63", f"{vendor}-{name}-{place}", run)
                run = partial(stops, vendor, seed, change, at, (3,))
                yield Case("H63", f"{vendor}-{name}-{place}-for-ever", run)


def _values(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        for name, value in VALUES.items():
            yield Case("H64", f"{vendor}-{name}", partial(_sends, vendor, seed, value))


def _sends(vendor: str, seed: int, value: str, benches: FaultBenches) -> None:
    """A user writes the text, and later another one: both arrive as they are, and nothing else changes."""
    with benches.bench(vendor, seed=seed) as bench:
        bench.edit(8)
        table = bench.small_world.main
        row = bench.truth()[table][0]
        field = text_field(bench.sandbox, table)
        bench.sandbox.change(table, id_of(row), **{field: value})
        report = bench.sync(sweep=True)
        assert report.exit_code == 0, describe_report(report)
        bench.judge()
        bench.sandbox.clock.advance(hours=1)
        bench.sandbox.change(table, id_of(row), **{field: "ordinary"})
        bench.healed()


def text_field(box: Any, table: str) -> str:
    """A field of the table's rows that people write texts into, in the vendor's spelling."""
    names = {
        name.lower(): name for row in box.truth()[table] for name, value in row.items() if type(value) is str
    }
    return next(names[name] for name in _TEXTS if name in names)


def id_of(row: dict[str, Any]) -> Any:
    return next(row[name] for name in ("id", "Id") if name in row)
