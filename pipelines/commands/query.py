"""The command ``query``: one SQL query against the warehouse, read-only, as a table, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.errors import REACH
from fieldhouse.pipelines.inspect.freshness import existing_warehouse
from fieldhouse.pipelines.output.console import (
    log_line,
    output_failed,
    print_exactly,
    print_grid,
    print_json,
    print_line,
    quantity,
)
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.warehouse.errors import StatementFailed

_READING = frozenset(
    {"select", "with", "from", "values", "table", "describe", "show", "summarize", "explain"}
)
_QUOTED = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<text> (?<!\w)[eE]'(?:[^'\\]|''|\\.)*' | '(?:[^']|'')*' | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$ )
    | "(?P<name> (?:[^"]|"")* )"
    """,
    re.DOTALL | re.VERBOSE,
)
_EXPLAIN = re.compile(r"explain\b\s*(?:\([^)]*\)\s*|analyze\b\s*|verbose\b\s*)*", re.IGNORECASE)
_WRITING = re.compile(
    r"\bas\s+(?:not\s+)?(?:materialized\s*)?\(\s*copy\b"
    r"|\b(?:enable_logging|query|json_execute_serialized_sql|lo_export)\s*\(",
    re.IGNORECASE,
)
"""What writes a file from within a query: DuckDB's COPY as a common table expression, and functions that run SQL."""
SHOWN = 200
"""Rows that a table on the console shows; CSV and JSON have all rows."""


def run(settings: Settings, sql: str, *, as_csv: bool = False, as_json: bool = False) -> int:
    """Print the rows of a query; 0, or 3 if they could not be written to standard output.

    Raises:
        FixSettings: the warehouse does not exist, or the database refuses the query.
    """
    _require_reading(sql)
    warehouse = existing_warehouse(settings, log_line)
    try:
        with warehouse.read_only("fieldhouse query") as queries:
            columns, rows = queries.fetch(sql)
    except StatementFailed as error:
        raise FixSettings(
            f"the query was refused: {error}", do="Correct the SQL; it can only read."
        ) from None
    if as_json:
        names = _distinct(columns)
        print_json(
            {"columns": names, "rows": [dict(zip(names, map(_json, row), strict=True)) for row in rows]}
        )
    elif as_csv:
        print_exactly(_csv(columns, rows))
    else:
        _print_table(columns, rows)
    return REACH if output_failed() else 0


def _require_reading(sql: str) -> None:
    """Refuse what is not one reading statement: COPY, ATTACH and the like write files even in a read-only session."""
    bare = _QUOTED.sub(_unquoted, sql).strip().rstrip(";\n\t ")
    word = re.match(r"[(\s]*(\w+)", _EXPLAIN.sub("", bare, count=1) if _EXPLAIN.match(bare) else bare)
    if not word or word[1].lower() not in _READING or ";" in bare or _WRITING.search(bare):
        raise FixSettings(
            "expected one statement that reads, such as SELECT, WITH, DESCRIBE or SHOW.",
            do="For example: fieldhouse query 'SELECT count(*) FROM marts.tickets'.",
        )


def _unquoted(part: re.Match[str]) -> str:
    """A comment is a blank, a text is empty, and a quoted name is a plain one."""
    if part["comment"]:
        return " "
    return "''" if part["text"] else re.sub(r"\W", "_", part["name"] or "_")


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    numbers = [
        name
        for place, name in enumerate(columns)
        if any(isinstance(row[place], (int, float)) and not isinstance(row[place], bool) for row in rows)
    ]
    print_grid(columns, [[_text(value) for value in row] for row in rows[:SHOWN]], numbers)
    more = f"; the first {SHOWN:,} are shown, --csv and --json have all" if len(rows) > SHOWN else ""
    print_line(f"({quantity(len(rows), 'row')}{more})")


def _csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """The rows as CSV. Lines end with a line feed; a carriage return within a value has it quoted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    out: list[str] = []
    for row in (columns, *rows):
        writer.writerow([_text(value) for value in row])
        out.append(text.getvalue().removesuffix("\r\n"))
        text.seek(0)
        text.truncate()
    return "\n".join(out)


def _distinct(columns: Sequence[str]) -> list[str]:
    """The names of columns, with a number behind one that stands before: an object has each key once."""
    names: list[str] = []
    for column in columns:
        name, number = column, 1
        while name in names or (number > 1 and name in columns):
            number += 1
            name = f"{column}_{number}"
        names.append(name)
    return names


def _json(value: Any) -> Any:
    """A value as JSON has it: numbers that JSON does not know are their names, bytes are hexadecimal."""
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else _text(key): _json(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(inner) for inner in value]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"\\x{bytes(value).hex()}"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (Mapping, list, tuple)):
        return json.dumps(_json(value), ensure_ascii=False, default=_text)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return str(_json(value))
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return moment.isoformat(sep=" ").replace("+00:00", "Z")
    return str(value)
