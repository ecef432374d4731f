"""A list without an end is given up within a stated bound; a long one is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from fieldhouse.sources.engine.errors import VendorChanged
from fieldhouse.sources.engine.extract.scan import GROWTH, MOST_PAGES, Scan
from fieldhouse.sources.engine.http.client import Client
from fieldhouse.sources.engine.http.pagination import PageInfo, PageNumber, Pager, Request, StartBatch


class Endless:
    """A vendor whose list always has another page with rows that are new, up to ``pages``."""

    def __init__(
        self, pages: int | None = None, total: Callable[[int], int | None] = lambda number: None
    ) -> None:
        self.pages, self.total = pages, total
        self.requests = 0
        self.api = self

    def get(self, request: Request) -> list[int]:
        self.requests += 1
        return [] if self.pages and self.requests > self.pages else [self.requests]

    def page_info(self, document: list[int], records: list[Any]) -> PageInfo:
        return PageInfo(len(records), self.total(self.requests), {"start": self.requests + 1})


def scan(vendor: Endless, pager: Pager, expected: int | None = None) -> Scan:
    return Scan(cast(Client, vendor), Request("things"), pager, list, now=lambda: 0, expected=expected)


@pytest.mark.parametrize("pager", [PageNumber(), StartBatch(1)], ids=["numbered", "next"])
@pytest.mark.parametrize(
    "total",
    [lambda number: None, lambda number: number + 1, lambda number: 5],
    ids=["no", "growing", "small"],
)
def test_an_endless_list_is_given_up(pager: Pager, total: Callable[[int], int | None]) -> None:
    vendor = Endless(total=total)
    with pytest.raises(
        VendorChanged, match=f"{MOST_PAGES + 1:,} pages with {MOST_PAGES + 1:,} rows"
    ) as error:
        for _ in scan(vendor, pager):
            pass
    assert vendor.requests == MOST_PAGES + 1
    assert "Nothing was marked deleted" in error.value.do


def test_a_long_list_is_read_to_its_end() -> None:
    assert sum(len(page.records) for page in scan(Endless(10_000), PageNumber())) == 10_000


def test_a_list_that_was_that_long_before_or_says_so_may_be_longer() -> None:
    long = MOST_PAGES * GROWTH
    read = scan(Endless(long), PageNumber(), expected=long // GROWTH + 1)
    assert sum(len(page.records) for page in read) == long
    messages = scan(Endless(long, lambda number: long), PageNumber())
    assert sum(len(page.records) for page in messages) == long
