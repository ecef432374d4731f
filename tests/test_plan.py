"""A plan says what the next sync will ask for, and asks next to nothing itself."""

from __future__ import annotations

from math import ceil, log2
from pathlib import Path
from typing import Any

import pytest

from pipelines.plan import Plan, at_limits, plan_account
from sources.engine.length import second_look
from sources.engine.run import Options
from sources.engine.survey import Forecast
from sources.sandbox import SANDBOXES, sandbox_class
from sources.sandbox.bossdesk import BossDesk
from sources.sandbox.servicebridge import ServiceBridge
from tests.stand import Stand, duckdb_url, refusing, stand


def planned(at: Stand, *tables: str, **options: Any) -> Plan:
    """The plan, with the sandbox's count of requests set to those of the plan."""
    at.box.reset_counts()
    return plan_account(at.account, at.warehouse, Options(**options), tables=at.account.tables(tables))


def really(at: Stand, *tables: str, **options: Any) -> int:
    """The requests that a sync now sends."""
    at.box.reset_counts()
    assert at.sync(*tables, **options).exit_code == 0
    return at.box.requests()


def of(plan: Plan, table: str) -> Forecast:
    return next(each for each in plan.tables if each.table == table)


@pytest.mark.parametrize("vendor", SANDBOXES)
def test_the_plan_comes_true(vendor: str, tmp_path: Path) -> None:
    """Within 5 %; of a first read, a few pages may be asked for beyond the end or not, by chance."""
    with stand(sandbox_class(vendor)(size=0.4), duckdb_url(tmp_path), tmp_path) as at:
        first = planned(at)
        assert first.probes == at.box.requests()
        assert first.requests == pytest.approx(really(at), rel=0.05, abs=3)

        quiet = planned(at)
        assert quiet.probes == at.box.requests() <= first.probes
        assert quiet.requests == really(at)

        again = planned(at, full=True)
        assert again.requests == really(at, full=True)


@pytest.mark.parametrize(
    ("vendor", "tables"),
    [("shiftboard", ["accounts", "shifts"]), ("bossdesk", ["tickets", "users"]), ("servicebridge", ["c*"])],
)
def test_the_plan_sees_what_changed(vendor: str, tables: list[str], tmp_path: Path) -> None:
    """But for a row that was deleted: that one is asked for by its own address, and nothing foretells it."""
    with stand(sandbox_class(vendor)(), duckdb_url(tmp_path), tmp_path) as at:
        at.sync(*tables)
        at.box.clock.advance(minutes=30)
        at.box.edit(40)
        plan = planned(at, *tables)
        assert plan.requests == pytest.approx(really(at, *tables), rel=0.05, abs=1)


def test_an_ignored_filter_is_planned_for(tmp_path: Path) -> None:
    """Then the tickets that are not closed are asked for one by one, each time."""
    with stand(BossDesk(size=0.3), duckdb_url(tmp_path), tmp_path) as at:
        at.box.honours = set()  # type: ignore[attr-defined]
        first = planned(at, "tickets")
        assert first.requests == pytest.approx(really(at, "tickets"), rel=0.05, abs=2)
        second = planned(at, "tickets")
        assert second.requests == really(at, "tickets")
        assert 0 < of(second, "tickets").parts["details"] < of(first, "tickets").parts["details"]


def test_probes_grow_with_the_logarithm_of_the_pages(tmp_path: Path) -> None:
    with stand(BossDesk(size=4), duckdb_url(tmp_path), tmp_path) as at:
        tickets = of(planned(at, "tickets"), "tickets")
        rows = len(at.box.truth()["tickets"])
        assert tickets.rows == rows
        assert tickets.parts["details"] == rows
        assert tickets.probes <= 2 + 2 * ceil(log2(rows / 30))


def test_a_total_needs_one_probe(tmp_path: Path) -> None:
    with stand(ServiceBridge(size=4), duckdb_url(tmp_path), tmp_path) as at:
        orders = of(planned(at, "work_orders"), "work_orders")
        assert orders.rows == len(at.box.truth()["work_orders"])
        assert orders.probes == 2, "one for the filter's proof, one for the total"


def test_a_sweep_is_planned_when_it_is_due(tmp_path: Path) -> None:
    with stand(BossDesk(size=0.3), duckdb_url(tmp_path), tmp_path) as at:
        at.sync("tickets", "groups")
        assert "list" not in of(planned(at, "groups"), "groups").parts
        swept = planned(at, "tickets", "groups", sweep=True)
        assert of(swept, "groups").how == "a sweep for deletes"
        assert "details" not in of(swept, "tickets").parts
        assert swept.requests == really(at, "tickets", "groups", sweep=True)


def test_a_plan_changes_nothing(tmp_path: Path) -> None:
    with stand(BossDesk(size=0.1), duckdb_url(tmp_path), tmp_path) as at:
        planned(at, "groups")
        with at.warehouse.session() as session:
            assert session.catalogue("bossdesk") == {}
        at.sync("groups")
        before = at.held()
        planned(at, "groups")
        assert at.held() == before


def test_a_table_that_may_not_be_read_is_one_request(tmp_path: Path) -> None:
    with stand(BossDesk(size=0.1), duckdb_url(tmp_path), tmp_path) as at:
        with at.box.fault(refusing(lambda call: "/tags" in call.path, 403)):
            plan = planned(at, "tags", "teams")
        assert plan.exit_code == 2
        assert (of(plan, "tags").parts, of(plan, "teams").error) == ({"refused": 1}, None)


def test_a_sync_tells_planned_against_actual(tmp_path: Path) -> None:
    with stand(BossDesk(size=0.2), duckdb_url(tmp_path), tmp_path) as at:
        tables = ("users", "tags")
        assert at.sync(*tables).planned is None
        quiet = at.sync(*tables)
        assert quiet.planned == quiet.requests
        at.box.clock.advance(minutes=30)
        at.box.edit(60)
        busy = at.sync(*tables)
        assert busy.planned == quiet.requests < busy.requests


def test_seconds_at_the_limits() -> None:
    fifty, hourly = (50, 1.0), (60_000, 3600.0)
    assert at_limits(50, [fifty]) == 0
    assert at_limits(51, [fifty]) == 1
    assert at_limits(60_001, [fifty, hourly]) == 3600
    assert at_limits(1000, []) == 0


def test_a_second_look_costs_a_logarithm() -> None:
    assert [second_look(pages) for pages in (0, 1, 2, 30)] == [0, 0, 1, 7]
