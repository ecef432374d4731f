"""Reads per parent: one read per row of a parent table, or per chunk of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from fieldhouse.sources.engine.changes.parent_keys import plain_keys
from fieldhouse.sources.engine.changes.records import RecordPage, ScanSummary, ScanVerdict
from fieldhouse.sources.engine.errors import (
    Denied,
    NoSuchRead,
    NotFound,
    Refused,
    SourceError,
    VendorChanged,
)
from fieldhouse.sources.engine.http.pagination import GoingOn, Request
from fieldhouse.sources.engine.spec.reads import Part, PerParent

from .list_reader import ListReader, chunks
from .scan import Page, Scan


@dataclass(frozen=True)
class _Target:
    """The list that is read per parent, and what its records receive."""

    base: Request
    part: Part
    priority: int
    field: str | None

    def page(self, page: Page, keys: Sequence[Any], stamp: dict[str, Any] | None = None) -> RecordPage:
        """The records of a page, which are rows of these parents.

        Raises:
            VendorChanged: one is a row of another parent.
        """
        if self.field:
            named = {record.get(self.field) for record in page.records if isinstance(record, dict)}
            if others := set(map(str, named - {None, ""})) - set(map(str, keys)):
                raise VendorChanged(
                    f"{self.part.path or self.base.path} answered rows of {len(others)} other {self.field}"
                )
        return RecordPage(page.records, page.read_at, {**self.part.stamp, **(stamp or {})}, self.priority)


class ParentReader:
    """Reads a table per row of its parent."""

    def __init__(self, lists: ListReader, per_parent: PerParent) -> None:
        self._lists, self._per_parent = lists, per_parent

    def full_scan(
        self, base: Request, part: Part, priority: int, summary: ScanSummary
    ) -> Iterator[RecordPage]:
        """The rows of all parents."""
        parents = self._parents()
        summary.parents = set(map(str, parents))
        yield from self.of_parents(base, part, priority, parents, summary)
        if self._per_parent.flagged_too:
            yield from self._of_flagged(self._target(base, part, priority), summary)

    def _target(self, base: Request, part: Part, priority: int) -> _Target:
        return _Target(base, part, priority, self._per_parent.field or self._per_parent.stamp)

    def of_parents(
        self, base: Request, part: Part, priority: int, parents: Sequence[Any], summary: ScanSummary
    ) -> Iterator[RecordPage]:
        """The rows of some parents."""
        per_parent, run = self._per_parent, self._lists.run
        target = self._target(base, part, priority)
        reads = chunks(parents, per_parent.parents_per_request)
        for group in chunks(reads, per_parent.batch_size * max(1, run.max_concurrency) * 4):
            futures: list[tuple[list[list[Any]], Future[list[Page | SourceError]]]] = []
            for batch in chunks(group, per_parent.batch_size):
                requests = [self._first_page(base, chunk) for chunk in batch]
                futures.append((batch, run.pool.submit(self._lists.first_pages, requests)))
            for batch, future in futures:
                answers = future.result()
                _refuse_denied(answers, summary)
                for chunk, answer in zip(batch, answers, strict=True):
                    for keys, one_answer in self._one_by_one(base, chunk, answer):
                        yield from self._of_parent(target, keys, one_answer, summary)
        if unread := len(summary.unread_parents):
            self._lists.outcome.note(f"not readable for {unread:,} of the {per_parent.parent}")

    def flagged_parents(self) -> list[Any]:
        """The keys of parents that the vendor calls deleted: by the warehouse, overlaid with what this run has read."""
        run = self._lists.run
        parent = run.vendor.table(self._per_parent.parent)
        if parent.flag is None:
            return []
        known = run.known_rows.known(parent, None, [parent.flag])
        keys = plain_keys(parent, known.column(parent.key[0]).to_pylist())
        flags = dict(zip(keys, known.column(parent.flag).to_pylist(), strict=True))
        flags.update((key, row.is_flagged) for key, row in run.records.parents.get(parent.name, {}).items())
        return sorted((key for key, flag in flags.items() if flag), key=str)

    def _parents(self) -> list[Any]:
        """The keys of the parent's rows: those in the warehouse, overlaid with what this run has read."""
        run, per_parent = self._lists.run, self._per_parent
        run.require(per_parent.parent)
        parent = run.vendor.table(per_parent.parent)
        fresh = run.records.parents.get(per_parent.parent, {})
        stored = run.known_rows.values(per_parent.parent, parent.key[0], per_parent.where)
        keys = [key for key in plain_keys(parent, stored) if key not in fresh]
        for key, row in fresh.items():
            where = per_parent.where
            if not row.is_gone and (where is None or row.columns.get(where[0]) == where[1]):
                keys.append(key)
        return sorted(set(keys), key=str)

    def _of_flagged(self, target: _Target, summary: ScanSummary) -> Iterator[RecordPage]:
        """The rows of parents that the vendor calls deleted. A vendor without such rows may refuse the request."""
        for chunk in chunks(self.flagged_parents(), self._per_parent.parents_per_request):
            scan = self._lists.scan(target.base.having(self._params(chunk)), summary)
            try:
                for page in scan:
                    yield target.page(page, chunk)
            except (Denied, NotFound, NoSuchRead, Refused):
                summary.verdicts.remove(scan.verdict)

    def _one_by_one(
        self, base: Request, chunk: list[Any], answer: Page | SourceError
    ) -> Iterator[tuple[list[Any], Page | SourceError]]:
        """The answer for a chunk of parents; if one of several prevents it, an answer for each alone."""
        if len(chunk) == 1 or not isinstance(answer, (NotFound, Denied, Refused)):
            yield chunk, answer
            return
        for key in chunk:
            (alone,) = self._lists.first_pages([self._first_page(base, [key])])
            yield [key], alone

    def _of_parent(
        self, target: _Target, chunk: list[Any], answer: Page | SourceError, summary: ScanSummary
    ) -> Iterator[RecordPage]:
        if isinstance(answer, NotFound):
            return
        if isinstance(answer, (Denied, Refused)):
            summary.unread_parents.update(map(str, chunk))
            return
        if isinstance(answer, SourceError):
            raise answer
        column = self._per_parent.stamp
        stamp = {column: chunk[0]} if column and len(chunk) == 1 else {}
        summary.verdicts.append(ScanVerdict(pages=1, collected=len(answer.records), ended=True))
        if answer.records:
            yield target.page(answer, chunk, stamp)
        lists = self._lists
        first = self._first_page(target.base, chunk)
        following = lists.pager.after(first, 1, answer.info, len(answer.records))
        if answer.info.next is None or following is None:
            return
        for page in Scan(
            lists.client, following, GoingOn(lists.pager), lists.table.records_in, now=lists.run.now
        ):
            summary.paged = True
            yield target.page(page, chunk, stamp)

    def _first_page(self, base: Request, chunk: Sequence[Any]) -> Request:
        return self._lists.pager.page(base.having(self._params(chunk)), 1)

    def _params(self, chunk: Sequence[Any]) -> Any:
        return self._per_parent.params([str(key) for key in chunk])


def _refuse_denied(answers: Sequence[Page | SourceError], summary: ScanSummary) -> None:
    """Raise if nothing at all can be read: a right is missing, or the request is wrong. One parent may just be gone."""
    denied = [answer for answer in answers if isinstance(answer, (Denied, Refused))]
    if denied and len(denied) == len(answers) and not summary.verdicts:
        raise denied[0]
