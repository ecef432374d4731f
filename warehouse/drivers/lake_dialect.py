"""DuckLake's dialect: DuckDB's SQL over a lake."""

from __future__ import annotations

from .duck_dialect import DuckDialect


class LakeDialect(DuckDialect):
    """DuckDB's expressions. What a lake cannot do (indexes, locks of rows, changes of most types) its driver does."""

    name = "ducklake"
