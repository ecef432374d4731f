"""Which rows are gone: what a whole scan did not see, confirmed, and not suspiciously much."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from string import Formatter
from typing import Any

import pyarrow as pa

from fieldhouse.sources.engine.errors import (
    DeleteGuard,
    Denied,
    FixSettings,
    NoSuchRead,
    NotFound,
    SourceError,
    VendorChanged,
)
from fieldhouse.sources.engine.extract.requests import Piece, TableRequests
from fieldhouse.sources.engine.extract.run import Outcome, Run
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.spec.table import Table

from .change_detector import ChangeDetector
from .row_index import RowIndex

CONFIRM_AT_MOST = 100
"""So many missing rows are asked for by their own URL; of more, so many that a second scan misses too."""


class DeleteDetector:
    """Finds the rows of one table that the vendor no longer has.

    Args:
        intake: takes what a second scan, or a row's own address, gives.
    """

    def __init__(
        self,
        run: Run,
        table: Table,
        outcome: Outcome,
        asking: TableRequests,
        intake: ChangeDetector,
    ) -> None:
        self.run, self.table, self.outcome, self.requests = run, table, outcome, asking
        self.change_detector = intake

    def of(self, ledger: RowIndex, *, unkeyed: bool) -> pa.Table:
        """The keys of the rows that a whole scan did not see and that are gone.

        Args:
            unkeyed: some records had no usable key: missing rows may be among them.

        Raises:
            Suspicious: more are missing than ``max_delete_share`` allows.
        """
        gone = self.missing(ledger)
        if gone and unkeyed and not (self.table.confirm and len(gone) <= CONFIRM_AT_MOST):
            self.outcome.note(
                "some records have no usable key: no deletes were inferred, they may be among them"
            )
            gone = []
        orphans = self._orphans(gone, ledger)
        missing, live = len(gone) - orphans, ledger.live - orphans
        if self.too_many(missing, live):
            self.run.delete_suspended.add(self.table.name)
            raise DeleteGuard(
                f"{missing:,} of {live:,} rows are missing from a scan, "
                f"more than max_delete_share {self.run.options.max_delete_share:.0%}: none was marked deleted, "
                "everything else of the table was loaded",
                do="If they are really deleted, run 'fieldhouse sync --sweep' with a higher max_delete_share; "
                "if not, give the key back its rights.",
            )
        deleted = ledger.keys(self._confirmed(gone, ledger))
        self._forget(deleted)
        return deleted

    @property
    def looked_for(self) -> bool:
        """Whether rows that a scan does not see are taken for deleted at all."""
        return self.table.deletes != "never" and self.run.options.deletes != "ignore"

    def foretold(self, gone: int, live: int, scan: int) -> int:
        """How many requests it takes to confirm so many missing rows, where they are really gone.

        ``scan`` is how many a second scan takes, 0 where there would be none.
        """
        if not gone or self.too_many(gone, live):
            return 0
        if not self.table.confirm:
            return scan
        if gone <= CONFIRM_AT_MOST:
            return gone
        return scan + len(range(0, gone, max(1, gone // CONFIRM_AT_MOST)))

    def missing(self, ledger: RowIndex) -> list[int]:
        """The places of live rows that were not seen, and that would have been if the vendor still had them."""
        if not self.looked_for:
            return []
        each = self.table.per_parent
        if each and each.parent in self.run.delete_suspended:
            self.outcome.note(f"no deletes were inferred: rows of {each.parent} may be hidden")
            return []
        unread = self.requests.summary.unread_parents
        gone = ledger.missing()
        if unread and each:
            kept = set(ledger.places_where(each.stamp or self.table.key[0], unread))
            gone = [place for place in gone if place not in kept]
        return [place for place in gone if not self._out_of_reach(place, ledger)]

    def too_many(self, gone: int, live: int) -> bool:
        """More than the share; of a few rows one or two may go while most of them stay, or lookups would never heal."""
        if gone <= self.run.options.max_delete_share * live:
            return False
        few = gone <= 2 and (gone * 2 < live or self.table.deletes == "replace-per-parent")
        return not few

    def columns(self) -> list[str]:
        """The columns that a row's own address is made of."""
        return [name for _, name, _, _ in Formatter().parse(self.table.confirm or "") if name]

    def _orphans(self, gone: Sequence[int], ledger: RowIndex) -> int:
        """How many missing rows had a parent that is itself gone: its own table's guard has let it go."""
        column, parents = self._parent_column(), self.requests.summary.parents
        if column is None or parents is None:
            return 0
        return sum(str(ledger.value(place, column)) not in parents for place in gone)

    def _parent_column(self) -> str | None:
        """The column that names the row's parent, where there is one."""
        each, key = self.table.per_parent, self.table.key
        return (each.stamp or (key[0] if len(key) > 1 else None)) if each else None

    def _forget(self, deleted: pa.Table) -> None:
        """Tables that are read per row of this one need not ask for what is gone."""
        if self.run.is_parent(self.table.name):
            roster = self.run.parent_records.setdefault(self.table.name, {})
            roster.update((key, {"gone": True}) for key in deleted.column(0).to_pylist())

    def _out_of_reach(self, place: int, ledger: RowIndex) -> bool:
        """The row lies on a day that no scan covers."""
        window = self.table.window
        if not window or not window.field:
            return False
        if window.unsettled and ledger.value(place, window.unsettled) is None:
            return False
        value = ledger.value(place, window.field)
        return value is not None and not self.requests.covers(str(value)[:10])

    def _confirmed(self, gone: list[int], ledger: RowIndex) -> list[int]:
        """Missing rows are asked for by their own URL: a list may hide rows that are there, inactive ones say.

        Many are looked for by a second scan first, and then some speak for all, unless one of them is there.
        """
        if not self.table.confirm:
            return self._still_missing(gone, ledger) if self.requests.summary.paged else gone
        if len(gone) <= CONFIRM_AT_MOST:
            return self._asked_for(gone, ledger)
        gone = self._still_missing(gone, ledger)
        some = gone[:: max(1, len(gone) // CONFIRM_AT_MOST)]
        surely = self._asked_for(some, ledger)
        if len(surely) == len(some):
            return gone
        asked = set(some)
        return surely + self._asked_for([place for place in gone if place not in asked], ledger)

    def _asked_for(self, gone: list[int], ledger: RowIndex) -> list[int]:
        """Those of a few missing rows that are gone, by their own address or, where none answers, a second scan."""
        answers = list(zip(gone, self.run.pool.map(partial(self._own_answer, ledger), gone), strict=True))
        surely = [place for place, answer in answers if self._is_gone(answer)]
        unknown = [place for place, answer in answers if self._says_nothing(answer, place, ledger)]
        return surely + self._still_missing(unknown, ledger)

    def _still_missing(self, gone: list[int], ledger: RowIndex) -> list[int]:
        """Those that a second scan does not see either."""
        if not gone:
            return gone
        self.change_detector.process(self.requests.everything(), complete=True)
        missing = set(ledger.missing())
        return [place for place in gone if place in missing]

    def _own_answer(self, ledger: RowIndex, place: int) -> Any:
        """What a row's own address answers: the document, or the error that says something."""
        assert self.table.confirm is not None
        values = {column: ledger.value(place, column) for column in self.columns()}
        try:
            return self.requests.once.get(Request(self.table.confirm.format(**values)))
        except (NotFound, Denied, FixSettings, VendorChanged) as error:
            return error

    def _says_nothing(self, answer: Any, place: int, ledger: RowIndex) -> bool:
        """No row of the table has an address of its own, or this one leads to another row by now."""
        if not isinstance(answer, dict):
            return isinstance(answer, NoSuchRead)
        numbers, _ = self.change_detector.keys_of(Piece([answer], 0))
        return bool(numbers) and ledger.find(numbers[0]) != place

    def _is_gone(self, answer: Any) -> bool:
        """Whether the answer says so; what it shows instead is kept."""
        if isinstance(answer, (NotFound, NoSuchRead)):
            return isinstance(answer, NotFound)
        if isinstance(answer, SourceError):
            self.outcome.note("a missing row could not be confirmed and was kept")
            return False
        self.outcome.note("rows that a scan did not see were found by their own address")
        if isinstance(answer, dict) and not self.change_detector.missing_lists.lacks(answer):
            self.change_detector.process([Piece([answer], self.run.now())], complete=True)
        return False
