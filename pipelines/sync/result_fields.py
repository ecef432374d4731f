"""The fields of a table's result: declared once, with SQL type, description and the outputs that carry them.

The console report, ``--json``, the table ``_syncs``, traces and Dagster take their fields from here. To add a field,
declare it here, compute it, and add its column to the warehouse's definition of ``_syncs`` if it is stored there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from fieldhouse.pipelines.errors import cause, describe_error, exit_code, next_step
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.redact import redact

Output = Literal["screen", "json", "syncs", "trace", "dagster"]
_EVERYWHERE: tuple[Output, ...] = ("screen", "json", "syncs", "trace", "dagster")


@dataclass(frozen=True)
class ResultField:
    """One field of a table's result.

    Attributes:
        name: the key in ``--json``, and the attribute of `Outcome` unless ``value`` is given.
        sql_type: a logical type of the warehouse.
        outputs: where the field is reported.
        column: its name in ``_syncs``, if that is not ``name``.
        label: its column header in the console report.
        value: computes the field.
    """

    name: str
    sql_type: str
    description: str
    outputs: tuple[Output, ...]
    column: str = ""
    label: str = ""
    value: Callable[[Outcome], Any] | None = None

    def of(self, outcome: Outcome) -> Any:
        """The field's value for one table."""
        return self.value(outcome) if self.value else getattr(outcome, self.name)


def _details(outcome: Outcome) -> str:
    details: dict[str, Any] = {"notes": outcome.notes, "filter_proven": outcome.filter_proven}
    if outcome.error is not None:
        details["error"] = {**describe_error(outcome.error), "exit_code": exit_code(outcome.error)}
    return redact(json.dumps(details))


def error_parts(outcome: Outcome) -> dict[str, Any]:
    """What a run without a place in ``_syncs`` keeps of a table's error, without secrets."""
    assert outcome.error is not None
    parts = {
        "error": str(outcome.error),
        "cause": cause(outcome.error),
        "next_step": next_step(outcome.error),
        "outcome": outcome.status,
        "exit_code": exit_code(outcome.error),
    }
    return {name: redact(value) if isinstance(value, str) else value for name, value in parts.items()}


RESULT_FIELDS: tuple[ResultField, ...] = (
    ResultField("table", "text", "the table's name", ("screen", "syncs"), column="table_name"),
    ResultField("started_at", "timestamp", "when the read of the table started, UTC", ("syncs",)),
    ResultField(
        "finished_at",
        "timestamp",
        "when the result was stored, UTC",
        ("syncs",),
        value=lambda outcome: datetime.now(UTC),
    ),
    ResultField(
        "status",
        "text",
        "`ok`; `not offered` if the account does not have the table; or what kept it from completing: `failed`, "
        "`denied`, `suspicious` or `unsteady`",
        ("json", "syncs"),
        column="outcome",
    ),
    ResultField(
        "strategy",
        "text",
        "how the table was read, such as `incremental` or `full`",
        ("screen", "json", "syncs", "trace"),
        label="how",
    ),
    ResultField("rows_read", "bigint", "rows that the vendor sent", _EVERYWHERE, label="read"),
    ResultField("rows_written", "bigint", "rows that were new or had changed", _EVERYWHERE, label="written"),
    ResultField(
        "rows_deleted",
        "bigint",
        "rows that the vendor no longer has and that were marked or removed",
        _EVERYWHERE,
        label="deleted",
    ),
    ResultField(
        "rows_quarantined",
        "bigint",
        "records without a usable key, stored in `_quarantine`",
        ("json", "syncs"),
    ),
    ResultField("requests", "bigint", "requests that the table took", _EVERYWHERE, label="requests"),
    ResultField(
        "requests_planned",
        "bigint",
        "requests that were expected if nothing had changed; null on the first sync",
        ("json",),
        value=lambda outcome: outcome.progress.expected_requests,
    ),
    ResultField(
        "seconds",
        "double",
        "how long the table took, in seconds",
        ("screen", "json", "syncs"),
        label="time",
        value=lambda outcome: round(outcome.seconds, 3),
    ),
    ResultField("new_columns", "json", "columns that were added in this run", ("json", "dagster")),
    ResultField(
        "filter_proven",
        "boolean",
        "whether the vendor was seen to honour the incremental filter; null if it was not tested",
        ("json",),
    ),
    ResultField("cursor_before", "text", "the cursor before the run", ("syncs",)),
    ResultField(
        "cursor",
        "text",
        "the cursor that the next sync starts from",
        ("json", "syncs", "dagster"),
        column="cursor_after",
        value=lambda outcome: outcome.cursor_after,
    ),
    ResultField(
        "notes", "json", "what else a reader should know", ("screen", "json", "dagster"), label="notes"
    ),
    ResultField(
        "error",
        "text",
        "what stopped the table, and the next step; an object in `--json`",
        ("json", "syncs"),
        value=lambda outcome: outcome.error,
    ),
    ResultField(
        "details", "json", "`notes`, `filter_proven` and the parts of `error`", ("syncs",), value=_details
    ),
)


def fields_of(output: Output) -> tuple[ResultField, ...]:
    """The fields that an output carries, in declared order."""
    return tuple(field for field in RESULT_FIELDS if output in field.outputs)


def json_result(outcome: Outcome) -> dict[str, Any]:
    """A table's object in ``--json`` and in JSON logs."""
    values = {field.name: field.of(outcome) for field in fields_of("json")}
    return {**values, "error": describe_error(outcome.error) if outcome.error else None}


def run_log_row(outcome: Outcome, run_id: str) -> dict[str, Any]:
    """A table's row in ``_syncs``."""
    values = {field.column or field.name: field.of(outcome) for field in fields_of("syncs")}
    error = redact(str(outcome.error)) if outcome.error else None
    return {"run_id": run_id, **values, "seconds": outcome.seconds, "error": error}


def attributes(outcome: Outcome, output: Output) -> dict[str, Any]:
    """The fields of an output by name; lists are joined, null and empty values left out."""
    values = {field.name: field.of(outcome) for field in fields_of(output)}
    texts = {name: "; ".join(value) if isinstance(value, list) else value for name, value in values.items()}
    return {name: value for name, value in texts.items() if value not in (None, "")}
