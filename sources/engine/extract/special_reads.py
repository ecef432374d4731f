"""Reads beside the usual ones: days once more, named rows, and rows that stand inside those of other tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fieldhouse.sources.engine.changes.cursor_time import day, merged
from fieldhouse.sources.engine.errors import DeleteGuard

from .requests import DAY, Piece
from .single_rows import Key, days_of, held_of, pieces_of

if TYPE_CHECKING:
    from .table_reader import TableReader


def backfill(reader: TableReader) -> None:
    """One window again, merged; neither cursor nor sweep moves."""
    options, now = reader.run.options, reader.run.server_time.now
    first, last = options.since or now - timedelta(days=731), options.until or now
    reader.outcome.strategy = "backfill"
    reader.outcome.note("backfill: the cursor stays where it is")
    if reader.table.window:
        reader.change_detector.process(reader.requests.between(first, last), complete=False)
        _cover(reader, first, last)
    elif reader.filter_check.reaches(first):
        reader.detail_policy.asked_again = True
        reader.change_detector.process(reader.requests.changed_since(first), complete=False)
    else:
        reader.change_detector.process(reader.requests.everything(), complete=False)


def _cover(reader: TableReader, first: datetime, last: datetime) -> None:
    """Let later scans cover the days of a backfill as well: else its rows would be missing from them."""
    before = reader.requests.first_day() - DAY
    if first > before:
        return
    windows = [(day(first), day(min(last, before))), *reader.requests.backfilled]
    reader.outcome.state = {
        **reader.state,
        "windows": [[start.isoformat(), end.isoformat()] for start, end in merged(windows)],
    }


def read_some(reader: TableReader, keys: Sequence[Key]) -> None:
    """The named rows alone; neither cursor nor sweep moves."""
    reader.outcome.strategy = "some"
    held = reader.change_detector.stored = held_of(
        reader.run, reader.table, keys, reader.extra_known_columns()
    )
    reader.change_detector.process(pieces_of(reader.requests, keys), complete=True)
    if gone := held.missing():
        reader.change_detector.process(days_of(reader.requests, held, gone), complete=True)
    gone = reader.delete_detector.missing(held)
    live = reader.stored_rows().live if gone else 0
    if gone and reader.delete_detector.too_many(len(gone), live):
        raise DeleteGuard(
            f"{len(gone):,} of {live:,} rows were said to be deleted: none was marked",
            do="The next sync looks at the whole table.",
        )
    reader.outcome.deleted = held.keys(gone) if gone else None
    reader.outcome.rows_deleted = len(gone)


def take_finds(reader: TableReader) -> None:
    """The rows that this run has seen inside the records of other tables."""
    rows = list(reader.run.embedded_records.get(reader.table.name, {}).values())
    for found in reader.table.embedded_in:
        reader.run.needs(found.table)
    if not rows:
        places = " or ".join(f"{found.field} in {found.table}" for found in reader.table.embedded_in)
        reader.outcome.note(f"the vendor sent no {places}: what was seen before stays")
    reader.change_detector.stored = reader.stored_rows()
    reader.change_detector.process([Piece(rows, reader.run.now())], complete=True)
