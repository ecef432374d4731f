"""Groups H65 and H66: fields whose names or values are hard for a warehouse, on both."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.faults.case import Case
from tests.faults.fault_bench import FaultBench, describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.small_worlds import SMALL_WORLDS
from tests.faults.warehouses import DIALECTS

NAMES = {
    **{name: name for name in ("xmin", "xmax", "cmin", "cmax", "ctid", "tableoid", "oid", "rowid")},
    **{name: name for name in ("select", "user", "order", "table", "group", "current_date")},
    "upper-case": "XMin",
    "63-letters": "a" * 63,
    "64-letters": "a" * 64,
    "200-letters": "b" * 200,
}
"""Names that every vendor's format can carry."""
JSON_NAMES = {
    **{name: name for name in ("_state", "_deleted_at")},  # Rails would write an element <-state>
    "digits": "1234",
    "quote": 'a"b',
    "quotes": "'; DROP SCHEMA public; --",
    "blank": "a b",
    "line-end": "a\nb",
    "umlaut": "größe",
    "emoji": "👩‍🔧",
    "right-to-left": "\u202eabc",
    "percent": "100 %s {x}",
    "dots": "a.b..c",
}
VALUES: dict[str, Any] = {
    "large-float": 1.5e300,
    "38-digits": 12345678901234567890123456789012345678,
    "40-digits": 1234567890123456789012345678901234567890,
    "bigint": 2**63 - 1,
    "above-bigint": 2**63,
    "below-bigint": -(2**63) - 1,
    "minus-zero": -0.0,
    "true": True,
    "long-text": "ü" * 1_000_000,
    "number-in-text": "00012",
}
JSON_VALUES: dict[str, Any] = {
    # ServiceSidekick states them as decimals, whose noise is rounded: see tests/vendors/test_servicesidekick_types.py
    "float-noise": 19.990000000000002,
    "sum": 0.1 + 0.2,
    "third": 1.3333333333333333,
    "tiny": 1e-12,
    "empty-object": {},
    "empty-list": [],
    "list-of-mixed": [1, "a", None, True],
    "deep": {"a": {"b": {"c": {"d": {"e": {"f": "g"}}}}}},
    "nul": "a\x00b",
}


def cases(seed: int) -> Iterator[Case]:
    for number, vendor in enumerate(known(SMALL_WORLDS)):
        is_xml = vendor == "servicesidekick"
        for place, (name, field) in enumerate({**NAMES, **({} if is_xml else JSON_NAMES)}.items()):
            dialect = DIALECTS[(number + place) % 2]
            yield Case("H65", f"{vendor}-{dialect}-{name}", partial(_named, vendor, seed, dialect, field))
        for place, (name, value) in enumerate({**VALUES, **({} if is_xml else JSON_VALUES)}.items()):
            dialect = DIALECTS[(number + place) % 2]
            yield Case("H66", f"{vendor}-{dialect}-{name}", partial(_valued, vendor, seed, dialect, value))


def _read_again(bench: FaultBench) -> None:
    """New fields of rows whose stamps stand still show in a full read; a second one writes nothing."""
    bench.edit(4)
    report = bench.sync(sweep=True, full=True)
    assert report.exit_code == 0, describe_report(report)
    bench.editor.swept()
    again = bench.sync(full=True)
    assert again.exit_code == 0, describe_report(again)
    written = {o.table: o.rows_written for o in again.outcomes if o.rows_written}
    assert not written, written


def _named(vendor: str, seed: int, dialect: str, field: str, benches: FaultBenches) -> None:
    """The vendor has a field of that name from now on: all tables are complete, and one column has its values."""
    with benches.bench(vendor, dialect, seed) as bench:
        main = bench.small_world.main
        before = bench.snapshot().columns[main]
        bench.sandbox.add_field(main, field, "value of the field")
        _read_again(bench)
        now = bench.snapshot()
        (column,) = now.columns[main].keys() - before.keys()
        assert {row[column] for row in now.live(main)} == {"value of the field"}
        originals = {row["original"] for row in now.books["_schema_changes"] if row["column_name"] == column}
        assert originals <= {field, None, ""}, originals
        bench.judge(tables=[table for table in bench.small_world.tables if table != main])
        bench.edit(4)
        assert bench.synced(sweep=True).errors == []


def _valued(vendor: str, seed: int, dialect: str, value: Any, benches: FaultBenches) -> None:
    """Every row has a value that is hard to hold: it is stored as the vendor has it, and as often as it has."""
    with benches.bench(vendor, dialect, seed) as bench:
        bench.sandbox.add_field(bench.small_world.main, "hard_value", value)
        _read_again(bench)
        bench.judge()
        bench.edit(4)
        bench.healed()
