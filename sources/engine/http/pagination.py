"""Pagination: how the pages of a list are requested. A pager is pure: page info in, the next request out as data.

``Request`` is one request as a vendor declares it, before it is encoded, signed and sent. ``PageInfo`` is what a page
revealed. All that a pagination style decides is a member of ``Pager``; no other module asks which style it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any, Protocol

from fieldhouse.sources.engine.errors import VendorChanged


@dataclass(frozen=True)
class Request:
    """One request as declared: ``path`` is a URL path or an RPC method, ``params`` its parameters, nested or flat.

    ``optional`` names parameters that the vendor may refuse: they are sent as long as it takes them.
    """

    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    optional: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def having(self, *params: Mapping[str, Any]) -> Request:
        """The same request with ``params`` merged in, one after the other, mappings merged deeply."""
        return Request(self.path, reduce(merged, params, self.params), self.optional)


def merged(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """``left`` and ``right`` as one, nested mappings merged too; ``right`` wins."""
    union = {**left, **right}
    for name, value in right.items():
        if isinstance(value, Mapping) and isinstance(before := left.get(name), Mapping):
            union[name] = merged(before, value)
    return union


@dataclass(frozen=True)
class PageInfo:
    """What a page revealed.

    Attributes:
        count: records on the page.
        total: records of the whole list; None if the vendor does not send it.
        next: the vendor's own next page, in its own form; None if it names none.
    """

    count: int
    total: int | None = None
    next: Any = None


class Pager(Protocol):
    """A pagination style: how the pages of a list are requested.

    Attributes:
        numbered: ``page(request, n)`` is known for any n beforehand, so that pages can be fetched ahead.
        guesses: the vendor's text does not mention pages after the first; a refusal or a repetition ends the list.
        size: records per page that are asked for; None if the vendor decides.
    """

    @property
    def numbered(self) -> bool: ...

    @property
    def guesses(self) -> bool: ...

    @property
    def size(self) -> int | None: ...

    def page(self, request: Request, number: int) -> Request:
        """The request for page ``number`` (from 1); the list's own request if only answers contain the next page."""

    def after(self, request: Request, number: int, info: PageInfo, collected: int) -> Request | None:
        """The request after page ``number``, or None at the end. ``collected`` counts records so far."""

    def with_size(self, size: int) -> Pager:
        """The same style with ``size`` records per page, or itself if a request cannot choose that."""


@dataclass(frozen=True)
class Single:
    """The whole list in one answer."""

    numbered: bool = False
    guesses: bool = False
    size: int | None = None

    def page(self, request: Request, number: int) -> Request:
        return request

    def after(self, request: Request, number: int, info: PageInfo, collected: int) -> Request | None:
        return None

    def with_size(self, size: int) -> Single:
        return self


@dataclass(frozen=True)
class PageNumber:
    """``page=1, 2 …`` until a page is empty, never until a short one: servers cap page sizes without notice.

    If answers contain a total, the list ends as well when exactly the total of the last one has been collected,
    unless that page is as full as the others: then a total that is too small would hide the rest.
    """

    param: str = "page"
    size_param: str | None = None
    size: int | None = None
    numbered: bool = True
    guesses: bool = False

    def page(self, request: Request, number: int) -> Request:
        size = {self.size_param: self.size} if self.size_param else {}
        return request.having({**size, self.param: number})

    def after(self, request: Request, number: int, info: PageInfo, collected: int) -> Request | None:
        if info.count == 0:
            return None
        if collected == info.total and not self._full(number, info.count, collected):
            return None
        return self.page(request, number + 1)

    def with_size(self, size: int) -> PageNumber:
        return replace(self, size=size) if self.size else self

    def _full(self, number: int, count: int, collected: int) -> bool:
        return count * number >= collected if number > 1 else bool(self.size and count >= self.size)


@dataclass(frozen=True)
class OneAnswer:
    """The whole list in one answer, by a text that does not mention pages; if the answer looks like a page all the
    same, the pages after it are requested.

    It looks like one if its total is above its rows and, without a total, if it has exactly as many rows as pages of
    such vendors have (``sizes``). That is a guess, so a refusal or a repetition ends the list.
    """

    pages: PageNumber
    sizes: tuple[int, ...] = ()
    numbered: bool = False
    guesses: bool = True
    size: int | None = None

    def page(self, request: Request, number: int) -> Request:
        return request if number == 1 else self.pages.page(request, number)

    def after(self, request: Request, number: int, info: PageInfo, collected: int) -> Request | None:
        if info.count == 0 or not self._goes_on(number, info, collected):
            return None
        if number > 1:
            return request.having({self.pages.param: number + 1})
        size = {self.pages.size_param: info.count} if self.pages.size_param else {}
        return request.having({**size, self.pages.param: 2})

    def with_size(self, size: int) -> OneAnswer:
        return self

    def _goes_on(self, number: int, info: PageInfo, collected: int) -> bool:
        if info.total is not None:
            return max(collected, info.count) < info.total
        return number > 1 or info.count in self.sizes


@dataclass(frozen=True)
class StartBatch:
    """``page: {start, batch}`` with the vendor's own ``next`` to send back; only its absence ends the list.

    With ``bare_first``, the first request goes without ``page``: for a list whose text names no such parameter, and
    that may refuse it. Such a list still goes on if its answer names a next page.

    Raises:
        VendorChanged: ``next`` does not move forward, so the list would never end.
    """

    batch: int = 1000
    bare_first: bool = False
    numbered: bool = False
    guesses: bool = False

    @property
    def size(self) -> int:
        return self.batch

    def page(self, request: Request, number: int) -> Request:
        if self.bare_first and number == 1:
            return request
        return request.having({"page": {"start": (number - 1) * self.batch + 1, "batch": self.batch}})

    def after(self, request: Request, number: int, info: PageInfo, collected: int) -> Request | None:
        if not info.next:
            return None
        here = int(request.params.get("page", {}).get("start", 1))
        try:
            start = int(info.next["start"])
        except (KeyError, TypeError, ValueError) as error:
            raise VendorChanged(
                "the next page is not understood: it has no start that is a number"
            ) from error
        if start <= here:
            raise VendorChanged("the next page does not start after this one: the list would never end")
        return request.having({"page": {"start": start, "batch": self.batch}})

    def with_size(self, size: int) -> StartBatch:
        return replace(self, batch=size)


@dataclass(frozen=True)
class GoingOn:
    """A list whose first page has been read: the pages after it, as ``pager`` finds them."""

    pager: Pager
    numbered: bool = False
    guesses: bool = False
    size: int | None = None

    def page(self, request: Request, number: int) -> Request:
        return request

    def after(self, request: Request, number: int, info: PageInfo, collected: int) -> Request | None:
        return self.pager.after(request, number, info, collected)

    def with_size(self, size: int) -> GoingOn:
        return replace(self, pager=self.pager.with_size(size))
