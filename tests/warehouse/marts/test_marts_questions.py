"""The questions' whole answers, and every mart of the sandboxes' warehouse, against the oracle."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.support.marts.marts_warehouse import Built, needs_dbt
from tests.support.marts.oracle import assets, histories, jobs, money, shifts, technicians, tickets
from tests.support.marts.oracle.account_clock import live
from tests.support.marts.oracle.comparison import compare
from tests.support.marts.oracle.measures import DESKS, FIELD, MEASURES, World
from tests.support.marts.sandbox_tables import sandbox_clocks, sandbox_tables

pytestmark = needs_dbt


@pytest.fixture(scope="module")
def world(built: Built) -> World:
    return World(sandbox_tables(built), sandbox_clocks(built))


def sums(rows: Iterable[tuple[Any, tuple[Any, ...]]]) -> dict[Any, list[Any]]:
    """Key -> the sums of the values, of which None adds nothing and is the sum if there is nothing else."""
    results: dict[Any, list[Any]] = {}
    for key, values in rows:
        before = results.get(key, [None] * len(values))
        results[key] = [
            one if other is None else other if one is None else one + other
            for one, other in zip(before, values, strict=True)
        ]
    return results


def same(answer: list[tuple[Any, ...]], expected: Mapping[Any, Iterable[Any]], width: int = 1) -> None:
    """Each row of the answer, by the first columns as its key, with numbers to 1e-6."""
    results = {row[0] if width == 1 else row[:width]: row[width:] for row in answer}
    assert len(results) == len(answer)
    assert results.keys() == expected.keys()
    for key, values in expected.items():
        assert [_plain(value) for value in results[key]] == [
            pytest.approx(_plain(value), rel=1e-6, abs=1e-6)
            if isinstance(_plain(value), float)
            else _plain(value)
            for value in values
        ], key


def _plain(value: Any) -> Any:
    is_number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    return float(value) if is_number else value


def share(part: Any, complete: Any) -> float | None:
    return float(part) / float(complete) if complete else None


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
        ((month, None), (values[1], values[2], *values[6:])) for (_, month), values in months.items()
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
            (one.row["sales_representative__name"] or "nobody", None),
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
        amounts.append(((product or name, None), (quantity, total, margin, int(cost is None))))
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
    answer = sorted(tuple(_plain(value) for value in row) for row in built.answer("billable_time_by_agent"))
    assert [row[0] for row in answer] == [row[0] for row in expected]
    assert [row[1:] for row in answer] == [pytest.approx(row[1:]) for row in expected]
