"""Long texts load on every warehouse, whatever memory DuckDB was given for ordinary rows."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.errors import StatementFailed
from fieldhouse.warehouse.model import Column, TableLoad
from fieldhouse.warehouse.session import Session

NOW = datetime(2026, 3, 1, tzinfo=UTC)
COLUMNS = (Column("id", "bigint", declared=True), Column("description", "text", declared=True))


def text(row: int, size: int) -> str:
    """Digits that no database compresses to little."""
    parts = (hashlib.sha512(f"{row} {part}".encode()).hexdigest() for part in range(size // 128 + 1))
    return "".join(parts)[:size]


@pytest.mark.parametrize(
    ("rows", "size"), [(300, 150_000), (50, 1_000_000), (12, 4_000_000), (1, 24_000_000)]
)
def test_long_texts_land_and_are_applied(rows: int, size: int, warehouse_url: str) -> None:
    if warehouse_url.startswith("ducklake:") and rows != 50:
        pytest.skip("a lake has no limit of memory of ours; one size is enough")
    with open_warehouse(warehouse_url).session() as session:
        session.prepare("notific")
        sent = [text(row, size) for row in range(rows)]
        tickets = pa.table({"id": range(rows), "description": sent, "_synced_at": [NOW] * rows})
        session.land("notific__landing", {"tickets": [tickets], "users": [pa.table({"id": [1]})]})
        load = TableLoad("tickets", ("id",), COLUMNS, NOW, "1", landed=True)
        assert session.apply("notific", "notific__landing", load).rows_written == rows
        stored = dict(session.fetch("SELECT id, md5(description) FROM notific.tickets"))
        assert stored == {
            row: hashlib.md5(sent[row].encode(), usedforsecurity=False).hexdigest() for row in range(rows)
        }


@pytest.mark.parametrize(
    ("columns", "rows", "size", "slices"), [(1, 3_300, 3_000, 6), (1, 30_000, 300, 4), (3, 6_600, 1_000, 3)]
)
def test_texts_of_many_rows_are_applied_slice_by_slice(
    columns: int, rows: int, size: int, slices: int, tmp_path: Path
) -> None:
    """To compress a column, a checkpoint of DuckDB needs room for all its texts of a row group of 122,880 rows."""
    sent = [text(row, size) for row in range(500)]
    names = [f"c{number}" for number in range(columns)]
    declared = (COLUMNS[0], *(Column(name, "text", declared=True) for name in names))
    warehouse = open_warehouse(f"duckdb:///{tmp_path}/w.duckdb")
    with warehouse.session() as session:
        session.prepare("notific")
        for part in range(slices):
            texts = {
                name: [sent[(row + part + place) % 500] for row in range(rows)]
                for place, name in enumerate(names)
            }
            ids = range(part * rows, (part + 1) * rows)
            session.land(
                "notific__landing", {"tickets": [pa.table({"id": ids, **texts, "_synced_at": [NOW] * rows})]}
            )
            load = TableLoad("tickets", ("id",), declared, NOW, str(part), landed=True)
            assert session.apply("notific", "notific__landing", load).rows_written == rows
            session.db.execute('DROP TABLE "notific__landing"."tickets"')
    assert not (tmp_path / "w.duckdb.wal").exists()
    with warehouse.session() as session:
        counted = session.fetch("SELECT count(*), sum(length(c0)), count(DISTINCT c0) FROM notific.tickets")
    assert counted == [(rows * slices, rows * slices * size, 500)]


@pytest.mark.postgres
def test_what_exceeds_a_limit_of_postgres_is_no_reason_to_try_again(postgres_url: str) -> None:
    with open_warehouse(postgres_url).session() as session:
        wide = pa.table({f"c{number}": [number] for number in range(1_601)})
        with pytest.raises(StatementFailed, match="at most 1600 columns"):
            session.land("notific__landing", {"tickets": [wide]})


def test_a_session_is_usable_after_a_landing_that_failed(session: Session) -> None:
    """A long text fails in an aborted transaction at first; what is told is its own reason."""
    session.land("notific__landing", {"t": [pa.table({"id": [1]})]})
    with pytest.raises(StatementFailed, match="already exists"):
        session.land("notific__landing", {"u": [pa.table({"id": [2]})], "t": [pa.table({"id": [2]})]})
    assert "u" not in session.catalogue("notific__landing")
    session.land("notific__landing", {"u": [pa.table({"id": [3]})]})
    rows = session.fetch("SELECT id FROM notific__landing.t UNION ALL SELECT id FROM notific__landing.u")
    assert sorted(rows) == [(1,), (3,)]
