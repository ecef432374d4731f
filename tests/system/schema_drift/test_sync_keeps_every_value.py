"""Whatever JSON a vendor sends, through two syncs into each database: what comes out is what went in.

Each value is found once, in the table, the column (or its variant) and the place in the list that the documented rules
give it, and nothing else is there. ``FIELDHOUSE_EXAMPLES=500`` looks longer.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Context, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldhouse.sources.engine.spec.naming import joined, resolved, snake_case
from fieldhouse.sources.engine.spec.text import json_text
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from tests.support.sync_harness import duckdb_url, open_harness
from tests.support.warehouse.stored_values import VARIANT
from tests.support.warehouse.warehouse_snapshot import Snapshot

EXAMPLES = int(os.environ.get("FIELDHOUSE_EXAMPLES", "6"))
DECLARED = frozenset({"id", "name", "owner_class", "created_at", "updated_at"})
NAMES = st.one_of(
    st.sampled_from(["userId", "user_id", "UserID", "select", "24h", "ä", "名前", "a", "A", "a__b", "_synced_at"]),
    st.text(max_size=8),
    st.text(alphabet="xyzé_", min_size=60, max_size=80),
).filter(lambda name: snake_case(name) not in DECLARED)  # fmt: skip
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=12),
    st.sampled_from(
        ["", "0", "true", "NaN", "2026-01-01", "{}", "[]", "'\";--", "\x00", "\ud800", "5", "5.0"]
    ),
)
INNER = LEAVES | st.lists(LEAVES, max_size=3) | st.dictionaries(NAMES, LEAVES, max_size=3)
VALUES = INNER | st.lists(INNER, max_size=3) | st.dictionaries(NAMES, INNER, max_size=3)
RECORDS = st.lists(st.dictionaries(NAMES, VALUES, max_size=4), min_size=1, max_size=4)
Found = Counter[tuple[str, str, Any, str]]
"""Table, column without its variant's suffix, place in the list, value as text."""


def wanted(record: dict[str, Any], table: str = "tags", place: Any = None, prefix: str = "") -> Iterator[Any]:
    """Where each value of a record belongs."""
    for key, name in resolved(tuple(record)).items():
        yield from _wanted(record[key], table, joined(prefix, name), place)


def _wanted(value: Any, table: str, column: str, place: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from wanted(value, table, place, column)
    elif isinstance(value, list):
        inner = joined(table, column)
        for at, item in enumerate(value):
            if isinstance(item, dict):
                yield from wanted(item, inner, at)
            elif isinstance(item, list):
                yield inner, "value", at, spoken(json_text(item))
            else:
                yield from _wanted(item, inner, "value", at)
    elif value is not None:
        yield table, VARIANT.sub("", column), place, spoken(value)


def stored(kept: Snapshot, root: Any) -> Iterator[Any]:
    """What the warehouse has of one record, in all of its tables."""
    for table in kept.columns:
        if table != "tags" and not table.startswith("tags__"):
            continue
        for row in kept.live(table):
            mine = row["id"] if table == "tags" else row.get("_root_id", row.get("_parent_id"))
            if mine != root:
                continue
            for column, value in row.items():
                ours = column.startswith("_") and not column[1:2].isdigit()
                if value is not None and not ours and not (table == "tags" and column in DECLARED):
                    yield table, VARIANT.sub("", column), row.get("_list_index"), spoken(value)


def spoken(value: Any) -> str:
    """A value as one text, whatever column holds it: 5, 5.0 and "5" are one."""
    if isinstance(value, bool):
        return str(value).lower()
    text = re.sub("[\ud800-\udfff]", "\ufffd", str(value)).replace("\x00", "\u2400")
    try:
        return str(Decimal(text).normalize(Context(prec=500)))
    except InvalidOperation:
        return text


def assert_same(kept: Snapshot, records: list[dict[str, Any]]) -> None:
    assert sorted(row["id"] for row in kept.live("tags")) == [record["id"] for record in records]
    for record in records:
        fields = {name: value for name, value in record.items() if name != "id"}
        actual: Found = Counter(stored(kept, record["id"]))
        assert actual == Counter(wanted(fields))


class Given(BossDeskSandbox):
    """Answers the list of tags with whatever it is given."""

    def __init__(self) -> None:
        super().__init__(size=0.05)
        self.given: list[dict[str, Any]] = []

    def answer(self, call: Call) -> Answer:
        if not call.path.endswith("/tags"):
            return super().answer(call)
        return Answer(200, json.dumps(self.given).encode(), {"Content-Type": "application/json"})


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=RECORDS, second=RECORDS)
def test_any_records_come_out_as_they_went_in(
    warehouse_url: str, tmp_path: Path, first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    url = warehouse_url
    if url.startswith("duckdb"):
        url = duckdb_url(tmp_path)
        Path(url.removeprefix("duckdb:///")).unlink(missing_ok=True)
    box = Given()
    with open_harness(box, url, tmp_path, max_delete_share="1") as made:
        with made.warehouse.session() as session:
            session.db.execute("DROP SCHEMA IF EXISTS bossdesk CASCADE")
        for records in (first, second):
            box.given = [{**record, "id": number} for number, record in enumerate(records, 1)]
            report = made.sync("tags", sweep=True)
            assert report.exit_code == 0, [str(outcome.error) for outcome in report.outcomes]
            assert_same(made.snapshot(), box.given)
