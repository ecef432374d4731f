"""The questions' answers, and every mart of the sandboxes' warehouse, against recomputations from the raw tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tests.support.marts.marts_warehouse import Built, needs_dbt
from tests.support.marts.oracle import jobs, money, shifts, tickets
from tests.support.marts.oracle.account_clock import AccountClock, live
from tests.support.marts.oracle.comparison import compare
from tests.support.marts.oracle.sandbox_tables import sandbox_clocks, sandbox_tables

pytestmark = needs_dbt


@pytest.fixture(scope="module")
def raw(built: Built) -> dict[str, Any]:
    return sandbox_tables(built)


@pytest.fixture(scope="module")
def clocks(built: Built) -> dict[str, AccountClock]:
    return sandbox_clocks(built)


def test_marts_of_the_sandboxes_equal_the_oracle(
    built: Built, raw: dict[str, Any], clocks: dict[str, AccountClock]
) -> None:
    found, compared = compare(built.ask, clocks, raw)
    assert found == []
    assert compared > 10_000


def test_revenue_by_month(built: Built, raw: dict[str, Any], clocks: dict[str, AccountClock]) -> None:
    expected: dict[Any, list[Any]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for account in ("servicebridge", "servicesidekick"):
        for (_, month), values in money.months(account, raw[account], clocks[account]).items():
            expected[month][0] += values[0]
            expected[month][1] += values[2] or 0
    answer = built.answer("revenue_by_month")
    assert {row[0]: [row[2], row[4] or 0] for row in answer} == dict(expected)
    assert len(answer) > 12


def test_in_time_by_priority(built: Built, raw: dict[str, Any], clocks: dict[str, AccountClock]) -> None:
    names = {f"bossdesk:ticket:{row['id']}": row["priority__name"] for row in raw["bossdesk"]["tickets"]}
    expected: Counter[Any] = Counter()
    for account in ("bossdesk", "notific"):
        for key, (state, *_) in tickets.sla(account, raw[account], clocks[account]).items():
            expected[names.get(key) or "no priority", state] += 1
    for priority, met, missed, _, share in built.answer("in_time_by_priority"):
        assert (met, missed) == (expected[priority, "met"], expected[priority, "missed"])
        assert float(share) == pytest.approx(met / (met + missed))


def test_no_shows_and_lateness(built: Built, raw: dict[str, Any], clocks: dict[str, AccountClock]) -> None:
    names = {row["id"]: row["name"] for row in raw["shiftboard"]["workgroups"]}
    covered = [
        one
        for one in shifts.shifts_of("shiftboard", raw["shiftboard"], clocks["shiftboard"])
        if one.is_covered and one.is_over
    ]
    expected = Counter(names[one.row["workgroup"]] for one in covered)
    absent = Counter(names[one.row["workgroup"]] for one in covered if one.is_absent and not one.is_declined)
    answer = built.answer("no_shows_and_lateness")
    assert {row[0]: (row[1], row[2]) for row in answer} == {
        name: (count, absent[name]) for name, count in expected.items()
    }


def test_first_time_fix_by_month(built: Built, raw: dict[str, Any], clocks: dict[str, AccountClock]) -> None:
    expected: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for account in ("servicebridge", "servicesidekick"):
        for (_, month), values in jobs.first_time_fix(account, raw[account], clocks[account]).items():
            expected[month] = [one + other for one, other in zip(expected[month], values[1:], strict=True)]
    answer = built.answer("first_time_fix_by_month")
    assert {row[0]: [int(row[1]), int(row[2]), int(row[4])] for row in answer} == {
        month: [visited, fixed, repeated] for month, (visited, fixed, _, repeated) in expected.items()
    }


def test_technicians_last_month(built: Built, raw: dict[str, Any], clocks: dict[str, AccountClock]) -> None:
    last = (built.now.date().replace(day=1) - built.now.date().resolution).replace(day=1)
    expected: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for account in ("servicebridge", "servicesidekick"):
        days = jobs.technician_days(account, raw[account], clocks[account])
        for (who, day), (_, _, worked, available, _) in days.items():
            if day.replace(day=1) == last:
                expected[who][0] += available / 60
                expected[who][1 if available else 2] += worked / 60
    answer = {row[0]: [float(value) for value in row[2:5]] for row in built.answer("technicians_last_month")}
    assert answer == {who: pytest.approx(values) for who, values in expected.items()}
    assert len(answer) > 5


def test_win_rate_by_representative(built: Built, raw: dict[str, Any]) -> None:
    won: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for row in live(raw["servicebridge"]["estimates"]):
        name = row["sales_representative__name"] or "nobody"
        won[name] += row["status"] == "Won"
        lost[name] += row["status"] == "Lost"
    answer = {row[0]: (row[1], row[2]) for row in built.answer("win_rate_by_representative")}
    assert answer == {name: (won[name], lost[name]) for name in won}


def test_assets_that_fail_most(built: Built, raw: dict[str, Any]) -> None:
    opened = {row["id"]: row for row in live(raw["bossdesk"]["tickets"]) if row["created_at"] <= built.now}
    expected: dict[str, list[Any]] = defaultdict(list)
    for row in live(raw["bossdesk"]["tickets__cis"]):
        ticket = opened.get(row["_parent_id"])
        if ticket and "incident" in (ticket["type__name"] or "incident").lower():
            expected[f"bossdesk:ci:{row['id']}"].append(ticket["created_at"])
    here = {f"bossdesk:ci:{row['id']}" for row in live(raw["bossdesk"]["cis"])}
    answer = {row[0]: (row[3], row[6]) for row in built.answer("assets_that_fail_most")}
    assert answer.keys() == expected.keys() & here
    for key, (incidents, mtbf) in answer.items():
        times = sorted(set(expected[key]))
        assert incidents == len(times)
        days = [(later - earlier).total_seconds() / 86400 for earlier, later in pairwise(times)]
        assert mtbf == (pytest.approx(sum(days) / len(days)) if days else None)


def test_time_in_each_status(built: Built, raw: dict[str, Any]) -> None:
    """Every open ticket has an interval that stands, and the intervals of a ticket follow each other."""
    answer = built.answer("time_in_each_status")
    open_tickets = {
        f"{vendor}:ticket:{row['id']}"
        for vendor, name in (("bossdesk", "closed_at"), ("notific", "closed_time"))
        for row in raw[vendor]["tickets_history"]
        if not row[name] and row["status"] != "closed"
    }
    seen = built.ask("SELECT DISTINCT ticket_key FROM marts.ticket_status_history WHERE status <> 'closed'")
    assert {key for (key,) in seen} >= {key for key in open_tickets if key.startswith("bossdesk")}
    assert sum(row[2] for row in answer) >= len(seen)
    gaps = (
        "SELECT count(*) FROM marts.ticket_status_history AS one JOIN marts.ticket_status_history AS other"
        " ON other.ticket_key = one.ticket_key AND other.place = one.place + 1"
        " WHERE one.valid_to IS NULL OR other.valid_from < one.valid_to"
    )
    assert built.ask(gaps) == [(0,)]


def test_margin_by_product(built: Built, raw: dict[str, Any]) -> None:
    expected: dict[str, Decimal] = defaultdict(Decimal)
    orders = {row["id"] for row in live(raw["servicebridge"]["work_orders"])}
    for row in live(raw["servicebridge"]["work_orders__work_order_lines"]):
        if row["_parent_id"] in orders and (row["product__id"] or row["service__id"]):
            kind, number = (
                ("product", row["product__id"]) if row["product__id"] else ("service", row["service__id"])
            )
            expected[f"servicebridge:{kind}:{number}"] += row["total"]
    answer = {row[0]: row[3] for row in built.answer("margin_by_product")}
    assert {key: answer[key] for key in expected} == {
        key: pytest.approx(value) for key, value in expected.items()
    }


def test_billable_time_by_agent(built: Built, raw: dict[str, Any]) -> None:
    spent: Counter[Any] = Counter()
    billed: Counter[Any] = Counter()
    here = {row["id"] for row in live(raw["bossdesk"]["tickets"])}
    for row in live(raw["bossdesk"]["tickets__time_entries"]):
        if row["_parent_id"] in here:
            spent[row["agent__id"]] += row["duration"]
            billed[row["agent__id"]] += row["duration"] if row["billable"] else 0
    answer = built.answer("billable_time_by_agent")
    assert sorted((round(float(row[1]), 6), round(float(row[2]), 6)) for row in answer) == sorted(
        (round(spent[who] / 60, 6), round(billed[who] / 60, 6)) for who in spent
    )
