"""Paging, pure: a pager takes what a page said and gives the next request as data.

``Request`` is one request as a vendor declares it, before it is encoded, signed and sent. ``PageInfo`` is what a pager
may know of the page that came back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from fieldhouse.sources.engine.errors import VendorChanged


@dataclass(frozen=True)
class Request:
    """One request as declared: ``path`` is a URL path or an RPC method, ``params`` its parameters, nested or flat."""

    path: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def having(self, params: Mapping[str, Any]) -> Request:
        """The same request with ``params`` merged in, mappings merged deeply."""
        return replace(self, params=merged(self.params, params))


def merged(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """``left`` and ``right`` as one, nested mappings merged too; ``right`` wins."""
    both = dict(left)
    for name, value in right.items():
        mine = both.get(name)
        both[name] = (
            merged(mine, value) if isinstance(mine, Mapping) and isinstance(value, Mapping) else value
        )
    return both


@dataclass(frozen=True)
class PageInfo:
    """What a page said: how many records, the total where there is one, and the vendor's own next page."""

    count: int
    total: int | None = None
    next: Any = None


class Pager(Protocol):
    """Where the pages of a list are. ``numbered`` says that ``page(ask, n)`` is known for any n beforehand."""

    @property
    def numbered(self) -> bool: ...

    def page(self, ask: Request, number: int) -> Request:
        """The request for page ``number`` (from 1)."""

    def after(self, ask: Request, number: int, seen: PageInfo, collected: int) -> Request | None:
        """The request after page ``number``, or None at the end. ``collected`` counts records so far."""


@dataclass(frozen=True)
class Single:
    """The whole list in one answer."""

    numbered: bool = False

    def page(self, ask: Request, number: int) -> Request:
        return ask

    def after(self, ask: Request, number: int, seen: PageInfo, collected: int) -> Request | None:
        return None


@dataclass(frozen=True)
class PageNumber:
    """``page=1, 2 …`` until a page is empty, never until a short one: servers cap page sizes without a word.

    Where answers tell a total, the list ends as well when exactly the total of the last one has been collected,
    unless that page is as full as the others: then a total that is too small would hide the rest.
    """

    param: str = "page"
    size_param: str | None = None
    size: int | None = None
    numbered: bool = True

    def page(self, ask: Request, number: int) -> Request:
        size = {self.size_param: self.size} if self.size_param else {}
        return ask.having({**size, self.param: number})

    def after(self, ask: Request, number: int, seen: PageInfo, collected: int) -> Request | None:
        if seen.count == 0:
            return None
        if collected == seen.total and not self._full(number, seen.count, collected):
            return None
        return self.page(ask, number + 1)

    def _full(self, number: int, count: int, collected: int) -> bool:
        return count * number >= collected if number > 1 else bool(self.size and count >= self.size)


@dataclass(frozen=True)
class OneAnswer:
    """The whole list in one answer, by a text that says nothing of pages; where the answer looks like a page
    all the same, the pages after it are asked for.

    It looks like one where its total is above its rows and, without a total, where it has exactly as many rows
    as pages of such vendors have (``sizes``). That is a guess, so a refusal or a repetition ends the list.
    """

    pages: PageNumber
    sizes: tuple[int, ...] = ()
    numbered: bool = False
    guesses: bool = True

    def page(self, ask: Request, number: int) -> Request:
        return ask if number == 1 else self.pages.page(ask, number)

    def after(self, ask: Request, number: int, seen: PageInfo, collected: int) -> Request | None:
        if seen.count == 0 or not self._goes_on(number, seen, collected):
            return None
        if number > 1:
            return ask.having({self.pages.param: number + 1})
        size = {self.pages.size_param: seen.count} if self.pages.size_param else {}
        return ask.having({**size, self.pages.param: 2})

    def _goes_on(self, number: int, seen: PageInfo, collected: int) -> bool:
        if seen.total is not None:
            return max(collected, seen.count) < seen.total
        return number > 1 or seen.count in self.sizes


@dataclass(frozen=True)
class StartBatch:
    """``page: {start, batch}`` with the vendor's own ``next`` to send back; only its absence ends the list.

    With ``bare_first``, the first request goes without ``page``: for a list that is not said to take one, and
    that may refuse it. Such a list still goes on where its answer names a next page.

    Raises:
        VendorChanged: ``next`` does not move forward, so the list would never end.
    """

    batch: int = 1000
    bare_first: bool = False
    numbered: bool = False

    def page(self, ask: Request, number: int) -> Request:
        if self.bare_first and number == 1:
            return ask
        return ask.having({"page": {"start": (number - 1) * self.batch + 1, "batch": self.batch}})

    def after(self, ask: Request, number: int, seen: PageInfo, collected: int) -> Request | None:
        if not seen.next:
            return None
        here = int(ask.params.get("page", {}).get("start", 1))
        try:
            start = int(seen.next["start"])
        except (KeyError, TypeError, ValueError) as error:
            raise VendorChanged(f"the next page is not understood: {seen.next!r}") from error
        if start <= here:
            raise VendorChanged(
                f"the next page starts at {start}, not after {here}: the list would never end"
            )
        return ask.having({"page": {"start": start, "batch": self.batch}})
