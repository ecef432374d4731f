"""DuckDB's dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .dialect import logical_type
from .sql import assignments, names, quote

_LOGICAL = {
    "BIGINT": "bigint",
    "INTEGER": "bigint",
    "SMALLINT": "bigint",
    "TINYINT": "bigint",
    "UINTEGER": "bigint",
    "USMALLINT": "bigint",
    "UTINYINT": "bigint",
    "UBIGINT": "decimal",
    "HUGEINT": "decimal",
    "DECIMAL": "decimal",
    "DOUBLE": "double",
    "FLOAT": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "JSON": "json",
}
_RESERVED = ("main", "memory", "system", "temp")


class DuckDialect:
    """DuckDB's SQL. It needs no keys and no indexes: it scans a table's columns faster than it keeps them."""

    name = "duckdb"
    types: Mapping[str, str] = {
        "text": "VARCHAR",
        "bigint": "BIGINT",
        "double": "DOUBLE",
        "decimal": "DECIMAL(38,9)",
        "boolean": "BOOLEAN",
        "timestamp": "TIMESTAMP WITH TIME ZONE",
        "date": "DATE",
        "json": "JSON",
    }
    row_limit: int | None = None
    small_load_format = "parquet"
    session_settings = ""

    def logical(self, native: str) -> str:
        """The logical type of a column type's name."""
        return logical_type(native, _LOGICAL)

    def try_cast(self, value: str, kind: str) -> str:
        """The value as a logical type, null if it does not fit."""
        return f"TRY_CAST({value} AS {self.types[kind]})"

    def try_parse(self, value: str, kind: str) -> str:
        """A text as date, timestamp or double, null if it is none; 1e999 is infinite."""
        return self.try_cast(value, kind)

    def matches(self, value: str, pattern: str) -> str:
        """True if a text has the form of a regular expression."""
        return f"regexp_matches({value}, '{pattern}')"

    def timestamp_text(self, value: str) -> str:
        """A timestamp as ISO text in UTC with microseconds."""
        return f"strftime(CAST({value} AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%fZ')"

    def double_text(self, value: str) -> str:
        """DuckDB writes ``nan`` and ``inf``."""
        words = f"WHEN isnan({value}) THEN 'NaN' WHEN {value} > 0 THEN 'Infinity' WHEN {value} < 0 THEN '-Infinity'"
        return f"CASE WHEN isfinite({value}) THEN CAST({value} AS VARCHAR) {words} END"

    def to_json(self, value: str) -> str:
        """A value as JSON."""
        return f"to_json({value})"

    def parse_json(self, value: str) -> str:
        """A text parsed as JSON; a JSON string if it is no JSON."""
        return f"CASE WHEN json_valid({value}) THEN CAST({value} AS JSON) ELSE to_json({value}) END"

    def comparable_json(self, value: str) -> str:
        """The sorted parts of a JSON value: DuckDB compares JSON as text."""
        part = "concat(fullkey, ' ', type, ' ', atom)"
        return f"(SELECT string_agg({part}, chr(10) ORDER BY fullkey) FROM json_tree({value}))"

    def temporary(self, name: str) -> str:
        """The quoted name of a temporary table of the connection."""
        return f"temp.{quote(name)}"

    def key_constraint(self, columns: Sequence[str]) -> str:
        """No constraint."""
        return ""

    def index(self, ref: str, columns: Sequence[str]) -> str:
        """No index."""
        return ""

    def upsert(self, ref: str, values: str, columns: Sequence[str], key: str) -> str:
        changes = assignments([name for name in columns if name != key], of="v")
        return (
            f"MERGE INTO {ref} AS s USING (VALUES {values}) AS v ({names(columns)})"
            f" ON s.{quote(key)} = v.{quote(key)} WHEN MATCHED THEN UPDATE SET {changes}"
            f" WHEN NOT MATCHED THEN INSERT ({names(columns)}) VALUES ({names(columns, of='v')})"
        )


def database_name(path: Path) -> str:
    """What DuckDB calls the database in a file: the file's name up to its first dot."""
    name = path.name.lstrip(".").partition(".")[0]
    return f"{name}_db" if name.lower() in _RESERVED else name


class LakeDialect(DuckDialect):
    """DuckDB's expressions over a lake; what it cannot do (indexes, row locks, most type changes) its driver does."""

    name = "ducklake"
