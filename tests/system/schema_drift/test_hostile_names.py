"""Hostile names and values: the tables are changed as expected and no other, every value comes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import pytest

from fieldhouse.sources.engine.spec.naming import resolved
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.warehouse.merge.evolve import is_ours
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness

ATTACKS = (
    "'; DROP TABLE bossdesk.sentinel; --",
    '"; DROP TABLE bossdesk.sentinel; --',
    "x') ; DELETE FROM bossdesk.sentinel ; --",
    "$$; DROP SCHEMA bossdesk CASCADE; $$",
    "$body$ DROP TABLE bossdesk.sentinel $body$",
    "\\'; DROP TABLE bossdesk.sentinel; --",
    "\\",
    "\\\\'",
    "%s %(name)s %",
    "{} {0} {x!r}",
    "{{ var('x') }} {% do run_query('drop table bossdesk.sentinel') %}",
    "${jndi:ldap://127.0.0.1/x}",
    "a\x00b",
    "a\nb",
    "a\r\nb",
    "a\tb",
    "\x1b[31mred",
    "\u202ereversed",
    "e\u0301",
    "名前",
    "😀",
    "\ud800",
    "=cmd|' /C calc'!A0",
    "<!--",
    "]]>",
    "NULL",
    "null",
    "true",
    "NaN",
    "-0",
    "1e400",
    "0x1F",
    "\\N",
    "''",
    '""',
    "a,b;c|d",
    "x" * 300,
    '"' * 300,
    "ö" * 300,
    " ",
    "COPY t FROM PROGRAM 'id'",
    "'||(SELECT version())||'",
    "/* comment */",
    "-- comment",
    "; ATTACH '/tmp/x.db' AS y; --",
)
RESERVED = (
    "select from where group order table user default primary check column constraint end all and any array as"
    " both case cast collate create current_user desc distinct do else except false fetch for foreign grant having"
    " in initially intersect into lateral leading limit localtime not null offset on only or placing references"
    " returning session_user some symmetric then to trailing true union unique using variadic when window with"
    " pivot unpivot qualify summarize describe show asof anti semi positional macro"
)
OURS = (
    "_synced_at",
    "_deleted_at",
    "_row_hash",
    "_dlt_load_id",
    "_parent_id",
    "_list_index",
    "_rest",
    "_dlt_id",
)
COLLIDING = (
    "userId",
    "user_id",
    "UserID",
    "user-id",
    "User Id",
    "user__id",
    "Ｕser_id",
    "24 hours",
    "_24_hours",
)
NAMES = tuple(
    dict.fromkeys((*ATTACKS, *(f"{at}{text}" for at, text in enumerate(ATTACKS)), *(f"{text} " for text in ATTACKS),
                   *RESERVED.split(), *OURS, *COLLIDING))
)  # fmt: skip
VALUES = tuple(islice(cycle(ATTACKS), len(NAMES)))


@pytest.fixture
def at(warehouse_url: str, tmp_path: Path) -> Iterator[SyncHarness]:
    with open_harness(BossDeskSandbox(size=0.05, edge_cases=True), warehouse_url, tmp_path) as made:
        made.sync("tags", "teams")
        with made.warehouse.session() as session:
            session.db.execute("CREATE TABLE bossdesk.sentinel (id bigint)")
            session.db.execute("INSERT INTO bossdesk.sentinel VALUES (1), (2)")
        yield made


def clean(text: str) -> str:
    return text.replace("\x00", "\u2400").replace("\ud800", "\ufffd")


def comments(at: SyncHarness) -> dict[str, str]:
    """What the database says of the columns of the tags."""
    if not at.url.startswith("postgres"):
        sql = "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'tags' AND comment IS NOT NULL"
    else:
        sql = (
            "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute"
            " WHERE attrelid = 'bossdesk.tags'::regclass AND col_description(attrelid, attnum) IS NOT NULL"
        )
    with at.warehouse.session() as session:
        return dict(session.fetch(sql))


def test_two_hundred_hostile_names_and_values(at: SyncHarness) -> None:
    assert len(NAMES) >= 200
    before = at.snapshot()
    for name, value in zip(NAMES, VALUES, strict=True):
        at.sandbox.add_field("tags", name, value)  # type: ignore[attr-defined]
    at.sandbox.add_field("tags", "nested", dict.fromkeys(ATTACKS, "inside"))  # type: ignore[attr-defined]
    at.sandbox.add_field("tags", "listed", [{name: name} for name in ATTACKS])  # type: ignore[attr-defined]
    report = at.sync("tags", "teams")
    assert report.exit_code == 0, [str(outcome.error) for outcome in report.outcomes]
    stored = at.snapshot()

    assert set(stored.columns) == {*before.columns, "tags__listed"}
    assert stored.rows["sentinel"] == before.rows["sentinel"]
    assert stored.columns["teams"] == before.columns["teams"]
    shown = at.sandbox.truth()["tags"][0]
    names = {name: column for name, column in resolved(tuple(shown)).items() if name in NAMES}
    assert len(set(names.values())) == len(NAMES)
    new = set(stored.columns["tags"]) - set(before.columns["tags"])
    nested = {column for column in new if column.startswith("nested__")}
    assert (new - nested, len(nested)) == (set(names.values()), len(ATTACKS))
    assert all(len(column.encode()) <= 63 for column in new)
    for row in stored.live("tags"):
        assert {name: row[names[name]] for name in NAMES} == {
            name: clean(value) for name, value in zip(NAMES, VALUES, strict=True)
        }
        assert {row[column] for column in nested} == {"inside"}
    items = [row for row in stored.live("tags__listed") if row["_parent_id"] == shown["id"]]
    for item in items:
        (value,) = (entry for name, entry in item.items() if not is_ours(name) and entry is not None)
        assert value == clean(ATTACKS[item["_list_index"]])
    assert len(items) == len(ATTACKS)

    messages = [row for row in stored.books["_schema_changes"] if row["table_name"] == "tags"]
    output = {row["column_name"]: row["original"] for row in messages}
    commented = comments(at)
    for name, column in names.items():
        assert output[column] == clean(name)
        assert column == name or commented[column] == f"the vendor's field {clean(name)}"


def test_a_name_stays_whatever_stands_beside_it(at: SyncHarness) -> None:
    at.sandbox.add_field("tags", "userId", "first")  # type: ignore[attr-defined]
    at.sync("tags")
    at.sandbox.add_field("tags", "user_id", "second")  # type: ignore[attr-defined]
    at.sandbox.add_field("tags", "UserID", "third")  # type: ignore[attr-defined]
    assert at.sync("tags").exit_code == 0
    (row, *_) = at.snapshot().live("tags")
    results = {name: value for name, value in row.items() if name.startswith("user_id")}
    assert results["user_id"] == "second"
    assert sorted(results.values()) == ["first", "second", "third"]


def test_numbered_objects_of_aspnet_keep_their_keys(tmp_path: Path) -> None:
    """Json.NET can write ``$id``, the number of an object in the answer, before its fields."""
    sandbox = NotificSandbox(size=0.01)

    def number(call: Call, honest: Answer) -> Answer | None:
        records = json.loads(honest.body)
        if not isinstance(records, list):
            return None
        numbered = [{"$id": str(place), **record} for place, record in enumerate(records, 900)]
        return replace(honest, body=json.dumps(numbered).encode())

    with open_harness(sandbox, duckdb_url(tmp_path), tmp_path) as at, sandbox.fault(number):
        assert at.sync("tickets").exit_code == 0
        stored = at.snapshot().live("tickets")
    assert {row["id"] for row in stored} == {row["Id"] for row in sandbox.truth()["tickets"]}
