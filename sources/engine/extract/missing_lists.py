"""Missing lists: read record by record what a vendor leaves out of its records."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.records import RecordPage
from fieldhouse.sources.engine.errors import Denied, DetailMissing, NotFound, SourceError, VendorChanged
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.http.client import Client
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.spec.naming import joined, snake_case
from fieldhouse.sources.engine.spec.reads import ByKey, OptionalList, Record
from fieldhouse.sources.engine.spec.table import Table

_ONE_BY_ONE = "a request per record reads it"
_WITHOUT = "no other request returns it, and what was loaded of it before stays as it was"

LIST_ABSENCE_REQUESTS = 4
"""Requests that show that the account does not have the lists of records: twice a list, and its record after it."""


class MissingLists:
    """Completes the records of one table. The first page decides which lists the vendor leaves out.

    Attributes:
        not_found: why lists of records that exist are unknown.
    """

    def __init__(self, run: Run, table: Table, outcome: Outcome, client: Client) -> None:
        self.run, self.table, self.outcome, self.client = run, table, outcome, client
        self._lists = {
            field: source for field, source in table.missing_lists.items() if not isinstance(source, ByKey)
        }
        self._left_out: dict[str, str] | None = None
        self.not_found: list[NotFound] = []

    @property
    def is_needed(self) -> bool:
        """True if the table declares lists that a vendor may leave out."""
        return bool(self._lists)

    def completed(self, page: RecordPage) -> RecordPage:
        """The page with the lists that its records lack.

        A list without an address of its own stays missing: what was loaded of it before is kept, and reported.
        """
        records = [record for record in page.records if isinstance(record, dict)]
        if not records:
            return page
        if self._left_out is None:
            self._left_out = self._decide(records)
        self._note_present(records)
        if not self._left_out:
            return page
        return replace(page, records=self._filled(records))

    def lacks(self, record: Record) -> bool:
        """True if a record lacks one of the lists that it should hold."""
        return any(field not in record for field in self._lists)

    def is_unknown(self, record: Record) -> bool:
        """True if a list of the record's own address was not found although the record is there."""
        return bool(self.not_found) and any(field not in record for field in self._left_out or ())

    def refuse_incomplete(self) -> None:
        """Report records whose own lists are unknown: what was known of them stays, and the next sync asks again.

        Raises:
            DetailMissing: there are some.
        """
        if self.not_found:
            raise DetailMissing(
                f"{len(self.not_found):,} lists were not found, of rows that the vendor has; their rows stay as they "
                "were",
                do="The next sync asks again.",
            )

    def _decide(self, records: list[Record]) -> dict[str, str]:
        absent = [field for field in self._lists if not any(field in record for record in records)]
        unreadable = [field for field in absent if not self._is_readable(field, records[0])]
        for field in absent:
            self.outcome.note(
                f"the vendor leaves out {field}: {_WITHOUT if field in unreadable else _ONE_BY_ONE}"
            )
        self.outcome.retained_children = frozenset(
            joined(self.table.name, snake_case(field)) for field in unreadable
        )
        return {field: _path(self._lists[field]) for field in absent if field not in unreadable}

    def _is_readable(self, field: str, record: Record) -> bool:
        """True if the lists have addresses of their own, and the account has these.

        Of lists that only some accounts have, that of one record is requested first. If it is not found, twice, and
        the record itself is, then the account does not have them, which is remembered.
        """
        source, path = self._lists[field], self.table.path
        if not isinstance(source, OptionalList):
            return source is not None
        if field in self.client.refused_params(path):
            return False
        client = self.run.client.counting(self.outcome.counter, repeatable=False)
        request = Request(self._address(source.path, record))
        try:
            for _ in range(2):
                try:
                    client.get(request)
                    return True
                except (NotFound, Denied):
                    if self._has_vanished(record):
                        return True
        except SourceError:
            return True
        client.without_params(path, [field])
        return False

    def _note_present(self, records: list[Record]) -> None:
        """A list that a later page holds is not missing: the vendor omits empty ones."""
        present = {field for field in self._lists if any(field in record for record in records)}
        self.outcome.retained_children -= {joined(self.table.name, snake_case(field)) for field in present}

    def _filled(self, records: list[Record]) -> list[Record]:
        assert self._left_out is not None
        futures: list[tuple[int, str, Future[list[Any] | NotFound]]] = [
            (position, field, self.run.pool.submit(self._list, self._address(path, record), record))
            for position, record in enumerate(records)
            for field, path in self._left_out.items()
            if field not in record
        ]
        filled = [dict(record) for record in records]
        try:
            for position, field, future in futures:
                records_list = future.result()
                if isinstance(records_list, NotFound):
                    self.not_found.append(records_list)
                else:
                    filled[position][field] = records_list
        finally:
            for _, _, future in futures:
                future.cancel()
        return filled

    def _address(self, path: str, record: Record) -> str:
        try:
            return path.format_map(record)
        except KeyError as absent:
            raise VendorChanged(
                f"a record of {self.table.path} has no {absent}, and so no address of its own"
            ) from None

    def _list(self, path: str, record: Record) -> list[Any] | NotFound:
        """The list at ``path``; the error if it is not found although the record is."""
        try:
            records = self.client.get(Request(path))
        except NotFound as error:
            return [] if self._has_vanished(record) else error
        if not isinstance(records, list):
            came = type(records).__name__
            raise VendorChanged(f"a list of {self.table.name} that has its own address came as {came}")
        return records

    def _has_vanished(self, record: Record) -> bool:
        """True if the record is gone since its page was read: the next scan finds that out."""
        if not self.table.confirm:
            return False
        columns = {name: str(record.get(name)) for name in self.table.confirm_columns}
        try:
            self.client.get(self.table.confirm_request(columns))
        except NotFound:
            return True
        return False


def _path(source: str | OptionalList | None) -> str:
    assert source is not None
    return source.path if isinstance(source, OptionalList) else source
