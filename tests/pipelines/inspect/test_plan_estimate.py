"""A plan says what the next sync will ask for, and asks for no more than a page or two of a list itself."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, log2
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.inspect.plan import Plan, at_limits, plan_account
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.plan.list_length import second_look
from fieldhouse.sources.engine.plan.scan_estimate import Forecast
from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.sandbox.servicebridge.api import ServiceBridgeSandbox
from fieldhouse.sources.sandbox.servicesidekick.api import ServiceSidekickSandbox
from tests.support.runs.long_runs import in_long_runs, only_in_long_runs
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness, refusing


def planned(at: SyncHarness, *tables: str, **options: Any) -> Plan:
    """The plan, with the sandbox's count of requests set to those of the plan."""
    at.sandbox.reset_counts()
    return plan_account(at.account, at.warehouse, Options(**options), tables=at.account.tables(tables))


def really(at: SyncHarness, *tables: str, **options: Any) -> int:
    """The requests that a sync now sends."""
    at.sandbox.reset_counts()
    assert at.sync(*tables, **options).exit_code == 0
    return at.sandbox.requests()


def of(plan: Plan, table: str) -> Forecast:
    return next(item for item in plan.tables if item.table == table)


def near(sent: int) -> Any:
    """Within 5 %, which is exact below 20: no request more may be a guess."""
    return pytest.approx(sent, rel=0.05)


def edited(at: SyncHarness) -> None:
    """Half an hour of edits, deletes among them."""
    at.sandbox.clock.advance(minutes=30)
    done: list[str] = []
    while not any("delete" in line for line in done):
        assert len(done) < 200, "no row was deleted"
        done += at.sandbox.edit(20)


PROBES = 2
"""Requests that a plan may send per table on average."""


@pytest.mark.parametrize("vendor", SANDBOXES)
def test_a_plan_takes_few_requests_however_long_the_lists_are(vendor: str, tmp_path: Path) -> None:
    """ServiceSidekick's lists have neither a total nor an end that can be asked for: their ends take the logarithm of
    their pages to find, so a site that is larger still takes more."""
    sizes = (0.05, 1) if vendor == "servicesidekick" else in_long_runs((0.05, 1, 6), (0.05, 1))
    for size in sizes:
        folder = tmp_path / str(size)
        folder.mkdir()
        with open_harness(SANDBOXES[vendor](size=size), duckdb_url(folder), folder) as at:
            plan = planned(at)
            assert not [forecast.error for forecast in plan.tables if forecast.error]
            assert at.sandbox.requests() <= PROBES * len(plan.tables)


@pytest.mark.parametrize("vendor", SANDBOXES)
def test_the_plan_comes_true(vendor: str, tmp_path: Path) -> None:
    """First, with nothing changed, and after edits and deletes: plain, ``--full`` and ``--sweep``.

    The world is small, so one of a table's few rows may go without a doubt.
    """
    small = SANDBOXES[vendor](size=0.15)
    with open_harness(small, duckdb_url(tmp_path), tmp_path, max_delete_share="1") as at:
        first = planned(at)
        assert first.probes == at.sandbox.requests() <= PROBES * len(first.tables)
        assert first.requests == near(really(at))

        quiet = planned(at)
        assert quiet.probes == at.sandbox.requests() <= first.probes
        assert quiet.requests == really(at)

        for options in ({}, {"full": True}, {"sweep": True}):
            edited(at)
            plan = planned(at, **options)
            assert plan.probes == at.sandbox.requests() <= first.probes
            assert plan.requests == near(really(at, **options)), options


@pytest.mark.parametrize("vendor", SANDBOXES)
@pytest.mark.parametrize("sweep", [False, True])
def test_changed_column_rules_read_everything_again(vendor: str, sweep: bool, tmp_path: Path) -> None:
    box = SANDBOXES[vendor](size=0.1)
    for rules in ({}, {"personal_data": "hash"}, {}):
        with open_harness(box, duckdb_url(tmp_path), tmp_path, **rules) as at:
            plan = planned(at, sweep=sweep)
            assert plan.requests == near(really(at, sweep=sweep)), rules
        box.clock.advance(minutes=30)


def test_a_long_first_read_comes_true(tmp_path: Path) -> None:
    """Where pages are asked for beyond the end, whether they are sent is chance: a few of many."""
    with open_harness(BossDeskSandbox(size=2, edge_cases=True), duckdb_url(tmp_path), tmp_path) as at:
        plan = planned(at, "tickets", "cis")
        assert of(plan, "tickets").parts["list"] > 20
        assert plan.requests == near(really(at, "tickets", "cis"))


@pytest.mark.parametrize(
    ("vendor", "tables"),
    [("shiftboard", ["accounts", "shifts"]), ("bossdesk", ["tickets", "users"])],
)
def test_the_plan_sees_what_changed(vendor: str, tables: list[str], tmp_path: Path) -> None:
    with open_harness(SANDBOXES[vendor](), duckdb_url(tmp_path), tmp_path) as at:
        at.sync(*tables)
        at.sandbox.clock.advance(minutes=30)
        at.sandbox.edit(40)
        plan = planned(at, *tables)
        assert plan.requests == near(really(at, *tables))


@pytest.mark.parametrize(("gone", "share", "confirmed"), [(3, 0.2, 3), (130, 1.0, 131), (130, 0.2, 0)])
def test_missing_rows_are_confirmed(gone: int, share: float, confirmed: int, tmp_path: Path) -> None:
    """Each by its own address; many after a second scan; suspiciously many not at all."""
    settings = {"max_delete_share": str(share)}
    with open_harness(NotificSandbox(edge_cases=True), duckdb_url(tmp_path), tmp_path, **settings) as at:
        at.sync("tickets")
        for _ in range(gone):
            at.sandbox.delete("tickets")  # type: ignore[attr-defined]
        plan = planned(at, "tickets")
        assert of(plan, "tickets").parts.get("missing rows", 0) == confirmed
        assert plan.probes == 1
        at.sandbox.reset_counts()
        at.sync("tickets")
        assert plan.requests == at.sandbox.requests()


def test_a_list_that_grew_by_pages_is_measured_from_where_it_ended(tmp_path: Path) -> None:
    with open_harness(
        ServiceSidekickSandbox(size=0.4, edge_cases=True), duckdb_url(tmp_path), tmp_path
    ) as at:
        at.sync("customers")
        quiet = of(planned(at, "customers"), "customers")
        assert quiet.probes <= 3
        for _ in range(90):
            at.sandbox.create("customers")  # type: ignore[attr-defined]
        grown = planned(at, "customers")
        assert of(grown, "customers").requests >= quiet.requests + 3
        assert grown.requests == really(at, "customers")


def test_an_ignored_filter_is_planned_for(tmp_path: Path) -> None:
    """Then the tickets that are not closed are asked for one by one, each time."""
    with open_harness(BossDeskSandbox(size=0.3, edge_cases=True), duckdb_url(tmp_path), tmp_path) as at:
        at.sandbox.honours = set()  # type: ignore[attr-defined]
        first = planned(at, "tickets")
        assert first.requests == pytest.approx(really(at, "tickets"), rel=0.05, abs=2)
        second = planned(at, "tickets")
        assert second.requests == really(at, "tickets")
        assert 0 < of(second, "tickets").parts["details"] < of(first, "tickets").parts["details"]


def test_probes_grow_with_the_logarithm_of_the_pages(tmp_path: Path) -> None:
    with open_harness(BossDeskSandbox(size=4, edge_cases=True), duckdb_url(tmp_path), tmp_path) as at:
        tickets = of(planned(at, "tickets"), "tickets")
        rows = len(at.sandbox.truth()["tickets"])
        assert tickets.rows == rows
        assert tickets.parts["details"] == rows
        assert tickets.probes <= 2 + 2 * ceil(log2(rows / 30))


@pytest.mark.parametrize("trouble", ["ids with gaps", "the reverse order is refused", "it is ignored"])
def test_a_list_that_is_not_as_dense_as_its_first_page_is_still_measured(
    trouble: str, tmp_path: Path
) -> None:
    """The largest id is a hint: the search begins there, and begins without one if the vendor gives none."""
    box = BossDeskSandbox(size=3, edge_cases=True)

    def fault(call: Call, honest: Answer) -> Answer | None:
        if call.first("q[s]") != "id desc" or trouble == "ids with gaps":
            return None
        if "refused" in trouble:
            return Answer(400, b"{}")
        return box.answer(replace(call, query={**call.query, "q[s]": ["id asc"]}))

    with open_harness(box, duckdb_url(tmp_path), tmp_path) as at, box.fault(fault):
        if trouble == "ids with gaps":
            for number in sorted(box.stores["tickets"].updated)[200:1000:2]:
                box.delete("tickets", number)
        tickets = of(planned(at, "tickets"), "tickets")
        assert tickets.rows == len(box.truth()["tickets"])
        assert tickets.probes <= 2 + 2 * ceil(log2(1200 / 30))


def test_a_total_needs_one_probe(tmp_path: Path) -> None:
    with open_harness(ServiceBridgeSandbox(size=4, edge_cases=True), duckdb_url(tmp_path), tmp_path) as at:
        orders = of(planned(at, "work_orders"), "work_orders")
        assert orders.rows == len(at.sandbox.truth()["work_orders"])
        assert orders.probes == 1, "the filter's proof gives the total as well"


def test_a_sweep_is_planned_when_it_is_due(tmp_path: Path) -> None:
    with open_harness(BossDeskSandbox(size=0.3, edge_cases=True), duckdb_url(tmp_path), tmp_path) as at:
        at.sync("tickets", "groups")
        assert "list" not in of(planned(at, "groups"), "groups").parts
        swept = planned(at, "tickets", "groups", sweep=True)
        assert of(swept, "groups").how == "a sweep for deletes"
        assert "details" not in of(swept, "tickets").parts
        assert swept.requests == really(at, "tickets", "groups", sweep=True)


def test_a_plan_changes_nothing(tmp_path: Path) -> None:
    with open_harness(BossDeskSandbox(size=0.1, edge_cases=True), duckdb_url(tmp_path), tmp_path) as at:
        planned(at, "groups")
        with at.warehouse.session() as session:
            assert session.catalogue("bossdesk") == {}
        at.sync("groups")
        before = at.snapshot()
        planned(at, "groups")
        assert at.snapshot() == before


def test_a_table_that_may_not_be_read_is_one_request(tmp_path: Path) -> None:
    with open_harness(BossDeskSandbox(size=0.1, edge_cases=True), duckdb_url(tmp_path), tmp_path) as at:
        with at.sandbox.fault(refusing(lambda call: "/tags" in call.path, 403)):
            plan = planned(at, "tags", "teams")
        assert plan.exit_code == 2
        assert (of(plan, "tags").parts, of(plan, "teams").error) == ({"refused": 1}, None)


@pytest.mark.parametrize(
    ("status", "word", "code"), [(503, "out of reach", 3), (404, "not found", 2), (422, "refused", 4)]
)
def test_a_plan_says_what_came_instead_of_an_answer(
    status: int, word: str, code: int, tmp_path: Path
) -> None:
    """With as many requests as it took to find out: a sync will not do with less."""
    box = BossDeskSandbox(size=0.1, edge_cases=True)
    fault = box.fault(refusing(lambda call: "/tags" in call.path, status))
    with open_harness(box, duckdb_url(tmp_path), tmp_path) as at, fault:
        plan = planned(at, "tags")
        assert of(plan, "tags").parts == {word: box.requests()}
        box.reset_counts()
        assert at.sync("tags").exit_code == plan.exit_code == code
        assert plan.requests == box.requests()


def test_a_sync_tells_planned_against_actual(tmp_path: Path) -> None:
    with open_harness(BossDeskSandbox(size=0.2, edge_cases=True), duckdb_url(tmp_path), tmp_path) as at:
        tables = ("users", "tags")
        assert at.sync(*tables).requests_planned is None
        quiet = at.sync(*tables)
        assert quiet.requests_planned == quiet.requests
        at.sandbox.clock.advance(minutes=30)
        at.sandbox.edit(60)
        busy = at.sync(*tables)
        assert busy.requests_planned == quiet.requests < busy.requests


def test_seconds_at_the_limits() -> None:
    fifty, hourly = (50, 1.0), (60_000, 3600.0)
    assert at_limits(50, [fifty]) == 0
    assert at_limits(51, [fifty]) == 1
    assert at_limits(60_001, [fifty, hourly]) == 3600
    assert at_limits(1000, []) == 0


def test_a_second_look_costs_a_logarithm() -> None:
    assert [second_look(pages) for pages in (0, 1, 2, 30)] == [0, 0, 1, 7]


@pytest.mark.parametrize("size", [1, pytest.param(4, marks=only_in_long_runs)])
def test_windows_are_estimated_by_their_totals(size: float, tmp_path: Path) -> None:
    """By small pages, and few of them however many rows there are: within 15 % of the first sync."""
    with open_harness(SANDBOXES["shiftboard"](size=size), duckdb_url(tmp_path), tmp_path) as at:
        windowed = [table.name for table in at.account.vendor.tables if table.window]
        plan = planned(at, *windowed)
        assert plan.probes <= 6 * len(windowed)
        assert plan.requests == pytest.approx(really(at, *windowed), rel=0.15)
