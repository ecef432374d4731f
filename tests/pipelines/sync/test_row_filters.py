"""The setting ``where``: tables hold the rows that meet it; rows that leave it are neither deleted nor current."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.inspect.plan import plan_account
from fieldhouse.pipelines.inspect.verify import verify_account
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness

Record = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A filter of one table: its value, another value, and the fields that move a row from one to the other."""

    vendor: str
    table: str
    field: str
    one: Any
    other: Any
    to_one: Record
    to_other: Record
    meets: Callable[[Record, Any], bool]
    size: float = 0.2

    def __str__(self) -> str:
        return f"{self.vendor}.{self.table}.{self.field}"

    def where(self, value: Any) -> dict[str, dict[str, Any]]:
        return {self.table: {self.field: value}}


def plain(vendor: str, table: str, field: str, one: Any, other: Any, size: float = 0.2) -> Case:
    return Case(
        vendor,
        table,
        field,
        one,
        other,
        {field: one},
        {field: other},
        lambda row, value: (
            (row.get(field) or False) == value if isinstance(value, bool) else row.get(field) == value
        ),
        size,
    )


CASES = [
    plain("bossdesk", "tickets", "status", "assigned", "closed", 0.15),
    plain("bossdesk", "users", "is_agent", True, False),
    plain("shiftboard", "shifts", "published", False, True),
    plain("shiftboard", "timecards", "approved", True, False),
    plain("shiftboard", "time_off_requests", "status", "2", "3"),
    Case(
        "servicesidekick",
        "jobs",
        "state",
        "uncompleted",
        "completed",
        {"completed_on": None},
        {"completed_on": "2026-10-01T10:00:00-04:00"},
        lambda row, value: (row["completed_on"] is None) == (value == "uncompleted"),
    ),
    plain("servicesidekick", "tasks", "completed", True, False),
]


@contextmanager
def opened(case: Case, url: str, home: Path, **settings: str) -> Iterator[SyncHarness]:
    box = SANDBOXES[case.vendor](size=case.size, edge_cases=True)
    with open_harness(box, url, home, where=json.dumps(case.where(case.one)), **settings) as ready:
        yield ready


def refiltered(sandbox: SyncHarness, where: dict[str, Any]) -> SyncHarness:
    account = sandbox.account
    settings = account.settings.model_copy(update={"where": where})
    return replace(sandbox, account=replace(account, settings=settings))


def live(sandbox: SyncHarness, table: str, *, deleted: bool = False) -> set[str]:
    test = "IS NOT NULL" if deleted else "IS NULL"
    schema = sandbox.account.schema
    return {str(key) for (key,) in sandbox.fetch(f"SELECT id FROM {schema}.{table} WHERE _deleted_at {test}")}


def rows(sandbox: SyncHarness, case: Case, value: Any) -> list[str]:
    return [str(row["id"]) for row in sandbox.sandbox.truth()[case.table] if case.meets(row, value)]


def key(case: Case, text: str) -> Any:
    return text if case.vendor == "shiftboard" else int(text)


@pytest.fixture
def tickets(tmp_path: Path) -> Iterator[SyncHarness]:
    with opened(replace(CASES[0], size=0.25), duckdb_url(tmp_path), tmp_path) as ready:
        yield ready


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_table_holds_the_rows_that_meet_its_filter(case: Case, tmp_path: Path) -> None:
    follow_a_filter(case, duckdb_url(tmp_path), tmp_path)


@pytest.mark.postgres
@pytest.mark.parametrize("case", [CASES[1], CASES[2], CASES[5]], ids=str)
def test_postgres_holds_the_rows_that_meet_a_filter(case: Case, postgres_url: str, tmp_path: Path) -> None:
    follow_a_filter(case, postgres_url, tmp_path)


def follow_a_filter(case: Case, url: str, home: Path) -> None:
    """Sync with a filter, with rows that join, leave and vanish, with another filter, and without any."""
    with opened(case, url, home) as sandbox:
        box: Any = sandbox.sandbox
        assert sandbox.sync(case.table).exit_code == 0
        before = rows(sandbox, case, case.one)
        assert live(sandbox, case.table) == set(before)
        assert 3 < len(before) < len(box.truth()[case.table])

        box.clock.advance(hours=1)
        leaves, gone = before[1], before[2]
        joins = rows(sandbox, case, case.other)[0]
        box.change(case.table, key(case, leaves), **case.to_other)
        box.change(case.table, key(case, joins), **case.to_one)
        box.delete(case.table, key(case, gone))
        assert sandbox.sync(case.table, sweep=True).exit_code == 0
        assert live(sandbox, case.table) == set(rows(sandbox, case, case.one))
        assert live(sandbox, case.table, deleted=True) == {gone}
        assert joins in live(sandbox, case.table)

        report = verify_account(
            sandbox.account, sandbox.warehouse, Options(), tables=sandbox.account.tables([case.table])
        )
        assert report.exit_code == 0
        assert report.tables[-1].differences == 0

        other = refiltered(sandbox, case.where(case.other))
        assert other.sync(case.table).exit_code == 0
        assert live(sandbox, case.table) == set(rows(sandbox, case, case.other))
        assert live(sandbox, case.table, deleted=True) == {gone}
        assert other.sync(case.table, full=True).exit_code == 0
        assert live(sandbox, case.table) == set(rows(sandbox, case, case.other))

        everything = refiltered(sandbox, {})
        assert everything.sync(case.table).exit_code == 0
        assert everything.differences(case.table) == []


@pytest.mark.parametrize("case", [CASES[1], CASES[2]], ids=str)
def test_a_row_that_leaves_is_removed_by_the_next_read_of_changes(case: Case, tmp_path: Path) -> None:
    with opened(case, duckdb_url(tmp_path), tmp_path) as sandbox:
        box: Any = sandbox.sandbox
        sandbox.sync(case.table)
        leaves = rows(sandbox, case, case.one)[0]
        box.clock.advance(hours=1)
        box.change(case.table, key(case, leaves), **case.to_other)
        box.reset_counts()
        (outcome,) = sandbox.sync(case.table).outcomes
        assert leaves not in live(sandbox, case.table) | live(sandbox, case.table, deleted=True)
        assert live(sandbox, case.table) == set(rows(sandbox, case, case.one))
        assert any("1 rows that do not meet the filter" in note for note in outcome.notes)
        assert outcome.requests < 6


def test_children_of_rows_that_leave_are_removed_with_them(tickets: SyncHarness) -> None:
    case = CASES[0]
    tickets.sync("tickets")
    assert refiltered(tickets, case.where("closed")).sync("tickets").exit_code == 0
    orphans = (
        "SELECT count(*) FROM bossdesk.tickets__custom_fields AS c"
        " WHERE NOT EXISTS (SELECT 1 FROM bossdesk.tickets AS t WHERE t.id = c._parent_id)"
    )
    assert tickets.fetch(orphans) == [(0,)]
    assert tickets.fetch("SELECT count(*) > 0 FROM bossdesk.tickets__custom_fields") == [(True,)]


def test_rows_read_per_parent_leave_with_it_and_are_not_called_deleted(tmp_path: Path) -> None:
    case = plain("shiftboard", "shifts", "published", True, False)
    with opened(case, duckdb_url(tmp_path), tmp_path) as sandbox:
        sandbox.sync("shift_signups")
        signups = sandbox.fetch("SELECT count(*) FROM shiftboard.shift_signups")[0][0]
        assert signups
        parents = sandbox.fetch("SELECT DISTINCT shift FROM shiftboard.shift_signups")
        box: Any = sandbox.sandbox
        box.clock.advance(hours=1)
        box.change("shifts", str(parents[0][0]), published=False)
        assert sandbox.sync("shift_signups", sweep=True).exit_code == 0
        left = sandbox.fetch("SELECT DISTINCT shift FROM shiftboard.shift_signups")
        assert set(left) == set(parents[1:])


def test_a_filter_that_the_vendor_ignores_stops_the_table(tickets: SyncHarness) -> None:
    tickets.sync("tickets")
    before = live(tickets, "tickets")
    box: Any = tickets.sandbox
    name = "q[status_eq]"

    def ignoring(call: Call, honest: Answer) -> Answer | None:
        if name not in call.query:
            return None
        return box.answer(
            replace(call, query={key: value for key, value in call.query.items() if key != name})
        )

    box.faults.append(ignoring)
    (outcome,) = refiltered(tickets, {"tickets": {"status": "closed"}}).sync("tickets").outcomes
    assert isinstance(outcome.error, FixSettings)
    assert "ignores the filter 'status'" in str(outcome.error)
    assert live(tickets, "tickets") == before


def test_a_filter_that_records_do_not_show_is_checked_by_its_opposite(tmp_path: Path) -> None:
    case = CASES[-2]
    with opened(case, duckdb_url(tmp_path), tmp_path) as sandbox:
        box: Any = sandbox.sandbox

        def ignoring(call: Call, honest: Answer) -> Answer | None:
            if "state" not in call.query:
                return None
            return box.answer(
                replace(call, query={key: value for key, value in call.query.items() if key != "state"})
            )

        box.faults.append(ignoring)
        (outcome,) = sandbox.sync("jobs").outcomes
        assert isinstance(outcome.error, FixSettings)
        assert outcome.rows_written == 0


def test_many_rows_may_leave_but_not_many_be_deleted(tickets: SyncHarness) -> None:
    box: Any = tickets.sandbox
    closed = refiltered(tickets, {"tickets": {"status": "closed"}})
    closed.sync("tickets")
    inside = rows(closed, CASES[0], "closed")
    stays = inside[len(inside) // 2 :]
    assert len(stays) > 8
    box.clock.advance(hours=1)
    for number in inside[: len(inside) // 2]:
        box.change("tickets", int(number), status="assigned")
    assert closed.sync("tickets", sweep=True).exit_code == 0
    assert live(closed, "tickets") == set(stays)

    for number in stays[:-2]:
        box.delete("tickets", int(number))
    assert closed.sync("tickets", sweep=True).exit_code == 4
    assert live(closed, "tickets") == set(stays)


def test_plan_and_verify_state_the_filter(tickets: SyncHarness) -> None:
    tables = tickets.account.tables(["tickets"])
    first = plan_account(tickets.account, tickets.warehouse, Options(), tables=tables).tables[0]
    assert first.how.endswith("where status = assigned")
    assert tickets.sync("tickets").outcomes[0].requests == pytest.approx(first.requests, rel=0.15)
    (verified,) = verify_account(tickets.account, tickets.warehouse, Options(), tables=tables).tables
    assert "only rows where status = assigned" in verified.outcome.notes

    narrower = refiltered(tickets, {"tickets": {"status": "waiting"}})
    second = plan_account(narrower.account, tickets.warehouse, Options(), tables=tables).tables[0]
    assert narrower.sync("tickets").outcomes[0].requests == pytest.approx(second.requests, abs=2)
    assert tickets.sync("tickets").exit_code == 0

    other = refiltered(tickets, {"tickets": {"status": "closed"}}).account
    changed = verify_account(other, tickets.warehouse, Options(), tables=tables)
    assert changed.exit_code == 4
    assert any("run 'fieldhouse sync' first" in note for note in changed.tables[0].outcome.notes)


def test_rows_that_leave_after_the_sync_are_no_difference(tickets: SyncHarness) -> None:
    box: Any = tickets.sandbox
    tickets.sync("tickets")
    box.clock.advance(minutes=1)
    box.change("tickets", int(rows(tickets, CASES[0], "assigned")[0]), status="closed")
    report = verify_account(
        tickets.account, tickets.warehouse, Options(), tables=tickets.account.tables(["tickets"])
    )
    assert (report.exit_code, report.later) == (0, 1)


def test_history_closes_the_version_of_a_row_that_leaves(tmp_path: Path) -> None:
    case = CASES[1]
    with opened(case, duckdb_url(tmp_path), tmp_path, history="users") as sandbox:
        sandbox.sync("users")
        assert refiltered(sandbox, {"users": {"is_agent": False}}).sync("users").exit_code == 0
        still_open = "SELECT count(*) FROM bossdesk.users_history WHERE _valid_to IS NULL AND is_agent"
        closed = "SELECT count(*) > 3 FROM bossdesk.users_history WHERE _valid_to IS NOT NULL AND is_agent"
        assert (sandbox.fetch(still_open), sandbox.fetch(closed)) == ([(0,)], [(True,)])
