"""Warehouses side by side: one world in a DuckDB file and another warehouse has the same tables, values and books."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.merge.table_tree import parent_key
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness
from tests.support.vendors.oracle import inventory
from tests.support.vendors.vendor_suite import FACTS, assert_synced, sandbox_of, vendor
from tests.support.warehouse.warehouse_snapshot import Snapshot
from tests.support.warehouse.warehouses import WAREHOUSES

__all__ = ["vendor"]

LONG = "a_name_of_a_field_that_somebody_made_much_longer_than_postgres_can_keep_it"
FIRST: Mapping[str, Any] = {
    "x_empty": "",
    "x_null": None,
    "x_text": 'quote " comma , line\nbreak \\ tab\t é 漢 🙂',
    "x_nul": "before\x00after",
    "x_number": 7,
    "x_large": 2**62,
    "x_float": 0.1,
    "x_flag": True,
    "x_moment": "2026-03-01T12:34:56.123456Z",
    "x_object": {"a": {"b": ""}, "c": None},
    "x_list": [{"id": 1, "v": ""}, {"id": 2, "v": None, "inner": ["", "b"]}],
    "x_values": ["", "two", "3"],
    LONG: "one",
    f"{LONG}_too": "two",
    f"{LONG}_list": [{"id": 1, LONG: "inside"}],
}
SECOND: Mapping[str, Any] = {
    "x_empty": "not empty now",
    "x_null": "at last",
    "x_text": 12,
    "x_nul": {"now": "an object"},
    "x_number": 7.25,
    "x_large": "no number",
    "x_float": "0.1",
    "x_flag": "perhaps",
    "x_moment": "some day",
    "x_object": "text",
    "x_list": "text",
    "x_values": 5,
    "x_huge": 2**70,
}
XML_CANNOT = ("x_nul",)


class Pair:
    """One stand-in and its two warehouses."""

    def __init__(self, duck: SyncHarness, other: SyncHarness) -> None:
        self.both = (duck, other)
        self.box: Any = duck.sandbox

    def sync(self, **options: Any) -> None:
        """Both are synced, do the same work, and hold the same."""
        reports = [item.sync(**options) for item in self.both]
        for report in reports:
            assert_synced(report)
        duck, other = ([_messages(outcome) for outcome in report.outcomes] for report in reports)
        assert duck == other
        assert_same(*(item.snapshot() for item in self.both))
        assert types(self.both[0]) == types(self.both[1])
        assert comments(self.both[0]) == comments(self.both[1])


def _messages(outcome: Outcome) -> tuple[Any, ...]:
    """Requests are left out: how far ahead pages are asked for depends on who was faster."""
    counts = (outcome.rows_read, outcome.rows_written, outcome.rows_deleted)
    return (outcome.table, *counts, sorted(outcome.new_columns), sorted(outcome.notes), outcome.cursor_after)


_DUCKDB_COMMENTS = (
    "SELECT table_name, column_name, comment FROM duckdb_columns()"
    " WHERE schema_name = '{schema}' AND comment IS NOT NULL"
)
_POSTGRES_COMMENTS = (
    "SELECT c.relname, a.attname, d.description FROM pg_description AS d JOIN pg_class AS c ON c.oid = d.objoid"
    " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.objsubid"
    " WHERE c.relnamespace = '{schema}'::regnamespace"
)
_INDEXED = (
    "SELECT c.relname, i.indisprimary, array_agg(a.attname::text ORDER BY array_position(i.indkey, a.attnum))"
    " FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid"
    " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)"
    " WHERE c.relnamespace = '{schema}'::regnamespace GROUP BY i.indexrelid, c.relname, i.indisprimary"
)


def comments(made: SyncHarness) -> list[tuple[str, str, str]]:
    """What is said of columns."""
    sql = _POSTGRES_COMMENTS if made.warehouse.dialect.name == "postgres" else _DUCKDB_COMMENTS
    with made.warehouse.session() as session:
        return sorted(session.fetch(sql.format(schema=made.account.schema)))


def assert_indexed(made: SyncHarness) -> None:
    """Every table has its key as primary key, every child table an index on its parent's: Postgres needs them."""
    with made.warehouse.session() as session:
        rows = session.fetch(_INDEXED.format(schema=made.account.schema))
        tables = session.catalogue(made.account.schema)
    indexed = {(table, primary): tuple(columns) for table, primary, columns in rows}
    keys = {name: declared.key for name, declared in inventory(made.sandbox.name).items()}
    for table, columns in tables.items():
        if table in keys:
            assert indexed.get((table, True)) == keys[table]
        elif not table.startswith("_"):
            root = keys[table.partition("__")[0]]
            assert indexed.get((table, False)) == parent_key(table, root, columns), table


def types(made: SyncHarness) -> dict[str, dict[str, str]]:
    """Columns in their order with their logical types."""
    with made.warehouse.session() as session:
        return {name: dict(columns) for name, columns in session.catalogue(made.account.schema).items()}


def assert_same(duck: Snapshot, other: Snapshot) -> None:
    assert list(duck.columns) == list(other.columns)
    for table, columns in duck.columns.items():
        assert columns == other.columns[table], table
        mine, theirs = _rows(duck, table), _rows(other, table)
        assert len(mine) == len(theirs), table
        different = [pair for pair in zip(mine, theirs, strict=True) if pair[0] != pair[1]]
        assert not different, (table, *different[:2])
    for book, leave in (
        ("_schema_changes", ("changed_at", "run_id")),
        ("_quarantine", ("seen_at", "run_id")),
    ):
        assert _book(duck, book, leave) == _book(other, book, leave)


def _rows(stored: Snapshot, table: str) -> list[str]:
    kinds = stored.columns[table]
    return sorted(
        repr(sorted((n, _plain(n, kinds[n], v)) for n, v in row.items())) for row in stored.rows[table]
    )


def _plain(name: str, kind: str, value: Any) -> Any:
    """A value as both drivers mean it; moments of reading differ, whether a row is marked does not."""
    if name in ("_synced_at", "_deleted_at", "_dlt_load_id"):
        return value is not None
    if kind == "json" and value is not None:
        return json.dumps(json.loads(value) if isinstance(value, str) else value, sort_keys=True)
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _book(stored: Snapshot, book: str, leave: tuple[str, ...]) -> list[str]:
    rows = [{name: value for name, value in row.items() if name not in leave} for row in stored.books[book]]
    return sorted(repr(sorted((name, str(value)) for name, value in row.items())) for row in rows)


@pytest.fixture(
    params=[
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("ducklake", marks=pytest.mark.ducklake),
    ]
)
def pair(request: pytest.FixtureRequest, vendor: str, tmp_path: Path) -> Iterator[Pair]:
    box, url = sandbox_of(vendor), WAREHOUSES[request.param](request, tmp_path)
    with ExitStack() as open_:
        duck = open_.enter_context(open_harness(box, duckdb_url(tmp_path), tmp_path, max_delete_share="0.9"))
        other = replace(duck, url=url, warehouse=open_warehouse(url, lock_wait=20))
        yield Pair(duck, other)


def test_both_warehouses_hold_the_same(pair: Pair, vendor: str) -> None:
    """A first sync, changes, deletes and restores, fields that come, and fields that change their types."""
    pair.sync()
    assert set(inventory(vendor)) <= set(pair.both[1].snapshot().columns)
    pair.box.clock.advance(hours=2)
    pair.box.edit(80)
    drift(pair, FIRST)
    pair.sync(full=True, sweep=True)
    assert {"x_text", "x_number"} <= types(pair.both[1])[FACTS[vendor].main].keys()
    long_names = {name[:54] for name in pair.both[1].snapshot().columns if LONG[:40] in name}
    assert long_names
    assert len(long_names) == len({name.partition("__")[0] for name in long_names})
    assert any(LONG in output for _, _, output in comments(pair.both[1])), (
        "the vendor's own name of a shortened one"
    )
    drift(pair, SECOND)
    pair.box.edit(20)
    pair.sync(full=True, sweep=True)
    if pair.both[1].warehouse.dialect.name == "postgres":
        assert_indexed(pair.both[1])


def drift(pair: Pair, fields: Mapping[str, Any]) -> None:
    """Every row of a table shows the fields from now on."""
    pair.box.clock.advance(hours=2)
    table = FACTS[pair.box.name].main
    for name, value in fields.items():
        if pair.box.name == "shiftboard":
            pair.box.faults[:] = [_adding(fields)]
        elif pair.box.name != "servicesidekick" or name not in XML_CANNOT:
            pair.box.add_field(table, name, value)


def _adding(fields: Mapping[str, Any]) -> Any:
    """Shiftboard's stand-in shows what the documents list: more is put into its answers."""

    def added(call: Call, answer: Answer) -> Answer | None:
        if b'"shift.list"' not in call.body:
            return None
        body = json.loads(answer.body)
        for row in body["result"]["shifts"]:
            row.update(fields)
        return replace(answer, body=json.dumps(body).encode())

    return added
