"""Questions that no mart answers, over the vendors' own tables: their whole answers, worked out from the rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, time
from decimal import Decimal
from statistics import median
from typing import Any

from tests.support.marts.answers import same, share, sums
from tests.support.marts.marts_warehouse import Built, needs_dbt
from tests.support.marts.oracle import shifts, tickets
from tests.support.marts.oracle.account_clock import live
from tests.support.marts.oracle.measures import World

pytestmark = needs_dbt


def test_leads_by_category(built: Built, world: World) -> None:
    counts = sums(
        (
            row["marketing_category__name"] or "no category",
            (
                1,
                row["status"] == "Converted",
                row["status"] == "Lost",
                row["expected_amount"] if row["status"] not in ("Converted", "Lost") else Decimal(0),
            ),
        )
        for row in live(world.tables["servicebridge"]["leads"])
    )
    expected = {
        key: (every, int(won), int(lost), share(won, won + lost), value)
        for key, (every, won, lost, value) in counts.items()
    }
    same(built.answer("leads_by_category"), expected)
    assert len(expected) > 1


def test_tickets_by_tag(built: Built, world: World) -> None:
    desk = world.tables["bossdesk"]
    known = {one.row["id"]: one for one in tickets.tickets_of("bossdesk", desk, world.clocks["bossdesk"])}
    expected = sums(
        (
            row["name"],
            (1, int(known[row["_parent_id"]].state == "open"), int(known[row["_parent_id"]].is_overdue)),
        )
        for row in live(desk["tickets__tags"])
        if row["_parent_id"] in known
    )
    same(built.answer("tickets_by_tag"), expected)
    assert len(expected) > 3


def test_late_tasks_by_team(built: Built, world: World) -> None:
    today = datetime.combine(built.now.date(), time(0), UTC)
    expected: dict[str, Counter[int]] = defaultdict(Counter)
    for row in live(world.tables["bossdesk"]["tickets__tasks"]):
        if row["due_at"] and row["due_at"] < today:
            is_open = row["closed_at"] is None
            is_late = not is_open and row["closed_at"] > row["due_at"]
            expected[row["team__name"] or "no team"] += Counter({0: 1, 1: is_late, 2: is_open})
    same(
        built.answer("late_tasks_by_team"),
        {team: (counts[0], counts[1], counts[2]) for team, counts in expected.items()},
    )
    assert sum(counts[0] for counts in expected.values()) > 20


def test_approvals_by_status(built: Built, world: World) -> None:
    waits: dict[str, list[Any]] = defaultdict(list)
    for row in live(world.tables["bossdesk"]["tickets__approval_requests"]):
        answered = row["responded_at"]
        waits[row["status"]].append(answered and (answered - row["created_at"]).total_seconds() / 3600)
    expected = {
        status: (len(own), len(known), median(known) if known else None)
        for status, own in waits.items()
        for known in ([wait for wait in own if wait is not None],)
    }
    same(built.answer("approvals_by_status"), expected)
    assert len(expected) > 1


def test_labour_cost_by_week(built: Built, world: World) -> None:
    board, clock = world.tables["shiftboard"], world.clocks["shiftboard"]
    codes = {row["id"]: row["pay_rate"] for row in board["paycodes"]}
    rates = {
        f"shiftboard:account:{row['id']}": row["pay_rate"]
        if row["pay_rate"] is not None
        else codes.get(row["paycode"])
        for row in board["accounts"]
    }
    expected = sums(
        (
            week,
            (
                values[4],
                values[4] * float(rate) if rate is not None else None,
                0 if rate is not None else values[4],
            ),
        )
        for (who, week), values in shifts.hours("shiftboard", board, clock).items()
        for rate in (rates.get(who),)
    )
    same(built.answer("labour_cost_by_week"), expected)
    assert len(expected) > 20
