"""Every measure of the marts equals an independent recomputation, over generated worlds."""

from __future__ import annotations

from pathlib import Path

from tests.support.marts.marts_warehouse import needs_dbt
from tests.support.marts.oracle.comparison import differences


@needs_dbt
def test_marts_equal_the_oracle_in_thirty_worlds(warehouse_url: str, tmp_path: Path) -> None:
    """On a lake in four: DuckDB computes there too, and what differs is where the tables are."""
    worlds = 4 if warehouse_url.startswith("ducklake:") else 30
    found, compared = differences(warehouse_url, tmp_path, range(worlds))
    assert found == []
    assert compared > 600 * worlds
