"""Every measure of the marts equals an independent recomputation, over generated worlds."""

from __future__ import annotations

from pathlib import Path

from tests.support.marts.marts_warehouse import needs_dbt
from tests.support.marts.oracle.comparison import compare_worlds
from tests.support.runs.long_runs import in_long_runs


@needs_dbt
def test_marts_equal_the_oracle_in_generated_worlds(warehouse_url: str, tmp_path: Path) -> None:
    """Fewer where only the dialect or the place of the tables differs.

    ``tests.benchmarks.marts.worlds`` has hundreds.
    """
    counts = {
        "duckdb": in_long_runs(30, 10),
        "postgresql": in_long_runs(8, 4),
        "ducklake": in_long_runs(4, 2),
    }
    worlds = counts[warehouse_url.partition(":")[0]]
    result = compare_worlds(warehouse_url, tmp_path, range(worlds))
    assert result.differences == []
    assert result.compared.total() > 600 * worlds
