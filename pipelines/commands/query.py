"""The command ``query``: one SQL query against the warehouse, read-only, as a table, CSV or JSON."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.errors import REACH
from fieldhouse.pipelines.inspect.freshness import existing_warehouse
from fieldhouse.pipelines.output.console import (
    log_line,
    output_failed,
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
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
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
        print_json({"columns": columns, "rows": [dict(zip(columns, row, strict=True)) for row in rows]})
    elif as_csv:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_text(value) for value in row] for row in rows)
        print_line(text.getvalue().rstrip("\n"))
    else:
        _print_table(columns, rows)
    return REACH if output_failed() else 0


def _require_reading(sql: str) -> None:
    """Refuse what is not one reading statement: COPY, ATTACH and the like write files even in a read-only session."""
    bare = _QUOTED.sub("''", sql).strip().rstrip(";")
    words = bare.split(None, 1)
    if not words or words[0].lower().lstrip("(") not in _READING or ";" in bare:
        raise FixSettings(
            "expected one statement that reads, such as SELECT, WITH, DESCRIBE or SHOW.",
            do="For example: fieldhouse query 'SELECT count(*) FROM marts.tickets'.",
        )


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    numbers = [
        name
        for place, name in enumerate(columns)
        if any(isinstance(row[place], (int, float)) and not isinstance(row[place], bool) for row in rows)
    ]
    print_grid(columns, [[_text(value) for value in row] for row in rows[:SHOWN]], numbers)
    more = f"; the first {SHOWN:,} are shown, --csv and --json have all" if len(rows) > SHOWN else ""
    print_line(f"({quantity(len(rows), 'row')}{more})")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return moment.isoformat(sep=" ").replace("+00:00", "Z")
    return str(value)
