"""Pagers are pure: what a page said goes in, the next request comes out."""

from __future__ import annotations

import pytest

from fieldhouse.sources.engine.errors import VendorChanged
from fieldhouse.sources.engine.http.pagination import (
    OneAnswer,
    PageInfo,
    PageNumber,
    Request,
    Single,
    StartBatch,
    merged,
)

LIST = Request("things", {"q": "x"})


def test_params_merge_deeply_and_the_right_side_wins() -> None:
    left = {"select": {"workgroup": ["1"], "extended": True}, "page": 1}
    assert merged(left, {"select": {"extended": False}}) == {
        "select": {"workgroup": ["1"], "extended": False},
        "page": 1,
    }
    assert left["select"] == {"workgroup": ["1"], "extended": True}, (
        "the declared parameters are never changed"
    )


def test_single_has_one_page() -> None:
    assert Single().page(LIST, 1) == LIST
    assert Single().after(LIST, 1, PageInfo(5), 5) is None


def test_one_answer_goes_on_only_where_it_looks_like_a_page() -> None:
    pager = OneAnswer(PageNumber("page", "size", 500), sizes=(30, 50))
    assert pager.page(LIST, 1) == LIST
    assert pager.after(LIST, 1, PageInfo(40, 40), 40) is None
    assert pager.after(LIST, 1, PageInfo(40, 0), 40) is None
    assert pager.after(LIST, 1, PageInfo(31), 31) is None
    assert pager.after(LIST, 1, PageInfo(0, 40), 0) is None
    assert pager.after(LIST, 1, PageInfo(30), 30) == LIST.having({"page": 2, "size": 30})
    second = pager.after(LIST, 1, PageInfo(40, 95), 40)
    assert second == LIST.having({"page": 2, "size": 40})
    third = pager.after(second, 2, PageInfo(40, 95), 80)
    assert third == LIST.having({"page": 3, "size": 40})
    assert pager.after(third, 3, PageInfo(15, 95), 95) is None
    assert pager.after(second, 2, PageInfo(0, 95), 40) is None


def test_page_numbers_go_on_after_a_short_page_and_end_at_an_empty_one() -> None:
    pager = PageNumber("page", "per_page", 30)
    assert pager.page(LIST, 3).params == {"q": "x", "per_page": 30, "page": 3}
    after_short = pager.after(pager.page(LIST, 1), 1, PageInfo(7), 7)
    assert after_short is not None
    assert after_short.params["page"] == 2
    assert pager.after(pager.page(LIST, 2), 2, PageInfo(0), 7) is None


@pytest.mark.parametrize(("collected", "total", "ends"), [(10, 10, True), (9, 10, False), (10, None, False)])
def test_a_total_ends_the_list_only_when_it_is_collected(
    collected: int, total: int | None, ends: bool
) -> None:
    pager = PageNumber()
    after = pager.after(pager.page(LIST, 1), 1, PageInfo(5, total), collected)
    assert (after is None) is ends


def test_start_batch_sends_the_vendors_own_next_back() -> None:
    pager = StartBatch(1000)
    first = pager.page(LIST, 1)
    assert first.params["page"] == {"start": 1, "batch": 1000}
    after = pager.after(first, 1, PageInfo(4, next={"start": "5", "batch": "2"}), 4)
    assert after is not None
    assert after.params["page"] == {"start": 5, "batch": 1000}
    assert pager.after(after, 2, PageInfo(0, next=None), 4) is None


@pytest.mark.parametrize("following", [{"start": 1}, {"start": "1"}, {"begin": 3}, {"start": None}, "soon"])
def test_a_next_page_that_leads_nowhere_is_refused(following: object) -> None:
    pager = StartBatch(10)
    with pytest.raises(VendorChanged, match="next page"):
        pager.after(pager.page(LIST, 1), 1, PageInfo(1, next=following), 1)
