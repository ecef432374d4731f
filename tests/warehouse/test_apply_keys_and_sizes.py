"""Loads with composite keys, unusual names, many columns and large rows, on both databases."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.errors import WarehouseError
from fieldhouse.warehouse.model import Child, Column
from fieldhouse.warehouse.session import Session
from tests.support.ticket_loads import apply, land_comments, land_tickets
from tests.support.warehouse.landed_rows import LANDING, T0, land


def test_a_load_that_says_landed_and_has_no_table_is_refused(session: Session) -> None:
    with pytest.raises(WarehouseError, match="nothing landed"):
        apply(session)
    assert "tickets" not in session.catalogue("bossdesk")


def test_composite_keys_and_their_children(session: Session) -> None:
    types = {"shift": "bigint", "member": "text", "_synced_at": "timestamp"}
    child = {
        "value": "text",
        "_parent_shift": "bigint",
        "_parent_member": "text",
        "_list_index": "bigint",
        "_synced_at": "timestamp",
    }
    given = {
        "name": "signups",
        "key": ("shift", "member"),
        "columns": (Column("shift", "bigint"), Column("member", "text")),
        "children": (
            Child("signups__notes", (Column("value", "text"),), ("_parent_shift", "_parent_member")),
        ),
    }
    land(session, "signups", types, [(1, "a", T0), (1, "b", T0)])
    land(session, "signups__notes", child, [("x", 1, "a", 0, T0), ("y", 1, "b", 0, T0)])
    assert apply(session, **given).rows_written == 2
    land(session, "signups", types, [(1, "a", T0)])
    land(session, "signups__notes", child, [])
    apply(session, **given)
    assert session.fetch("SELECT _parent_member, value FROM bossdesk.signups__notes") == [("b", "y")]


def test_names_that_need_quotes(session: Session) -> None:
    types = {'or"der': "bigint", "select": "text", "Grün %s": "text", "_synced_at": "timestamp"}
    land(session, 'ta"ble', types, [(1, "it's 100%", "x", T0)])
    columns = (Column('or"der', "bigint"), Column("select", "text"), Column("Grün %s", "text"))
    apply(session, name='ta"ble', key=('or"der',), columns=columns, children=(), state={"a'b": "100%\x00"})
    actual = session.rows(
        "bossdesk", 'ta"ble', ["select", "Grün %s"], {'or"der': [1, 2], "select": "it's 100%"}
    )
    assert actual.to_pylist() == [{"select": "it's 100%", "Grün %s": "x"}]
    assert session.states("bossdesk")['ta"ble'] == {"a'b": "100%\u2400"}


def test_three_hundred_columns(session: Session) -> None:
    columns = (Column("id", "bigint"), *(Column(f"field_{n}", "double") for n in range(300)))
    types = {column.name: column.type for column in columns} | {"_synced_at": "timestamp"}
    land(session, "wide", types, [(1, *map(float, range(300)), T0)])
    apply(session, name="wide", columns=columns, children=())
    assert session.rows("bossdesk", "wide", ["field_299"]).to_pylist() == [{"field_299": 299.0}]


def test_a_thousand_columns_of_two_thousand_rows(tmp_path: Path) -> None:
    """DuckDB takes up to a quarter of a MB for each column that it writes; a checkpoint that lacks it ends the file."""
    names = [f"field_{n}" for n in range(1000)]
    texts = pa.array([f"value {n % 997}" for n in range(2000)])
    rows = {"id": pa.array(range(2000)), "_synced_at": pa.array([T0] * 2000)}
    warehouse = open_warehouse(f"duckdb:///{tmp_path}/wide.duckdb")
    with warehouse.session() as session:
        session.prepare("bossdesk")
        session.land(LANDING, {"tickets": [pa.table({**rows, **dict.fromkeys(names, texts)})]})
        columns = (Column("id", "bigint"), *(Column(name, "text") for name in names))
        assert apply(session, columns=columns, children=()).rows_written == 2000
    with warehouse.session() as session:
        assert session.count("bossdesk", "tickets") == (2000, 0)


def test_what_takes_more_memory_than_was_thought_is_done_all_the_same(tmp_path: Path) -> None:
    warehouse = open_warehouse(f"duckdb:///{tmp_path}/small.duckdb")
    titles = pa.array([f"{n}" * 20 for n in range(50_000)])
    rows = {"id": pa.array(range(50_000)), "title": titles, "_synced_at": pa.array([T0] * 50_000)}
    with warehouse.session() as session:
        session.prepare("bossdesk")
        session.land(LANDING, {"tickets": [pa.table(rows)]})
        session.db.execute("SET memory_limit = '2MB'")
        with pytest.raises(duckdb.OutOfMemoryException), session.db.transaction():
            session.db.execute(
                f"CREATE TABLE bossdesk.copy AS SELECT * FROM {LANDING}.tickets ORDER BY title"
            )
        assert apply(session, children=()).rows_written == 50_000
        session.db.execute("SET memory_limit = '2MB'")
        assert len(session.rows("bossdesk", "tickets", ["title", "id"])) == 50_000


def test_postgres_has_an_index_on_the_keys(session: Session) -> None:
    land_tickets(session, (1, "one"))
    land_comments(session)
    apply(session)
    if session.db.dialect.name in ("duckdb", "ducklake"):
        assert session.fetch("SELECT count(*) FROM duckdb_indexes()") == [(0,)]
        return
    actual = session.fetch(
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'bossdesk' ORDER BY 1"
    )
    assert [(table, definition.partition("USING ")[2]) for table, definition in actual] == [
        ("tickets", "btree (id)"),
        ("tickets__comments", "btree (_parent_id)"),
    ]


def test_only_a_landing_schema_is_dropped(session: Session) -> None:
    land_tickets(session, (1, "one"))
    session.drop_landing(LANDING)
    session.drop_landing(LANDING)
    assert session.catalogue(LANDING) == {}
    with pytest.raises(WarehouseError, match="not a landing schema"):
        session.drop_landing("bossdesk")
