"""Every measure of the marts equals an independent recomputation, over generated worlds."""

from __future__ import annotations

from pathlib import Path

from tests.support.marts.marts_warehouse import needs_dbt
from tests.support.marts.oracle.comparison import compare_worlds


@needs_dbt
def test_marts_equal_the_oracle_in_thirty_worlds(warehouse_url: str, tmp_path: Path) -> None:
    """Thirty on DuckDB; fewer where only the dialect or the place of the tables differs. The benchmark has hundreds."""
    worlds = {"duckdb": 30, "postgresql": 8, "ducklake": 4}[warehouse_url.partition(":")[0]]
    result = compare_worlds(warehouse_url, tmp_path, range(worlds))
    assert result.differences == []
    assert result.compared.total() > 600 * worlds
