"""Delete confirmation: missing rows are read by their own address, or looked for by a second scan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from fieldhouse.sources.engine.changes.delete_detector import CONFIRM_AT_MOST
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.records import RecordPage, ScanSummary
from fieldhouse.sources.engine.changes.row_index import RowIndex
from fieldhouse.sources.engine.changes.table_state import TableState
from fieldhouse.sources.engine.errors import (
    Denied,
    FixSettings,
    NoSuchRead,
    NotFound,
    SourceError,
    VendorChanged,
)

from .record_pipeline import RecordPipeline
from .requests import TableRequests
from .special_reads import days_of

MOST_HIDDEN = 20_000
"""Hidden rows of a table that are remembered; further ones are asked for at every sweep."""


class HiddenRows:
    """Rows of one table that its list leaves out and that their own address still shows.

    They are asked for on a rolling plan instead of at every sweep: each of them once in ``detail_max_age``.

    Args:
        known: the keys, as numbers, of the rows that an earlier sweep found by their own address.
        last_sweep: when deletes were looked for before.
        started_at: when this run began.
        max_age: so long no row goes unasked for.

    Attributes:
        noted: the keys of rows that are hidden by what this run knows; None if it has not looked.
    """

    def __init__(
        self, known: Iterable[int], last_sweep: datetime | None, started_at: datetime, max_age: timedelta
    ) -> None:
        self.known = frozenset(known)
        self.noted: set[int] | None = None
        self._last = last_sweep.timestamp() if last_sweep else None
        self._now, self._age = started_at.timestamp(), max(1.0, max_age.total_seconds())

    @classmethod
    def of(cls, state: TableState, options: Options, started_at: datetime) -> HiddenRows:
        """The hidden rows of a table by its state; all are asked for if all rows are read."""
        last_sweep = None if options.full else state.last_full_scan
        return cls(state.hidden_keys, last_sweep, started_at, options.detail_max_age)

    def is_settled(self, key: int) -> bool:
        """True if a row is known to be hidden and its turn to be asked for again has not come."""
        if key not in self.known or self._last is None or self._last > self._now:
            return False
        phase = key % self._age
        return (self._last - phase) // self._age == (self._now - phase) // self._age

    def note(self, keys: Iterable[int]) -> None:
        """Note rows that this run knows to be hidden."""
        self.noted = (self.noted or set()) | set(keys)

    @property
    def stored(self) -> Sequence[int]:
        """What the next sweep is to know."""
        keys = self.known if self.noted is None else self.noted
        return sorted(keys)[:MOST_HIDDEN]


class DeleteConfirmation:
    """Confirms the missing rows of one scan of a table.

    Args:
        hidden: rows that are known to be there although the list leaves them out.
        pipeline: takes in what a second scan, or a row's own address, gives.
        index: the stored rows, with what the scan has seen.
        paged: a list of the scan had more than one page.
    """

    def __init__(
        self,
        requests: TableRequests,
        pipeline: RecordPipeline,
        outcome: Outcome,
        index: RowIndex,
        hidden: HiddenRows,
        *,
        paged: bool,
    ) -> None:
        self._hidden = hidden
        self._requests, self._pipeline, self._outcome = requests, pipeline, outcome
        self._index, self._paged, self._confirm = index, paged, requests.table.confirm

    def confirmed(self, missing: list[int]) -> list[int]:
        """Those of the missing rows that are gone: a list may hide rows that are there, such as inactive ones.

        Many are looked for by a second scan first, and then a sample speaks for all, unless a row of it is there.
        Those that earlier sweeps found by their own address are asked for in turns.
        """
        if self._pipeline.outside.selection and not self._confirm:
            return self._gone_from_all_rows(missing)
        if not self._confirm:
            return self._still_missing(missing) if self._paged else missing
        keys = {position: self._index.key_at(position) for position in missing}
        settled = {position: key for position, key in keys.items() if self._hidden.is_settled(key)}
        self._hidden.note(settled.values())
        if settled:
            missing = [position for position in missing if position not in settled]
            self._outcome.note(
                f"{len(settled):,} rows that the list leaves out were asked for by earlier sweeps"
            )
        return self._confirmed(missing)

    def _confirmed(self, missing: list[int]) -> list[int]:
        if len(missing) <= CONFIRM_AT_MOST:
            return self._gone_by_address(missing)
        missing = self._still_missing(missing)
        sample = missing[:: max(1, len(missing) // CONFIRM_AT_MOST)]
        gone = self._gone_by_address(sample)
        if len(gone) == len(sample):
            return missing
        if not gone and not self._pipeline.outside.selection.is_visible:
            self._pipeline.outside.note(self._index, [place for place in missing if place not in set(sample)])
            return []
        sampled = set(sample)
        return gone + self._gone_by_address([position for position in missing if position not in sampled])

    def _gone_from_all_rows(self, missing: list[int]) -> list[int]:
        """Those that a scan without the filters of ``where`` does not see either, as no row has an address."""
        if not missing:
            return missing
        summary, requests = ScanSummary(), self._requests
        with requests.lists.all_rows():
            pages = requests.full_scan(summary)
            if requests.windows and requests.table.window and requests.table.window.field:
                pages = days_of(requests, self._index, missing, summary)
            self._pipeline.process((self._shown(page, missing) for page in pages), full_scan=True)
        unseen = set(self._index.missing())
        return [position for position in missing if position in unseen]

    def _shown(self, page: RecordPage, missing: list[int]) -> RecordPage:
        """The records of a page that are the missing rows: others of all rows are none of the table."""
        places = {self._index.key_at(position) for position in missing}
        detector = self._pipeline.detector
        records = [
            record
            for record in page.records
            if places.intersection(detector.keys_of(replace(page, records=[record]))[0])
        ]
        return replace(page, records=records)

    def _gone_by_address(self, missing: list[int]) -> list[int]:
        """Those of a few missing rows that are gone, by their own address or, if none answers, a second scan."""
        pool = self._requests.run.pool
        answers = list(zip(missing, pool.map(self._own_answer, missing), strict=True))
        gone = [position for position, answer in answers if self._is_gone(answer, position)]
        unknown = [position for position, answer in answers if self._proves_nothing(answer, position)]
        return gone + self._still_missing(unknown)

    def _still_missing(self, missing: list[int]) -> list[int]:
        """Those that a second scan does not see either."""
        if not missing:
            return missing
        self._pipeline.process(self._requests.full_scan(ScanSummary()), full_scan=True)
        unseen = set(self._index.missing())
        return [position for position in missing if position in unseen]

    def _own_answer(self, position: int) -> Any:
        """The answer of a row's own address: the document, or the error that shows something."""
        assert self._confirm is not None
        table = self._requests.table
        columns = {name: str(self._index.value(position, name)) for name in table.confirm_columns}
        try:
            return self._requests.lists.once.get(table.confirm_request(columns))
        except (NotFound, Denied, FixSettings, VendorChanged) as error:
            return error

    def _proves_nothing(self, answer: Any, position: int) -> bool:
        """True if no row of the table has an address of its own, or this one leads to another row by now."""
        if not isinstance(answer, dict):
            return isinstance(answer, NoSuchRead)
        keys, _ = self._pipeline.detector.keys_of(RecordPage([answer], 0))
        return bool(keys) and self._index.find(keys[0]) != position

    def _is_gone(self, answer: Any, position: int) -> bool:
        """True if the answer shows that the row is gone; what it shows instead is taken in."""
        if isinstance(answer, (NotFound, NoSuchRead)):
            return isinstance(answer, NotFound)
        if isinstance(answer, SourceError):
            self._outcome.note("a missing row could not be confirmed and was kept")
            return False
        if not isinstance(answer, dict) or not self._pipeline.detector.keys_of(RecordPage([answer], 0))[0]:
            self._outcome.note("a missing row could not be confirmed and was kept")
            return False
        if self._pipeline.outside.is_outside(answer):
            self._pipeline.outside.note(self._index, [position])
            return False
        self._outcome.note("rows that a scan did not see were found by their own address")
        if not self._proves_nothing(answer, position):
            self._hidden.note([self._index.key_at(position)])
        if not self._pipeline.missing_lists.lacks(answer):
            page = RecordPage([answer], self._requests.run.now())
            self._pipeline.process([page], full_scan=True)
        return False
