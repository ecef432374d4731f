"""Postgres' dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .dialect import logical_type
from .sql import assignments, names, quote

SESSION_SETTINGS = "; ".join(
    f"SET {name} = {value}"
    for name, value in {
        "search_path": "pg_catalog, pg_temp",  # no function or operator that another role put into public
        "client_encoding": "'UTF8'",  # COPY carries bytes as they are
        "standard_conforming_strings": "on",
        "transform_null_equals": "off",
        "TimeZone": "'UTC'",
        "DateStyle": "'ISO, YMD'",
        "IntervalStyle": "'postgres'",
        "bytea_output": "'hex'",
        "extra_float_digits": "1",
        "default_transaction_isolation": "'read committed'",
        "default_transaction_deferrable": "off",
        "idle_in_transaction_session_timeout": "0",
        "client_min_messages": "warning",
    }.items()
)
"""Every setting that a statement of ours relies on: a role, a database, the environment and the address can change
each. All names of ours are qualified, so the search path needs no schema of the account."""
CASTS = "pg_temp.fieldhouse_"
"""What the names of the connection's own functions begin with."""
_ROW_LIMIT = 7600
"""Bytes of a row that cannot leave its page of 8 kB, less a reserve."""
_LOGICAL = {
    "BIGINT": "bigint",
    "INTEGER": "bigint",
    "SMALLINT": "bigint",
    "NUMERIC": "decimal",
    "DOUBLE PRECISION": "double",
    "REAL": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "JSON": "json",
    "JSONB": "json",
}


class PostgresDialect:
    """Postgres' SQL. It has no cast that answers null for what does not fit: functions of the connection do that."""

    name = "postgres"
    types: Mapping[str, str] = {
        "text": "text",
        "bigint": "bigint",
        "double": "double precision",
        "decimal": "numeric(38,9)",
        "boolean": "boolean",
        "timestamp": "timestamptz",
        "date": "date",
        "json": "jsonb",
    }
    row_limit: int | None = _ROW_LIMIT
    small_load_format = "insert_values"
    session_settings = SESSION_SETTINGS

    def logical(self, native: str) -> str:
        """The logical type of a column type's name."""
        return logical_type(native, _LOGICAL)

    def try_cast(self, value: str, kind: str) -> str:
        """The value as a logical type; an error if it does not fit, so that its form is to be checked first."""
        return f"CAST({value} AS {self.types[kind]})"

    def try_parse(self, value: str, kind: str) -> str:
        """A text as date, timestamp or double, null if it is none."""
        return f"{CASTS}{kind}({value})"

    def matches(self, value: str, pattern: str) -> str:
        """True if a text has the form of a regular expression."""
        return f"{value} ~ '{pattern}'"

    def timestamp_text(self, value: str) -> str:
        """A timestamp as ISO text in UTC with microseconds."""
        return f"""to_char({value} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

    def double_text(self, value: str) -> str:
        """Postgres writes ``5`` for 5.0, and 1e15 with an exponent."""
        text = f"CAST({value} AS text)"
        plain = f"CAST(CAST({text} AS numeric) AS text)"
        digits = f"CASE WHEN abs({value}) >= 1e15 AND abs({value}) < 1e16 THEN {plain} ELSE {text} END"
        return f"regexp_replace({digits}, '^(-?[0-9]+)$', '\\1.0')"

    def to_json(self, value: str) -> str:
        """A value as JSON."""
        return f"to_jsonb({value})"

    def parse_json(self, value: str) -> str:
        """A text parsed as JSON; a JSON string if it is no JSON."""
        return f"{CASTS}json({value})"

    def comparable_json(self, value: str) -> str:
        """The value itself: jsonb knows no order of keys."""
        return value

    def temporary(self, name: str) -> str:
        """The quoted name of a temporary table of the connection."""
        return f"pg_temp.{quote(name)}"

    def key_constraint(self, columns: Sequence[str]) -> str:
        """The primary key."""
        return f"PRIMARY KEY ({names(columns)})"

    def index(self, ref: str, columns: Sequence[str]) -> str:
        """A statement that creates an index."""
        return f"CREATE INDEX ON {ref} ({names(columns)})"

    def upsert(self, ref: str, values: str, columns: Sequence[str], key: str) -> str:
        """MERGE came with Postgres 15."""
        changes = assignments([name for name in columns if name != key], of="v")
        return (
            f"WITH v ({names(columns)}) AS (VALUES {values}), updated AS (UPDATE {ref} AS s SET {changes} FROM v"
            f" WHERE s.{quote(key)} = v.{quote(key)} RETURNING s.{quote(key)})"
            f" INSERT INTO {ref} ({names(columns)}) SELECT {names(columns)} FROM v"
            f" WHERE v.{quote(key)} NOT IN (SELECT {quote(key)} FROM updated)"
        )
