"""What a reader must never see: child rows that are not of their parent's version."""

from __future__ import annotations

from typing import Any

from fieldhouse.warehouse.connect import open_warehouse


def half_visible(url: str, schema: str) -> list[tuple[Any, ...]]:
    """Child rows with another `_synced_at` than their parent's, over all child tables of a lake's schema."""
    results: list[tuple[Any, ...]] = []
    with open_warehouse(url).read_only("a look") as queries:
        tables = {
            name
            for (name,) in queries.fetch(
                f"SELECT table_name FROM duckdb_tables() WHERE schema_name = '{schema}'"
            )[1]
        }
        for child in sorted(name for name in tables if "__" in name and name.partition("__")[0] in tables):
            parent = child.partition("__")[0]
            key = "_root_id" if child.count("__") > 1 else "_parent_id"
            results += queries.fetch(
                f"SELECT '{child}', c.{key} FROM {schema}.{child} c JOIN {schema}.{parent} p"
                f" ON CAST(p.id AS VARCHAR) = CAST(c.{key} AS VARCHAR) WHERE c._synced_at <> p._synced_at"
            )[1]
    return results
