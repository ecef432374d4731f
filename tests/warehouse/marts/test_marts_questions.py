"""The questions' whole answers, and every mart of the sandboxes' warehouse, against the oracle."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.marts.answers import plain, same, share, sums
from tests.support.marts.marts_warehouse import Built, needs_dbt
from tests.support.marts.oracle import assets, histories, jobs, money, shifts, technicians, tickets, time_off
from tests.support.marts.oracle.account_clock import live
from tests.support.marts.oracle.comparison import compare
from tests.support.marts.oracle.measures import DESKS, FIELD, MEASURES, World

pytestmark = needs_dbt


def test_marts_of_the_sandboxes_equal_the_oracle(built: Built, world: World) -> None:
    with built.reading() as ask:
        result = compare(ask, world)
    assert result.differences == []
    assert result.compared.total() > 100_000


def test_every_mart_has_its_measures_in_the_oracle(built: Built) -> None:
    assert {measured.mart for measured in MEASURES} == set(built.report.rows)
    number = "data_type IN ('BIGINT', 'INTEGER', 'DOUBLE', 'BOOLEAN') OR data_type LIKE 'DECIMAL%'"
    counted = built.ask(
        f"SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'marts' AND ({number})"
    )
    messages = {(one.mart, column) for one in MEASURES for column in (*one.columns.split(), *one.key.split())}
    assert sorted(set(counted) - messages - COPIED) == []


COPIED = {
    (mart, column)
    for mart, columns in {
        "attendance": "is_absent is_acknowledged is_declined scheduled_minutes",
        "customers": "is_active balance",
        "estimates": "subtotal tax",
        "invoice_lines": "place price is_taxable",
        "jobs": "subtotal tax total",
        "person_records": "is_active",
        "receivables_ageing": "is_credit total",
        "revenue_by_job": "subtotal tax charged",
        "shifts": "is_all_day is_zone_known is_published is_urgent is_absent is_acknowledged is_declined",
        "sync_health": "minutes_since_success last_run_seconds last_run_requests",
        "time_off": "is_paid",
        "visits": "technicians",
    }.items()
    for column in columns.split()
}
"""Values that a mart passes on as the vendor has them, or as another mart has them."""


def test_revenue_by_month(built: Built, world: World) -> None:
    months = world.of(FIELD, money.months)
    expected = sums(
        ((month, f"currency of {account}"), (values[1], values[2], *values[6:]))
        for (account, month), values in months.items()
    )
    same(built.answer("revenue_by_month"), expected, 2)
    assert len(expected) > 12


def test_in_time_by_priority(built: Built, world: World) -> None:
    names = {
        f"bossdesk:ticket:{row['id']}": row["priority__name"] for row in world.tables["bossdesk"]["tickets"]
    }
    judged = [
        (names.get(key) or "no priority", values) for key, values in world.of(DESKS, tickets.sla).items()
    ]
    counts = sums(
        (priority, (state == "met", state == "missed", int(is_open)))
        for priority, (state, is_open, *_) in judged
        if state in ("met", "missed")
    )
    expected = {
        key: (met, missed, late, share(met, met + missed)) for key, (met, missed, late) in counts.items()
    }
    same(built.answer("in_time_by_priority"), expected)


def test_no_shows_and_lateness(built: Built, world: World) -> None:
    board = world.tables["shiftboard"]
    names = {row["id"]: row["name"] for row in board["workgroups"]}
    groups = {f"shiftboard:shift:{row['id']}": names[row["workgroup"]] for row in board["shifts"]}
    counts = sums(
        (groups[key], (1, state == "absent", state == "declined", int(is_late)))
        for key, (is_over, state, _, _, _, _, is_late, *_) in world.of(
            ("shiftboard",), shifts.attendance
        ).items()
        if is_over
    )
    same(
        built.answer("no_shows_and_lateness"),
        {key: (*values, (values[1] + values[2]) / values[0]) for key, values in counts.items()},
    )


def test_first_time_fix_by_month(built: Built, world: World) -> None:
    months = world.of(FIELD, jobs.first_time_fix)
    counts = sums(
        (month, (values[1], values[2], values[5], values[4])) for (_, month), values in months.items()
    )
    expected = {
        month: (visited, fixed, share(fixed, visited), again, share(again, went))
        for month, (visited, fixed, again, went) in counts.items()
    }
    same(built.answer("first_time_fix_by_month"), expected)


def test_technicians_last_month(built: Built, world: World) -> None:
    last = (built.now.date().replace(day=1) - built.now.date().resolution).replace(day=1)
    days = world.of(FIELD, lambda *given: technicians.by_day(*given, world.available))
    hours = sums(
        (who, (values[6] / 60, values[8] / 60, values[9] / 60))
        for (who, day), values in days.items()
        if day.replace(day=1) == last
    )
    names = {key: record.shown for key, record in world.people.records.items()}
    expected = {
        who: (names.get(who), there, worked, off, share(worked, there))
        for who, (there, worked, off) in hours.items()
    }
    same(built.answer("technicians_last_month"), expected)
    assert len(expected) > 5


def test_win_rate_by_representative(built: Built, world: World) -> None:
    bridge, clock = world.tables["servicebridge"], world.clocks["servicebridge"]
    counts = sums(
        (
            (one.row["sales_representative__name"] or "nobody", "currency of servicebridge"),
            (one.state == "won", one.state == "lost", one.total if one.state == "open" else Decimal(0)),
        )
        for one in money.estimates_of("servicebridge", bridge, clock)
    )
    expected = {key: (won, lost, share(won, won + lost), value) for key, (won, lost, value) in counts.items()}
    same(built.answer("win_rate_by_representative"), expected, 2)


def test_assets_that_fail_most(built: Built, world: World) -> None:
    entries = {f"bossdesk:ci:{row['id']}": row for row in live(world.tables["bossdesk"]["cis"])}
    expected = {
        key: (entries[key]["name"], entries[key]["type__name"], incidents, open_, last, mean, covered)
        for key, (_, covered, _, open_, incidents, _, last, mean) in world.of(
            ("bossdesk",), assets.assets
        ).items()
        if incidents
    }
    same(built.answer("assets_that_fail_most"), expected)
    assert len(expected) > 3


def test_time_in_each_status(built: Built, world: World) -> None:
    intervals = world.of(DESKS, histories.tickets).values()
    expected = sums(
        ((status, extended or "none"), (1, real / 60, business / 60, int(again)))
        for _, status, extended, _, _, _, real, business, _, again, _ in intervals
        if status != "closed"
    )
    same(built.answer("time_in_each_status"), expected, 2)
    assert sum(values[0] for values in expected.values()) > 20


def test_margin_by_product(built: Built, world: World) -> None:
    """ServiceSidekick's items have no cost; a line without a product goes by its name."""
    raw: dict[str, tuple[str | None, str | None]] = {}
    for row in world.tables["servicebridge"]["work_orders__work_order_lines"]:
        kind = "product" if row["product__id"] is not None else "service"
        number, name = row[f"{kind}__id"], row["product__name"] or row["service__name"] or row["description"]
        key = f"servicebridge:{kind}:{number}" if number is not None else None
        raw[f"servicebridge:work_order:{row['_parent_id']}:line:{row['_list_index']}"] = key, name
    for row in world.tables["servicesidekick"]["jobs__job_charges"]:
        key = f"servicesidekick:item:{row['item_id']}" if row["item_id"] is not None else None
        raw[f"servicesidekick:job:{row['_parent_id']}:line:{row['_list_index']}"] = key, row["name"]
    names: dict[Any, set[str]] = defaultdict(set)
    amounts = []
    for line, (_, _, _, quantity, total, cost, margin) in world.of(FIELD, assets.lines).items():
        product, name = raw[line]
        names[product or name].add(name or "")
        money_of = f"currency of {line.partition(':')[0]}"
        amounts.append(((product or name, money_of), (quantity, total, margin, int(cost is None))))
    expected = {key: (max(names[key[0]]), *values) for key, values in sums(amounts).items()}
    same(built.answer("margin_by_product"), expected, 2)
    assert len(expected) > 5


def test_billable_time_by_agent(built: Built, world: World) -> None:
    desk = world.tables["bossdesk"]
    lengths = world.of(("bossdesk",), tickets.agent_time)
    spent: Counter[Any] = Counter()
    billed: Counter[Any] = Counter()
    for row in live(desk["tickets__time_entries"]):
        key = f"bossdesk:ticket:{row['_parent_id']}:time_entry:{row['_list_index']}"
        if key in lengths:
            _, length, is_billable = lengths[key]
            spent[row["agent__id"]] += length or 0
            billed[row["agent__id"]] += (length or 0) * is_billable
    names = {row["id"]: f"{row['first_name']} {row['last_name']}" for row in live(desk["users"])}
    expected = sorted(
        (
            names.get(who, f"bossdesk:user:{who}"),
            spent[who] / 60,
            billed[who] / 60,
            share(billed[who], spent[who]),
        )
        for who in spent
    )
    answer = sorted(tuple(plain(value) for value in row) for row in built.answer("billable_time_by_agent"))
    assert [row[0] for row in answer] == [row[0] for row in expected]
    assert [row[1:] for row in answer] == [pytest.approx(row[1:]) for row in expected]


def test_days_sales_outstanding(built: Built, world: World) -> None:
    """Worked out from invoices and payments, and not from sums by month; payments on void invoices settle nothing."""
    bridge = ("servicebridge",)
    invoices = [values for values in world.of(bridge, money.invoices).values() if not values[1] and values[3]]
    payments = [values for values in world.of(bridge, money.payments).values() if values[5] and values[2]]
    expected = {}
    for account, month in world.of(bridge, money.months):
        days = monthrange(month.year, month.month)[1]
        last = month.replace(day=days)
        owed = sum(values[6] for values in invoices if values[3] <= last)
        owed -= sum(values[3] for values in payments if values[2] <= last)
        sold = sum(values[6] for values in invoices if values[3].replace(day=1) == month)
        expected[account, None, month] = sold, owed, float(owed) / float(sold) * days if sold else None
    same(built.answer("days_sales_outstanding"), expected, 3)
    assert len(expected) > 12


def test_collected_by_method(built: Built, world: World) -> None:
    names = {
        f"servicebridge:payment:{row['id']}": row["payment_method__name"] or "unknown"
        for row in world.tables["servicebridge"]["payments"]
    }
    expected = sums(
        (
            (names[key], "currency of servicebridge"),
            (1, values[3], Decimal(0) if values[5] else values[3]),
        )
        for key, values in world.of(("servicebridge",), money.payments).items()
    )
    same(built.answer("collected_by_method"), expected, 2)
    assert len(expected) > 3


def test_technician_scorecard(built: Built, world: World) -> None:
    """Work on a job that nobody scheduled has no visit, and counts all the same."""
    states, revenue = world.of(FIELD, jobs.jobs), world.of(FIELD, money.jobs_revenue)
    visits = world.of(FIELD, jobs.visits)
    job_of = {
        span.visit: span.job
        for account in FIELD
        for span in technicians.spans_of(account, world.tables[account])
    }
    by_job = sums(
        ((who, job_of[visit]), (worked, int(visit in visits and visits[visit][7])))
        for (visit, who), (_, _, worked, _) in world.of(FIELD, technicians.by_visit).items()
        if states[job_of[visit]][0] == "done"
    )
    hands = Counter(job for _, job in by_job)
    counts = sums(
        ((who, None), (1, worked / 60, again, float(revenue[job][2]) / hands[job]))
        for (who, job), (worked, again) in by_job.items()
    )
    names = {key: record.shown for key, record in world.people.records.items()}
    same(
        built.answer("technician_scorecard"),
        {key: (names.get(key[0]), *values) for key, values in counts.items()},
        2,
    )
    assert len(counts) > 5


def test_people_off_by_day(built: Built, world: World) -> None:
    board, clock = world.tables["shiftboard"], world.clocks["shiftboard"]
    off = defaultdict(set)
    for request in time_off.requests_of("shiftboard", board, clock):
        for number in range(-28, 29):
            day = built.now.date() + timedelta(days=number)
            if (
                request.state == "approved"
                and request.first
                and request.first <= day <= (request.last or day)
            ):
                off[day].add(request.worker)
    same(built.answer("people_off_by_day"), {day: (len(workers),) for day, workers in off.items()})
    assert off


def test_hours_over_forty(built: Built, world: World) -> None:
    names = {key: record.shown for key, record in world.people.records.items()}
    expected = {
        (week, who): (names.get(who), values[4], values[4] - 40)
        for (who, week), values in world.of(("shiftboard",), shifts.hours).items()
        if values[4] > 40
    }
    same(built.answer("hours_over_forty"), expected, 2)
