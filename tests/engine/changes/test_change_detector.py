"""Change detection: passes on the records that are new or differ from their stored row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from fieldhouse.sources.engine.changes.change_detector import ChangeDetector
from fieldhouse.sources.engine.changes.known_rows import StoredRows
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.parent_keys import ParentKeys, RunRecords
from fieldhouse.sources.engine.changes.records import RecordPage
from fieldhouse.sources.engine.errors import VendorChanged
from fieldhouse.sources.engine.http.pagination import Single
from fieldhouse.sources.engine.normalize.normalizer import Frames, Normalizer
from fieldhouse.sources.engine.spec.incremental import Incremental, ServerTime
from fieldhouse.sources.engine.spec.reads import Part, Record
from fieldhouse.sources.engine.spec.row import Bool, Int, Row, Text, Timestamp
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.engine.spec.vendor import Vendor

from .stored import NOW, known


class Ticket(Row):
    id: Int
    title: Text
    is_gone: Bool
    updated_at: Timestamp


PLAIN = Table(
    name="tickets",
    path="tickets",
    row=Ticket,
    incremental=Incremental(params=lambda cursor: {}, cursor_field="updated_at"),
)
FLAGGED = replace(PLAIN, deletes="deleted-flag", flag="is_gone")


class Warehouse:
    """Holds records as they would be stored."""

    def __init__(self, *records: Record, deleted: tuple[int, ...] = ()) -> None:
        self.rows = [
            {"id": record["id"], "hash": row_hash(record), "deleted": record["id"] in deleted}
            for record in records
        ]

    def known(self, table: Table, keys: pa.Table | None, extra: Any) -> pa.Table:
        wanted = None if keys is None else set(keys.column("id").to_pylist())
        return known([row for row in self.rows if wanted is None or row["id"] in wanted], *extra)

    def values(self, table: str, column: str, where: tuple[str, Any] | None) -> list[Any]:
        return [row[column] for row in self.rows]


def row_hash(record: Record) -> int:
    return int(Normalizer("tickets", ("id",), Ticket).hashes([record])[0].as_py())


class Taken:
    """A detector, and the ids that it has handed over."""

    def __init__(self, warehouse: Warehouse, table: Table = PLAIN, **options: Any) -> None:
        self.ids: list[int] = []
        vendor = Vendor(
            name="desk",
            title="Desk",
            tables=(table,),
            settings=object,
            connect=lambda settings: None,  # type: ignore[arg-type,return-value]
            pager=Single(),
        )
        normalizer = Normalizer("tickets", ("id",), Ticket)
        self.outcome = Outcome("tickets")
        self.stored = StoredRows(warehouse, table, [])
        self.detector = ChangeDetector(
            table,
            Options(**options),
            self.outcome,
            normalizer,
            server_time=ServerTime(NOW),
            stored=self.stored,
            parent_keys=ParentKeys(vendor, table, normalizer, RunRecords()),
            sink=self._take,
            cursor=None,
        )

    def _take(self, name: str, frames: Frames) -> None:
        self.ids += frames.tables[name].column("id").to_pylist()

    def take(self, *records: Any, full_scan: bool = False, priority: int = 0) -> list[int]:
        page = RecordPage(list(records), 0, priority=priority)
        rows, index = self.detector.match(self.detector.incoming(page), full_scan=full_scan)
        self.detector.keep_changed(rows, index)
        self.detector.flush()
        taken, self.ids = self.ids, []
        return taken


def ticket(id: int, title: str = "a", **more: Any) -> Record:
    return {"id": id, "title": title, **more}


def test_new_and_changed_rows_are_handed_over_and_equal_ones_are_not() -> None:
    taken = Taken(Warehouse(ticket(1), ticket(2)))
    assert taken.take(ticket(1), ticket(2, "b"), ticket(3)) == [2, 3]
    assert taken.outcome.rows_written == 2


def test_a_row_that_is_stored_as_deleted_comes_back() -> None:
    assert Taken(Warehouse(ticket(1), deleted=(1,))).take(ticket(1)) == [1]


def test_a_full_scan_marks_what_it_has_seen() -> None:
    taken = Taken(Warehouse(ticket(1), ticket(2)))
    index = taken.stored.index()
    taken.detector.begin_full_scan(index)
    taken.take(ticket(1), full_scan=True)
    assert index.keys(index.missing()).to_pylist() == [{"id": 2}]
    taken.detector.begin_full_scan(index)
    assert len(index.missing()) == 2


def test_the_first_read_of_a_union_wins() -> None:
    taken = Taken(Warehouse(), replace(PLAIN, parts=(Part(), Part())))
    taken.detector.begin_full_scan(taken.stored.index())
    assert taken.take(ticket(1, "first"), full_scan=True) == [1]
    assert taken.take(ticket(1, "second"), ticket(2), full_scan=True, priority=1) == [2]


def test_the_cursor_follows_the_newest_believable_time() -> None:
    taken = Taken(Warehouse())
    taken.take(ticket(1, updated_at="2026-11-01T10:00:00Z"), ticket(2, updated_at="2999-01-01T00:00:00Z"))
    assert f"{taken.detector.cursor}" == "2026-11-01 10:00:00+00:00"
    taken.take(ticket(3, updated_at="2026-10-01T10:00:00Z"))
    assert f"{taken.detector.cursor}" == "2026-11-01 10:00:00+00:00"


@pytest.mark.parametrize("bad", [{"title": "no key"}, {"id": None}, {"id": 1.5}, 7, None, []])
def test_a_record_without_a_usable_key_is_quarantined(bad: Any) -> None:
    taken = Taken(Warehouse())
    assert taken.take(ticket(1), bad) == [1]
    assert taken.outcome.rows_quarantined == taken.detector.unkeyed == len(taken.outcome.quarantined) == 1


def test_a_table_of_records_without_keys_is_refused() -> None:
    taken = Taken(Warehouse(), max_quarantine_share=0.5)
    taken.take(ticket(1), {}, {})
    with pytest.raises(VendorChanged, match="2 of 3 records have no usable key"):
        taken.detector.refuse_bad_table(1)
    taken.detector.refuse_bad_table(1000)


GONE = ticket(1, is_gone=True)


@pytest.mark.parametrize(
    ("deletes", "warehouse", "handed_over", "flagged"),
    [
        ("soft", Warehouse(), [1], [(1,)]),
        ("soft", Warehouse(GONE, deleted=(1,)), [], [(1,)]),
        ("soft", Warehouse(GONE), [], [(1,)]),
        ("hard", Warehouse(), [], []),
        ("hard", Warehouse(ticket(1)), [], [(1,)]),
        ("ignore", Warehouse(), [1], []),
        ("ignore", Warehouse(GONE, deleted=(1,)), [], [(1,)]),
    ],
)
def test_rows_that_the_vendor_calls_deleted(
    deletes: str, warehouse: Warehouse, handed_over: list[int], flagged: list[tuple[int]]
) -> None:
    taken = Taken(warehouse, FLAGGED, deletes=deletes)
    assert taken.take(GONE) == handed_over
    assert taken.detector.flagged == flagged


def test_records_are_reshaped_with_the_stamp_of_their_read() -> None:
    def split(record: Record, server_time: ServerTime) -> list[Record]:
        return [{"id": record["id"] * 10 + part, "title": record["site"]} for part in range(2)]

    taken = Taken(Warehouse(), replace(PLAIN, reshape=split))
    page = RecordPage([{"id": 1}], 0, stamp={"site": "north"})
    assert taken.detector.reshaped(page) == [{"id": 10, "title": "north"}, {"id": 11, "title": "north"}]
    assert taken.detector.keys_of(page) == ([10, 11], True)
