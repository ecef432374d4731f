"""Opening, reading back, and the books, on both databases; and what addresses are refused."""

import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.drivers.sql import json_text, literal
from fieldhouse.warehouse.errors import (
    SchemaConflict,
    StatementFailed,
    WarehouseError,
    WarehouseSettingsError,
    WarehouseUnreachable,
)
from fieldhouse.warehouse.metadata import dlt_tables
from fieldhouse.warehouse.model import Column, TableLoad
from fieldhouse.warehouse.session import Session
from tests.support.warehouse.landed_rows import LANDING, T0, land

EVERY = {
    "id": "text",
    "n": "bigint",
    "x": "double",
    "d": "decimal",
    "ok": "boolean",
    "at": "timestamp",
    "day": "date",
    "doc": "json",
}


def fill(session: Session) -> None:
    kinds = EVERY | {"_row_hash": "bigint", "_synced_at": "timestamp"}
    moment = datetime(2026, 3, 1, 12, 0, 0, 120, tzinfo=UTC)
    rows: list[tuple[Any, ...]] = [
        (
            "a,\"b'\n",
            2**63 - 1,
            0.1,
            Decimal("0.123456789"),
            True,
            moment,
            date(2026, 1, 2),
            '{"k": "ü"}',
            -1,
            T0,
        ),
        ("", None, None, None, None, None, None, None, 7, T0),
        ("NULL", -1, 1e300, Decimal(-5), False, T0, date(1, 1, 1), "[]", None, T0),
    ]
    land(session, "every", kinds, rows)
    columns = tuple(Column(name, kind) for name, kind in EVERY.items())
    session.apply("bossdesk", LANDING, TableLoad("every", ("id",), columns, T0, "1", landed=True))


def test_every_type_is_read_back_exactly(session: Session) -> None:
    fill(session)
    actual = session.rows("bossdesk", "every", list(EVERY)).sort_by("n")
    assert actual.schema.types == [
        pa.string(), pa.int64(), pa.float64(), pa.decimal128(38, 9), pa.bool_(), pa.timestamp("us", "UTC"),
        pa.date32(), pa.string(),
    ]  # fmt: skip
    last, first, empty = actual.to_pylist()
    assert (first["id"], first["n"], first["x"], first["d"]) == (
        "a,\"b'\n",
        2**63 - 1,
        0.1,
        Decimal("0.123456789"),
    )
    assert (first["at"].microsecond, first["day"], first["doc"]) == (120, date(2026, 1, 2), '{"k": "ü"}')
    assert (last["id"], last["ok"], last["at"], last["day"]) == ("NULL", False, T0, date(1, 1, 1))
    assert empty == dict.fromkeys(EVERY, None) | {"id": ""}


def test_rows_meet_every_condition(session: Session) -> None:
    fill(session)

    def actual(**where: Any) -> list[str]:
        return sorted(session.rows("bossdesk", "every", ["id"], where).column("id").to_pylist())

    assert actual(n=None) == [""]
    assert actual(id=["", "NULL", "none"]) == ["", "NULL"]
    assert actual(ok=True, day=date(2026, 1, 2)) == ["a,\"b'\n"]
    assert actual(id=[]) == []
    assert actual(id=5) == []
    assert session.rows("bossdesk", "absent", ["id"]).num_rows == 0
    assert session.rows("bossdesk", "every", ["id", "missing"], {"id": ""}).to_pylist() == [
        {"id": "", "missing": None}
    ]


def test_known_gives_keys_hashes_and_marks(session: Session) -> None:
    fill(session)
    deleted = pa.table({"id": [""]})
    columns = tuple(Column(name, kind) for name, kind in EVERY.items())
    session.apply("bossdesk", LANDING, TableLoad("every", ("id",), columns, T0, "2", deleted=deleted))
    actual = session.known("bossdesk", "every", ("id",), extra=["_synced_at", "_list_hash"]).sort_by("id")
    assert actual.column_names == ["id", "_row_hash", "_deleted_at", "_synced_at", "_list_hash"]
    assert [tuple(row.values()) for row in actual.to_pylist()] == [
        ("", 7, T0, T0, None),
        ("NULL", None, None, T0, None),
        ("a,\"b'\n", -1, None, T0, None),
    ]
    stored = session.catalogue("bossdesk")["every"]
    of_all = session.known_of_all("bossdesk", "every", ("id",), ["_synced_at", "_list_hash"], stored).sort_by(
        "id"
    )
    assert of_all.to_pylist() == [
        {"id": row, "_row_hash": row_hash, "_synced_at": T0, "_list_hash": 0, "_deleted_at": mark}
        for row, row_hash, mark in (("", 7, True), ("NULL", 0, None), ("a,\"b'\n", -1, None))
    ]
    part = session.known("bossdesk", "every", ("id",), keys=pa.table({"id": ["", "nope", ""]}))
    assert part.column("id").to_pylist() == [""]
    for none in (pa.array([5]), pa.nulls(0)):
        assert session.known("bossdesk", "every", ("id",), keys=pa.table({"id": none})).num_rows == 0
    assert session.count("bossdesk", "every") == (2, 1)


def test_known_of_a_table_that_does_not_exist_is_empty_and_typed(session: Session) -> None:
    keys = pa.table({"id": pa.array([1], pa.int64())})
    actual = session.known("bossdesk", "absent", ("id",), keys=keys)
    assert actual.schema == pa.schema(
        [("id", pa.int64()), ("_row_hash", pa.int64()), ("_deleted_at", pa.timestamp("us", "UTC"))]
    )
    assert session.known("nowhere", "absent", ("id",)).num_rows == 0


def test_known_of_many_rows_is_complete(session: Session) -> None:
    many = 100_001  # more than a part
    source = (
        f"range({many}) AS r(n)"
        if session.db.dialect.name == "duckdb"
        else f"generate_series(0, {many - 1}) AS r(n)"
    )
    kinds = {"id": "bigint", "title": "text", "_row_hash": "bigint", "_synced_at": "timestamp"}
    land(session, "tickets", kinds, [])
    session.db.execute(
        f"INSERT INTO \"{LANDING}\".tickets SELECT n, 'title', n * 7, {literal(T0)} FROM {source}"
    )
    columns = (Column("id", "bigint"), Column("title", "text"))
    load = TableLoad("tickets", ("id",), columns, T0, "1", landed=True)
    assert session.apply("bossdesk", LANDING, load).rows_written == many
    actual = session.known("bossdesk", "tickets", ("id",))
    assert (actual.num_rows, sum(actual.column("_row_hash").to_pylist())) == (
        many,
        7 * many * (many - 1) // 2,
    )
    stored = session.catalogue("bossdesk")["tickets"]
    of_all = session.known_of_all("bossdesk", "tickets", ("id",), ["title"], stored)
    assert sorted(
        zip(*(of_all.column(name).to_pylist() for name in ("id", "_row_hash", "title")), strict=True)
    ) == [(number, 7 * number, "title") for number in range(many)]
    assert of_all.column("_deleted_at").null_count == many
    half = session.known(
        "bossdesk", "tickets", ("id",), keys=pa.table({"id": pa.array(range(0, 2 * many, 2))})
    )
    assert half.num_rows == many // 2 + 1


def test_the_books_take_what_a_run_says(session: Session) -> None:
    row = {"run_id": "r1", "table_name": "tickets", "started_at": T0, "seconds": 1.5, "rows_read": 3}
    session.record(
        "bossdesk", [row | {"details": {"a": [1, "\x00", "\ud800"]}, "cursor_after": 17}, {"run_id": "r2"}]
    )
    session.quarantine(
        "bossdesk",
        [
            {"table_name": "t", "reason": f"no key {number}", "record": {"x": float("nan")}, "seen_at": T0}
            for number in (*range(501), 0, 1)
        ],
    )
    session.quarantine("bossdesk", [{"table_name": "t", "reason": "no key 7", "record": {"x": float("nan")}}])
    assert session.fetch(
        "SELECT run_id, started_at, seconds, rows_read, cursor_after FROM bossdesk._syncs ORDER BY 1"
    ) == [
        ("r1", T0, 1.5, 3, "17"),
        ("r2", None, None, None, None),
    ]
    assert session.fetch("SELECT count(*), min(CAST(record AS text)) FROM bossdesk._quarantine") == [
        (501, "\"{'x': nan}\"")
    ]
    session.quarantine(
        "bossdesk", [{"table_name": "u", "record": '{"a": [1]}'}, {"table_name": "v", "record": "{"}]
    )
    kept = (
        session.rows("bossdesk", "_quarantine", ["record"], {"table_name": ["u", "v"]})
        .column("record")
        .to_pylist()
    )
    assert sorted(kept) == ['"{"', '{"a": [1]}']
    with pytest.raises(ValueError, match="no column unknown"):
        session.record("bossdesk", [{"unknown": 1}])


def test_preparing_again_changes_nothing_and_adds_what_an_older_release_lacked(session: Session) -> None:
    before = session.catalogue("bossdesk")
    assert set(before) == {"_syncs", "_schema_changes", "_state", "_quarantine", *dlt_tables.TABLES}
    session.db.execute("ALTER TABLE bossdesk._syncs DROP COLUMN strategy")
    session.prepare("bossdesk")
    assert set(session.catalogue("bossdesk")["_syncs"]) == set(before["_syncs"])
    assert session.states("nowhere") == {}


def test_a_session_within_a_session_is_the_same_and_threads_take_turns(warehouse_url: str) -> None:
    warehouse = open_warehouse(warehouse_url)
    seen = []

    def count() -> None:
        with warehouse.session() as session:
            session.db.execute("INSERT INTO bossdesk.counted VALUES (1)")
            seen.append(session.fetch("SELECT 1"))

    with warehouse.session() as outer, warehouse.session() as inner:
        assert outer is inner
        outer.prepare("bossdesk")
        outer.db.execute("CREATE TABLE bossdesk.counted (n bigint)")
    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with warehouse.session() as session:
        assert session.fetch("SELECT count(*) FROM bossdesk.counted") == [(8,)]
    assert len(seen) == 8


@given(st.text())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_a_literal(session: Session, text: str) -> None:
    expected = "".join("\u2400" if c == "\0" else "\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
    assert session.fetch(f"SELECT {literal(text)}") == [(expected,)]


@pytest.mark.parametrize("value", [0, -5, 2**62, 1.5, -1e300, True, False, None, date(2026, 1, 2)])
def test_values_as_literals(session: Session, value: Any) -> None:
    assert session.fetch(f"SELECT {literal(value)}") == [(value,)]


def test_json_text_keeps_a_backslash_before_what_looks_like_nul() -> None:
    assert json_text({"a": "\\u0000\x00"}) == '{"a": "\\\\u0000\u2400"}'
    with pytest.raises(TypeError, match="no SQL literal for object"):
        literal(object())


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mysql://u:secret@h/d", "scheme 'mysql' is not known"),
        ("fieldhouse.duckdb", "no address"),
        ("duckdb://fieldhouse.duckdb", "path of the file is missing"),
        ("duckdb:///", "path of the file is missing"),
        ("duckdb:///:memory:", "not the path of a file"),
        ("duckdb:////nowhere/at/all/x.duckdb", "folder that does not exist"),
        ("duckdb:////tmp", "is a folder"),
        ("duckdb:////dev/null", "is not a file"),
        ("postgresql://u:secret@host", "database is missing"),
        ("postgresql://u@host/d", "password is missing"),
        ("postgresql://:secret@host/d", "user is missing"),
        ("postgresql://u:secret@/d", "host is missing"),
        ("postgresql://u:sec/ret@host:5432/d", "port is not a number"),
    ],
)
def test_a_bad_address_is_refused_without_its_password(url: str, reason: str) -> None:
    with pytest.raises(WarehouseSettingsError, match=reason) as refused:
        open_warehouse(url)
    assert "postgresql://user:password@" in str(refused.value)
    assert "secret" not in str(refused.value)
    assert not refused.value.retry


def test_addresses_are_shown_without_their_password(tmp_path: Path) -> None:
    postgres = open_warehouse(
        "postgres://me:sec%40ret@db.example:5433/stock?sslmode=require&sslpassword=secret"
    )
    assert (postgres.dialect.name, postgres.display) == (
        "postgres",
        "postgresql://me:***@db.example:5433/stock",
    )
    assert open_warehouse(f"duckdb:///{tmp_path}/x.duckdb").display == f"duckdb:///{tmp_path}/x.duckdb"


def test_a_server_that_is_not_there_is_said_after_all_attempts() -> None:
    pauses: list[float] = []
    warehouse = open_warehouse("postgresql://me:hunter2@127.0.0.1:1/stock", sleep=pauses.append)
    with pytest.raises(WarehouseUnreachable) as output, warehouse.session():
        pass
    assert output.value.retry
    assert "127.0.0.1:1, database stock does not answer" in str(output.value)
    assert pauses == [1.0, 2.0]
    assert "hunter2" not in str(output.value)


@pytest.mark.postgres
def test_a_database_that_does_not_exist_is_a_setting(postgres_url: str) -> None:
    warehouse = open_warehouse(postgres_url + "_absent")
    with pytest.raises(WarehouseSettingsError, match="does not exist"), warehouse.session():
        pass


@pytest.mark.postgres
def test_a_connection_that_breaks_off_can_be_tried_again(postgres_url: str) -> None:
    warehouse = open_warehouse(postgres_url)
    with pytest.raises(WarehouseUnreachable, match="Postgres: "), warehouse.session() as session:
        session.db.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    with warehouse.session() as session:
        assert session.fetch("SELECT 1") == [(1,)]


def test_a_refused_statement_says_so_without_a_rows_values(session: Session) -> None:
    kinds = {"id": "bigint", "_synced_at": "timestamp"}
    land(session, "tickets", kinds, [(None, T0), (2, T0)])
    # Postgres cannot tell our NOT NULL from one that users added, and says what to do about theirs
    messages = SchemaConflict if session.db.dialect.name == "postgres" else StatementFailed
    with pytest.raises(messages) as refused:
        session.apply(
            "bossdesk",
            LANDING,
            TableLoad("tickets", ("id",), (Column("id", "bigint"),), T0, "1", landed=True),
        )
    assert "\n" not in str(refused.value)
    assert "tickets" not in session.catalogue("bossdesk")


def test_an_error_of_the_callers_passes_unchanged(warehouse_url: str) -> None:
    with pytest.raises(KeyError), open_warehouse(warehouse_url).session():
        raise KeyError("mine")
    with (
        pytest.raises(WarehouseError, match="not a landing"),
        open_warehouse(warehouse_url).session() as session,
    ):
        session.drop_landing("x")
