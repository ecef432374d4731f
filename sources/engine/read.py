"""Reads one table: chooses how, proves the filter, drops what did not change, finds what is gone.

The order is the promise: a filter is proven before a cursor relies on it, rows are compared with what the warehouse
holds before they are written, and deletes come last, from a scan that is known to be whole.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil
from string import Formatter
from typing import Any

import pyarrow as pa

from .asks import DAY, Asking, Piece, Whole
from .columns import Column, Shaper
from .details import Details
from .errors import (
    Denied,
    FixSettings,
    NoSuchRead,
    NotFound,
    SourceError,
    Suspicious,
    Unsteady,
    VendorChanged,
)
from .fallback import Fallback
from .ledger import Ledger, key_numbers
from .paging import Ask
from .run import Outcome, Run
from .sighting import Sighting
from .some import Key, days_of, held_of, pieces_of
from .table import Record, Since, Table
from .times import believable, day, instant, merged, moment_of, newest, stamp

CHUNK = 3000
"""Records that are compared and converted together."""
RESUMABLE = 100
"""So many details and more make a first read worth being taken up again."""
FIRST_CHANGE, AHEAD = datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=366)
"""Between these, the last from now on, the newest change is looked for."""
DRIFT = timedelta(minutes=1)
"""Two clocks may so much disagree on how much time has passed."""
CONFIRM_AT_MOST = 100
"""So many missing rows are asked for by their own URL; of more, so many that a second scan misses too."""


class TableReader:
    """Reads one table of one run. ``read`` never raises a ``SourceError``: it stands in the outcome."""

    def __init__(self, run: Run, table: Table) -> None:
        self.run, self.table = run, table
        self.state = dict(run.states.get(table.name, {}))
        self.outcome = Outcome(table.name, strategy=table.strategy, cursor_before=self.state.get("cursor"))
        self.asking = Asking(run, table, self.outcome)
        options = run.options
        self.shaper = Shaper(
            table.name,
            table.key,
            table.row,
            drop=options.drop,
            mask=options.mask,
            salt=options.salt,
            needed=run.vendor.relied_on(table),
        )
        again = self.asking.counted if table.detail and table.detail.every == "sync" else self._counted_once
        self.details = Details(run, table, again) if table.detail else None
        self.fallback = Fallback(run, table, self.outcome, self.asking.counted)
        self.ledger: Ledger | None = None
        self.cursor = instant(self.state.get("cursor"))
        self._asked_at: datetime | None = None
        self._asked_here: datetime | None = None
        self._set_back = timedelta(0)
        self._union: set[int] = set()
        self.sighting = Sighting()
        self._since: datetime | None = None
        self._flagged: list[tuple[Any, ...]] = []
        self._waiting: list[tuple[Record, int, int, int | None]] = []
        self._touched: list[int] = []
        self._newer: set[int] | None = None
        self._detailed: dict[int, int] = {}
        self._trusts_list = self._asked_again = False
        self._once = self._unsettled = 0
        self._judged = self._bad = 0
        self._cost: dict[str, Any] = {}
        self._started = time.monotonic()

    def _counted_once(self) -> None:
        """Count a request that the next run need not repeat, though nothing changes."""
        self.asking.counted()
        with self.run.lock:
            self._once += 1

    @property
    def _repeated(self) -> int:
        return self.outcome.requests - self._once

    def read(self) -> Outcome:
        self._started = time.monotonic()
        self.outcome.progress = "reading"
        try:
            self._read()
            self._refuse_bad_table(1)
            self._refuse_denied_details()
        except SourceError as error:
            self.outcome.error = error.at(f"{self.run.account}.{self.table.name}")
            self.outcome.status = error.status
            if not error.keeps_rows:
                self._not_read(error)
        return self._done()

    def stopped(self, error: Exception) -> Outcome:
        """The outcome where something else than a ``SourceError`` stopped the reading: a defect."""
        self.outcome.error, self.outcome.status = error, "failed"
        self._not_read(
            SourceError(f"{self.table.name} met a defect: {type(error).__name__}", do="Run it with --debug.")
        )
        return self._done()

    def _not_read(self, why: SourceError) -> None:
        self.outcome.state = None
        self.outcome.deleted = None
        self.outcome.touched = None
        self.run.failed[self.table.name] = why

    def _done(self) -> Outcome:
        self.outcome.seconds = time.monotonic() - self._started
        self.outcome.progress = "done"
        return self.outcome

    # --- how -----------------------------------------------------------------------------------------------

    def _read(self) -> None:
        if keys := self.run.options.some.get(self.table.name):
            self._read_some(keys)
        elif self.table.found:
            self._take_finds()
        elif self.run.options.backfill:
            self._backfill()
        elif self._by_filter():
            self._read_changes()
        else:
            self._read_everything()

    def _by_filter(self) -> bool:
        """Whether this run may rely on the table's filter; proves it, and says why not."""
        since = self.table.since
        if since is None:
            return False
        honoured = self._honoured(since)
        self._note_clocks()
        if not honoured:
            self.outcome.filter_proven = False
            self.outcome.note("the vendor ignores the filter: all rows were read and compared")
            return False
        self.outcome.filter_proven = True if since.prove else None
        return self.cursor_helps()

    def _honoured(self, since: Since) -> bool:
        return not since.prove or self.proven()

    def _note_clocks(self) -> None:
        """What the vendor's clock shows; how far it was set back since the last read, by the time that passed here."""
        self._asked_at, self._asked_here = self.run.client.transport.date, moment_of(self.run.now())
        before, here = instant(self.state.get("asked_at")), instant(self.state.get("asked_here"))
        if before and here and self._asked_at:
            back = before + (self._asked_here - here) - self._asked_at
            self._set_back = back if back > DRIFT else timedelta(0)

    def cursor_helps(self) -> bool:
        """Whether there is a cursor that the vendor's filter can start from; says why not."""
        since, cursor = self.table.since, self.cursor
        if since is None or cursor is None or self.run.options.full:
            return False
        if self.state.get("shape", self.shaper.rules) != self.shaper.rules:
            self.outcome.note("columns are declared or hidden otherwise than before: all rows were read")
            return False
        if not believable(cursor, self.run.moment.now):
            self.outcome.note(f"the kept cursor {stamp(cursor)} lies in the far future: all rows were read")
            return False
        if self._reaches_further_back():
            self.outcome.note("start_date lies before the days that were read so far: all rows were read")
            return False
        age = self.run.moment.now - self.start(since, cursor) - since.overlap
        if since.max_age and age > since.max_age:
            days = age.days
            self.outcome.note(
                f"the cursor is {days} days old, the vendor looks back {since.max_age.days + 1}: all rows were read"
            )
            return False
        return True

    def _reaches_further_back(self) -> bool:
        kept = instant(self.state.get("from"))
        return bool(self.table.window and kept and self.asking.first_day() < kept)

    def proven(self) -> bool:
        """Whether the vendor honours the table's filter, asked with one page."""
        return self.asking.proven(self._counted_once)

    def _none_since(self, cursor: datetime) -> bool:
        return self.asking.none_since(cursor, self._counted_once)

    def sweep_due(self) -> bool:
        """Whether this run looks for deletes: it was asked to, it is time to, or a first read was cut off."""
        options = self.run.options
        if self.state.get("filling"):
            return True
        swept = instant(self.state.get("swept_at"))
        if options.sweep or swept is None:
            return True
        age = self.outcome.started_at - swept
        return age >= options.sweep_every

    # --- the three ways ------------------------------------------------------------------------------------

    def _read_changes(self) -> None:
        """Only what the filter returns; keys of the whole table as well, where a sweep is due."""
        since, cursor = self.table.since, self.cursor
        assert since is not None
        assert cursor is not None
        if self.sweep_due() and self.details is None:
            self.outcome.note("swept for deletes")
            return self._read_everything()
        self._since, before = cursor, self._repeated
        self._consume(self.asking.changed_since(self.start(since, cursor)), complete=False)
        self._cost["changes"] = self._repeated - before
        self._save(swept=False)
        if self.sweep_due():
            self.outcome.note("swept for deletes")
            self._trusts_list = True
            self._read_everything()
        return None

    def start(self, since: Since, cursor: datetime) -> datetime:
        """From when on changes are asked for: what the last read cannot have seen, by the vendor's own clock.

        That is the overlap and the time that it took before the cursor; or before the moment when it asked, where the
        cursor lies ahead of the vendor's clock; and as much earlier as that clock was set back since.
        """
        asked_at = instant(self.state.get("asked_at")) or cursor
        lag = timedelta(seconds=self.state.get("lag", 0))
        return min(cursor, asked_at) - since.overlap - lag - self._set_back

    def _settled(self, stored: datetime | None) -> bool:
        """A detail that the filter returns again and that holds the time ``stored`` is sure to be current.

        A version with a time up to the cursor may become visible as late as an overlap after that time; the last
        read asked later than this for every such time. At the cursor itself a second is enough: times only move up,
        and the rows that moved beyond it have been asked for.
        """
        since, cursor = self.table.since, self._since
        assert since is not None
        assert cursor is not None
        asked_at = instant(self.state.get("asked_at"))
        if stored is None or asked_at is None or self._set_back or stored < self.start(since, cursor):
            return False
        return asked_at - cursor > (timedelta(seconds=1) if stored == cursor else since.overlap)

    def _changed_after(self, cursor: datetime) -> set[int]:
        """Keys of rows changed after the cursor: of the rest that the overlap returns, only late ones need a detail."""
        if self._newer is None:
            self._newer = set()
            for piece in self.asking.changed_since(cursor + timedelta(milliseconds=1)):
                good, _ = self.shaper.split(list(self._shaped(piece)))
                self._newer.update(key_numbers(self.shaper.keys(good)))
        return self._newer

    def _newest(self) -> datetime | None:
        """The newest change that the vendor has, found by halving: where a long first read may be taken up again.

        Whatever changes after this moment carries a later time, so a run that is cut off knows what it need not repeat.
        """
        low, high = FIRST_CHANGE, self.run.moment.now + AHEAD
        if self._none_since(low):
            return None
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) / 2
            low, high = (low, middle) if self._none_since(middle) else (middle, high)
        return low

    def _read_everything(self) -> None:
        self.ledger = self._ledger()
        for attempt in range(3):
            self._union.clear()
            self.sighting = Sighting()
            self.ledger.forget_seen()
            self._flagged.clear()
            before, rows, self._unsettled = self._repeated, self.outcome.rows_read, 0
            self._judged = self._bad = 0
            self._consume(self.asking.everything(), complete=True)
            whole, moved_up = self.asking.whole, self._rows_moved_up()
            self._cost |= {
                "scan": self._repeated - before - sum(verdict.beyond for verdict in whole.verdicts),
                "rows": self.outcome.rows_read - rows,
                "pages": self._pages_of(whole),
                "unsettled": self._unsettled,
            }
            if moved_up:
                continue
            if not whole.total_differs:
                break
            if attempt:
                self.outcome.note("the vendor's total differs from the rows that it lists; two scans agree")
                break
        else:
            self._save(swept=False)
            self._refuse_unsteady()
            return
        self._find_deleted()
        self._save(swept=True)

    def _refuse_unsteady(self) -> None:
        """Rows may be missing: only a filter that finds every change since a whole scan makes that harmless."""
        if not (self.outcome.filter_proven and self.state.get("swept_at")):
            raise Unsteady(
                "rows moved between pages during three scans, so that some may not have been seen; "
                "those that were seen are loaded, none was marked deleted",
                do="Run the sync again, at a quieter time if it comes back.",
            )
        self.outcome.note("rows moved between pages during three scans: no deletes were inferred")

    def _pages_of(self, whole: Whole) -> list[int]:
        """Pages with rows of each read, where each is one list of numbered pages."""
        if not self.asking.pager.numbered or self.table.window or self.table.each:
            return []
        return [max(1, verdict.pages - 1) for verdict in whole.verdicts]

    def _rows_moved_up(self) -> bool:
        """Look at some pages again: rows that moved up during the scan hide others from it."""
        if not (self.asking.whole.paged and self.asking.pager.numbered and len(self.table.reads) == 1):
            return False
        for number in self.sighting.second_look():
            records = self.asking.page_again(number)
            good, bad = self.shaper.split(list(self._shaped(Piece(records, 0))))
            if bad or not good or self.sighting.moved_up(number, key_numbers(self.shaper.keys(good))):
                self.outcome.note("rows moved up between pages while they were read: they were read again")
                return True
        return False

    def _backfill(self) -> None:
        """One window again, merged; neither cursor nor sweep moves."""
        options, now = self.run.options, self.run.moment.now
        first, last = options.since or now - timedelta(days=731), options.until or now
        self.outcome.strategy = "backfill"
        self.outcome.note("backfill: the cursor stays where it is")
        if self.table.window:
            self._consume(self.asking.between(first, last), complete=False)
            self._cover(first, last)
        elif self._reaches(first):
            self._asked_again = True
            self._consume(self.asking.changed_since(first), complete=False)
        else:
            self._consume(self.asking.everything(), complete=False)

    def _read_some(self, keys: Sequence[Key]) -> None:
        """The named rows alone; neither cursor nor sweep moves."""
        self.outcome.strategy = "some"
        self.ledger = held_of(self.run, self.table, keys, self._extra())
        self._consume(pieces_of(self.asking, keys), complete=True)
        if gone := self.ledger.missing():
            self._consume(days_of(self.asking, self.ledger, gone), complete=True)
        gone = self._gone(self.ledger)
        live = self._ledger().live if gone else 0
        if gone and self._too_many(len(gone), live):
            raise Suspicious(
                f"{len(gone):,} of {live:,} rows were said to be deleted: none was marked",
                do="The next sync looks at the whole table.",
            )
        self.outcome.deleted = self.ledger.keys(gone) if gone else None
        self.outcome.rows_deleted = len(gone)

    def _reaches(self, first: datetime) -> bool:
        """The table has a filter that is honoured, and the vendor does not cut off what it asks for."""
        since = self.table.since
        if since is None or (since.max_age and self.run.moment.now - first > since.max_age):
            return False
        return self._honoured(since)

    def _cover(self, first: datetime, last: datetime) -> None:
        """Let later scans cover the days of a backfill as well: else its rows would be missing from them."""
        before = self.asking.first_day() - DAY
        if first > before:
            return
        windows = [(day(first), day(min(last, before))), *self.asking.backfilled]
        self.outcome.state = {
            **self.state,
            "windows": [[start.isoformat(), end.isoformat()] for start, end in merged(windows)],
        }

    def _take_finds(self) -> None:
        rows = list(self.run.finds.get(self.table.name, {}).values())
        for found in self.table.found:
            self.run.needs(found.table)
        if not rows:
            places = " or ".join(f"{found.field} in {found.table}" for found in self.table.found)
            self.outcome.note(f"the vendor sent no {places}: what was seen before stays")
        self.ledger = self._ledger()
        self._consume(iter([Piece(rows, self.run.now())]), complete=True)
        self._save(swept=True)

    # --- the way of a record -------------------------------------------------------------------------------

    def _ledger(self, keys: Any = None) -> Ledger:
        return Ledger(self.table.key, self.run.memory.known(self.table, keys, self._extra()))

    def _extra(self) -> list[str]:
        """What has to be known of the rows beside their keys and hashes."""
        extra = ["_list_hash", "_synced_at"] if self.details else []
        since = self.table.since
        if since and since.column:
            extra.append(since.column)
        if self.table.each and self.table.each.stamp:
            extra.append(self.table.each.stamp)
        if self.table.window and self.table.window.field:
            extra += filter(None, [self.table.window.field, self.table.window.unsettled])
        extra += self._confirm_columns()
        return [column for column in dict.fromkeys(extra) if column not in self.table.key]

    def _consume(self, pieces: Iterable[Piece], *, complete: bool) -> None:
        """Compare, convert and hand over what changed, ``CHUNK`` records at a time."""
        pending: list[tuple[Record, int, int]] = []
        for found in pieces:
            piece = self.fallback.completed(found)
            self.outcome.rows_read += len(piece.records)
            shaped = list(self._shaped(piece))
            self.sighting.page_ends(len(shaped))
            pending.extend((record, piece.read_at, piece.rank) for record in shaped)
            if len(pending) >= CHUNK:
                self._chunk(pending, complete)
                pending = []
        if pending:
            self._chunk(pending, complete)
        self._flush()

    def _shaped(self, piece: Piece) -> Iterator[Record]:
        shape, moment = self.table.shape, self.run.moment
        for record in piece.records:
            if isinstance(record, dict) and piece.stamp:
                record = {**record, **piece.stamp}
            if shape is None or not isinstance(record, dict):
                yield record
            else:
                yield from shape(record, moment)

    def _chunk(self, pending: list[tuple[Record, int, int]], complete: bool) -> None:
        good, bad = self.shaper.split([record for record, _, _ in pending])
        self._judged += len(pending)
        if bad:
            self._put_aside(bad)
            rejected = {id(record) for _, record in bad}
            pending = [entry for entry in pending if id(entry[0]) not in rejected]
        if not good:
            return
        keys = self.shaper.keys(good)
        numbers = key_numbers(keys)
        self.sighting.add(numbers)
        ledger = self.ledger if complete and self.ledger is not None else self._ledger(keys)
        fresh = self._first_of_union(pending, numbers, ledger)
        self._remember(fresh)
        if self.details is None:
            self._keep_changed(fresh, ledger)
        else:
            self._keep_detailed(fresh, ledger)

    def _put_aside(self, bad: Sequence[tuple[str, Any]]) -> None:
        self._bad += len(bad)
        self.outcome.rows_quarantined = max(self.outcome.rows_quarantined, self._bad)
        self.outcome.quarantined.extend((reason, self.shaper.pruned(record)) for reason, record in bad)
        self._refuse_bad_table(CHUNK)

    def _refuse_bad_table(self, enough: int) -> None:
        """Stop where too many of at least ``enough`` records have no place in the table."""
        limit = self.run.options.max_quarantine_share
        if self._judged >= enough and self._bad > limit * self._judged:
            raise VendorChanged(
                f"{self._bad:,} of {self._judged:,} records have no usable key, more than "
                f"max_quarantine_share {limit:.0%}; they stand in _quarantine with the reason",
                do="See whether the vendor changed the table's key; rows without one cannot be told apart.",
            )

    def _first_of_union(
        self, pending: Sequence[tuple[Record, int, int]], numbers: Sequence[int], ledger: Ledger
    ) -> list[tuple[Record, int, int]]:
        """(record, read at, key number); a row that an earlier read of the union gave is left out."""
        fresh = []
        several = len(self.table.reads) > 1
        for (record, read_at, rank), number in zip(pending, numbers, strict=True):
            ledger.see(number)
            if several and number in self._union and rank:
                continue
            if several:
                self._union.add(number)
            fresh.append((record, read_at, number))
            if self._is_flagged(record) and self.run.options.deletes != "ignore":
                self._flagged.append(tuple(record.get(column) for column in self.table.key))
        return fresh

    def _is_flagged(self, record: Record) -> bool:
        """The vendor itself says that the row is deleted."""
        return bool(self.table.flag and record.get(self.table.flag))

    def _remember(self, fresh: Sequence[tuple[Record, int, int]]) -> None:
        """Keep what child and derived tables of this run need to know of these rows."""
        run, table = self.run, self.table
        if run.is_parent(table.name):
            columns = {
                other.each.where[0]
                for other in run.vendor.tables
                if other.each and other.each.parent == table.name and other.each.where
            }
            roster = run.rosters.setdefault(table.name, {})
            keys = self.shaper.keys([record for record, _, _ in fresh]).column(0).to_pylist()
            for key, (record, _, _) in zip(keys, fresh, strict=True):
                gone = self._is_flagged(record)
                matches = {column: record.get(column) for column in columns}
                roster[key] = {"gone": gone, "flagged": gone, "matches": matches}
        for name, field in run.found_in(table.name):
            finds = run.finds.setdefault(name, {})
            for record, _, _ in fresh:
                inner = record.get(field)
                for item in inner if isinstance(inner, list) else [inner]:
                    if isinstance(item, dict) and isinstance(item.get("id"), int | str):
                        finds[item["id"]] = item

    def _keep_changed(self, fresh: Sequence[tuple[Record, int, int]], ledger: Ledger) -> None:
        records = [record for record, _, _ in fresh]
        hashes = self.shaper.hashes(records).to_pylist() if records else []
        self._advance(records)
        for (record, read_at, number), row_hash in zip(fresh, hashes, strict=True):
            place = ledger.find(number)
            if ledger.same(place, row_hash):
                continue
            if self._is_flagged(record) and ledger.same_but_deleted(place, row_hash):
                continue
            self._waiting.append((record, read_at, row_hash, None))
        if len(self._waiting) >= CHUNK:
            self._flush()

    def _keep_detailed(self, fresh: Sequence[tuple[Record, int, int]], ledger: Ledger) -> None:
        """Fetch the details that are needed, unite them with their list rows, keep those that changed."""
        details = self.details
        assert details is not None
        list_hashes = self.shaper.hashes([record for record, _, _ in fresh]).to_pylist()
        if settled := details.detail.settled:
            self._unsettled += sum(not settled(record) for record, _, _ in fresh)
        wanted = []
        for (record, read_at, number), list_hash in zip(fresh, list_hashes, strict=True):
            place = ledger.find(number)
            if self._why_detail(record, place, number, list_hash, ledger):
                wanted.append((record, read_at, place, list_hash))
                self._detailed[number] = list_hash
        self._make_resumable(wanted)
        self.outcome.due = len(wanted)
        for (_, _, place, list_hash), united, read_at in details.fetch(wanted):
            self.outcome.due -= 1
            records = list(self.table.shape(united, self.run.moment)) if self.table.shape else [united]
            self._advance(records)
            for record in records:
                row_hash = self.shaper.hashes([record])[0].as_py()
                if ledger.same(place, row_hash) and ledger.same_list_row(place, list_hash):
                    if ledger is self.ledger and details.detail.every == "change":
                        self._touched.append(place)
                    continue
                if self._is_flagged(record) and ledger.same_but_deleted(place, row_hash):
                    continue
                self._waiting.append((record, read_at, row_hash, list_hash))
            if len(self._waiting) >= CHUNK:
                self._flush()
        self.outcome.due = 0

    def unlike(self, records: Sequence[Record]) -> int:
        """How many of these rows of the list the warehouse does not hold as they are listed."""
        good, _ = self.shaper.split(list(self._shaped(Piece(list(records), 0))))
        if not good:
            return 0
        keys = self.shaper.keys(good)
        ledger = self._ledger(keys)
        places = map(ledger.find, key_numbers(keys))
        hashes = self.shaper.hashes(good).to_pylist()
        return sum(not ledger.same_list_row(*pair) for pair in zip(places, hashes, strict=True))

    def _make_resumable(self, wanted: Sequence[tuple[Any, ...]]) -> None:
        """Before many details are fetched for the first time, note from where a later run could go on."""
        since, filling = self.table.since, self.cursor is None and self.outcome.checkpoint is None
        if not (
            filling and since and since.field and self.outcome.filter_proven and len(wanted) >= RESUMABLE
        ):
            return
        newest = self._newest()
        if newest is not None:
            self.outcome.checkpoint = {
                **self.state,
                **self._clocks(),
                "cursor": stamp(newest),
                "filling": True,
            }

    def _why_detail(self, record: Record, place: int, number: int, list_hash: int, ledger: Ledger) -> str:
        """Why a detail must be read, in a word; empty where what is known is sure to be current."""
        detail, options, since = self.table.detail, self.run.options, self.table.since
        assert detail is not None
        if self._detailed.get(number) == list_hash:
            return ""
        if detail.every == "sync" or options.full or self._asked_again:
            return "asked"
        if place < 0 or not ledger.same_list_row(place, list_hash):
            return "changed"
        if since is None or not since.field or since.time_of(record):
            return ""
        if self.outcome.filter_proven:
            if self.ledger is not None:
                return "" if self._trusts_list else "unknown"
            assert self._since is not None
            if number in self._changed_after(self._since):
                return "newer"
            return "" if self._settled(instant(ledger.value(place, since.column))) else "overlap"
        if detail.settled and not detail.settled(record):
            return "open"
        return "old" if self._aged(ledger.value(place, "_synced_at")) else ""

    def _aged(self, synced_at: datetime | None) -> bool:
        """A detail would be older than ``detail_max_age`` before the next sync comes, at the pace of the last two."""
        if synced_at is None:
            return True
        last = instant(self.state.get("synced_at"))
        gap = self.outcome.started_at - last if last else timedelta(0)
        return self.outcome.started_at - synced_at >= self.run.options.detail_max_age - gap

    def _advance(self, records: Sequence[Record]) -> None:
        """Move the cursor up to these records' newest time; nothing is kept before the rows are committed."""
        since = self.table.since
        if since is None or not since.field:
            return
        moment = newest(map(since.time_of, records), self.run.moment.now)
        if moment and (self.cursor is None or moment > self.cursor):
            self.cursor = moment

    def _flush(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        frames = self.shaper.frames(
            [entry[0] for entry in waiting],
            [entry[1] for entry in waiting],
            pa.array([entry[2] for entry in waiting], pa.int64()),
        )
        if self.details is not None:
            name = self.table.name
            list_hashes = pa.array([entry[3] for entry in waiting], pa.int64())
            frames.tables[name] = frames.tables[name].append_column("_list_hash", list_hashes)
            frames.columns[name]["_list_hash"] = Column("_list_hash", pa.int64(), declared=True)
        for issue in frames.issues:
            self.outcome.note(
                f"{issue.table}.{issue.column}: {issue.reason} ({issue.count}×, such as {issue.example})"
            )
        self.outcome.rows_written += len(waiting)
        self.run.sink(self.table.name, frames)

    # --- deletes -------------------------------------------------------------------------------------------

    def _find_deleted(self) -> None:
        """Mark what a whole scan did not see, once it is confirmed and not suspiciously much."""
        ledger = self.ledger
        assert ledger is not None
        gone = self._gone(ledger)
        if gone and self._bad and not (self.table.confirm and len(gone) <= CONFIRM_AT_MOST):
            self.outcome.note(
                "some records have no usable key: no deletes were inferred, they may be among them"
            )
            gone = []
        if not gone and not self._flagged:
            return
        limit = self.run.options.max_delete_share
        orphans = self._orphans(gone, ledger)
        missing, live = len(gone) - orphans, ledger.live - orphans
        if self._too_many(missing, live):
            self._save(swept=False)
            self.run.doubted.add(self.table.name)
            raise Suspicious(
                f"{missing:,} of {live:,} rows are missing from a scan, "
                f"more than max_delete_share {limit:.0%}: none was marked deleted, "
                "everything else of the table was loaded",
                do="If they are really deleted, run 'fieldhouse sync --sweep' with a higher max_delete_share; "
                "if not, give the key back its rights.",
            )
        gone = self._confirmed(gone, ledger)
        deleted = ledger.keys(gone)
        self._forget(deleted)
        if self._flagged:
            deleted = self._with_flagged(deleted)
        self.outcome.deleted = deleted if deleted.num_rows else None
        self.outcome.rows_deleted = deleted.num_rows

    def _too_many(self, gone: int, live: int) -> bool:
        """More than the share; of a few rows one or two may go while most of them stay, or lookups would never heal."""
        if gone <= self.run.options.max_delete_share * live:
            return False
        few = gone <= 2 and (gone * 2 < live or self.table.deletes == "replace-per-parent")
        return not few

    def _orphans(self, gone: list[int], ledger: Ledger) -> int:
        """How many missing rows had a parent that is itself gone: its own table's guard has let it go."""
        column, parents = self._parent_column(), self.asking.whole.parents
        if column is None or parents is None:
            return 0
        return sum(str(ledger.value(place, column)) not in parents for place in gone)

    def _parent_column(self) -> str | None:
        """The column that names the row's parent, where there is one."""
        each, key = self.table.each, self.table.key
        return (each.stamp or (key[0] if len(key) > 1 else None)) if each else None

    def _forget(self, deleted: pa.Table) -> None:
        """Tables that are read per row of this one need not ask for what is gone."""
        if self.run.is_parent(self.table.name):
            roster = self.run.rosters.setdefault(self.table.name, {})
            roster.update((key, {"gone": True}) for key in deleted.column(0).to_pylist())

    def _gone(self, ledger: Ledger) -> list[int]:
        if self.table.deletes == "never" or self.run.options.deletes == "ignore":
            return []
        each = self.table.each
        if each and each.parent in self.run.doubted:
            self.outcome.note(f"no deletes were inferred: rows of {each.parent} may be hidden")
            return []
        unread = self.asking.whole.unread_parents
        gone = ledger.missing()
        if unread and each:
            column = each.stamp or self.table.key[0]
            kept = set(ledger.places_where(column, unread))
            gone = [place for place in gone if place not in kept]
        return [place for place in gone if not self._out_of_reach(place, ledger)]

    def _out_of_reach(self, place: int, ledger: Ledger) -> bool:
        """The row lies before the first window, where no scan looks."""
        window = self.table.window
        if not window or not window.field:
            return False
        if window.unsettled and ledger.value(place, window.unsettled) is None:
            return False
        value = ledger.value(place, window.field)
        return value is not None and not self.asking.covers(str(value)[:10])

    def _confirmed(self, gone: list[int], ledger: Ledger) -> list[int]:
        """Missing rows are asked for by their own URL: a list may hide rows that are there, inactive ones say.

        Many are looked for by a second scan first, and then some speak for all, unless one of them is there.
        """
        if not self.table.confirm:
            return self._still_missing(gone, ledger) if self.asking.whole.paged else gone
        if len(gone) <= CONFIRM_AT_MOST:
            return self._asked_for(gone, ledger)
        gone = self._still_missing(gone, ledger)
        some = gone[:: max(1, len(gone) // CONFIRM_AT_MOST)]
        surely = self._asked_for(some, ledger)
        if len(surely) == len(some):
            return gone
        asked = set(some)
        return surely + self._asked_for([place for place in gone if place not in asked], ledger)

    def _asked_for(self, gone: list[int], ledger: Ledger) -> list[int]:
        """Those of a few missing rows that are gone, by their own address or, where none answers, a second scan."""
        answers = list(zip(gone, self.run.pool.map(partial(self._own_answer, ledger), gone), strict=True))
        surely = [place for place, answer in answers if self._is_gone(answer)]
        unknown = [place for place, answer in answers if self._says_nothing(answer, place, ledger)]
        return surely + self._still_missing(unknown, ledger)

    def _still_missing(self, gone: list[int], ledger: Ledger) -> list[int]:
        """Those that a second scan does not see either."""
        if not gone:
            return gone
        self._consume(self.asking.everything(), complete=True)
        missing = set(ledger.missing())
        return [place for place in gone if place in missing]

    def _own_answer(self, ledger: Ledger, place: int) -> Any:
        """What a row's own address answers: the document, or the error that says something."""
        assert self.table.confirm is not None
        values = {column: ledger.value(place, column) for column in self._confirm_columns()}
        try:
            return self.run.client.ask(Ask(self.table.confirm.format(**values)), self._counted_once)
        except (NotFound, Denied, FixSettings, VendorChanged) as error:
            return error

    def _says_nothing(self, answer: Any, place: int, ledger: Ledger) -> bool:
        """No row of the table has an address of its own, or this one leads to another row by now."""
        if not isinstance(answer, dict):
            return isinstance(answer, NoSuchRead)
        good, _ = self.shaper.split(list(self._shaped(Piece([answer], 0))))
        return bool(good) and ledger.find(key_numbers(self.shaper.keys(good))[0]) != place

    def _is_gone(self, answer: Any) -> bool:
        """Whether the answer says so; what it shows instead is kept."""
        if isinstance(answer, (NotFound, NoSuchRead)):
            return isinstance(answer, NotFound)
        if isinstance(answer, SourceError):
            self.outcome.note("a missing row could not be confirmed and was kept")
            return False
        self.outcome.note("rows that a scan did not see were found by their own address")
        if isinstance(answer, dict) and not self.fallback.lacks(answer):
            self._consume(iter([Piece([answer], self.run.now())]), complete=True)
        return False

    def _with_flagged(self, deleted: pa.Table) -> pa.Table:
        """The keys that the vendor itself flags as deleted, together with those that are gone."""
        rows = [dict(zip(self.table.key, values, strict=True)) for values in self._flagged]
        flagged = self.shaper.keys(rows)
        return pa.concat_tables([deleted.cast(flagged.schema), flagged])

    def _confirm_columns(self) -> list[str]:
        return [name for _, name, _, _ in Formatter().parse(self.table.confirm or "") if name]

    def _refuse_denied_details(self) -> None:
        """Some details may not be read: what was read is loaded, and the cursor stays so that they are asked again."""
        denied = self.details.denied if self.details else []
        if denied:
            raise Denied(
                f"{len(denied):,} details may not be read, such as: {denied[0].what}; the other rows are loaded",
                do=denied[0].do,
            )

    # --- state ---------------------------------------------------------------------------------------------

    def _clocks(self) -> Record:
        """The vendor's clock and ours, when changes were asked for."""
        told = {"asked_at": self._asked_at, "asked_here": self._asked_here}
        return {name: stamp(moment) if moment else None for name, moment in told.items()}

    def _knows_all(self) -> bool:
        """Not where details stay unread since a filter is ignored: once it works again, they must be found by it."""
        return not (self.details and self.outcome.filter_proven is False and not self.run.options.full)

    def _save(self, *, swept: bool) -> None:
        """What the next run starts from; it is committed together with the rows or not at all."""
        state = dict(self.state)
        if self.table.since and not self.table.since.field:
            self.cursor = instant(self.run.moment.now)
        if self.cursor is not None and self.table.since and self._knows_all():
            state["cursor"] = stamp(self.cursor)
            self.outcome.cursor_after = state["cursor"]
            state["lag"] = ceil(time.monotonic() - self._started)
            state |= self._clocks()
        if swept:
            state["swept_at"] = stamp(self.outcome.started_at)
            state.pop("filling", None)
        if self.outcome.filter_proven is not None:
            state["proof"] = {"honoured": self.outcome.filter_proven, "at": stamp(self.outcome.started_at)}
        if self.asking.ordered:
            state.pop("unordered", None)
        else:
            state["unordered"] = True
        if self.table.window:
            state["from"] = self.asking.first_day().isoformat()
        state["synced_at"] = stamp(self.outcome.started_at)
        state["shape"] = self.shaper.rules
        state["cost"] = {**state.get("cost", {}), **self._cost, "details": len(self._detailed)}
        self.state = state
        self.outcome.state = state
        if self._touched and self.ledger is not None:
            self.outcome.touched = self.ledger.keys(self._touched)
