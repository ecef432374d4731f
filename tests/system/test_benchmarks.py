"""The benchmarks' vendor is one that a sync reads: nobody else would notice until the next measurement."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.measured import run
from tests.benchmarks.vendor import PAGE, open_vendor


@pytest.mark.parametrize("engine", ["fieldhouse", "floor"])
def test_an_engine_reads_the_vendor_whole_and_then_what_changed(engine: str, tmp_path: Path) -> None:
    with open_vendor() as vendor:
        vendor.hold(3 * PAGE)
        given = (vendor.url, f"duckdb:///{tmp_path}/warehouse.duckdb", str(tmp_path))
        run(f"tests.benchmarks.engines.{engine}", *given, home=str(tmp_path))
        assert vendor.counted() >= 3
        vendor.edit(10, 1)
        run(f"tests.benchmarks.engines.{engine}", *given, home=str(tmp_path))
        assert 1 <= vendor.counted() <= 6
