"""BOSSDesk's lists where its text is silent: their order, what is refused, where they end, one closed ticket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldhouse.sources.bossdesk.tables import custom_fields
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.errors import Denied, PagesMoved
from fieldhouse.sources.engine.spec.incremental import ServerTime
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from tests.support.reader_harness import NOW
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness

PAGED = ("tickets", "users", "groups")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SyncHarness]:
    with open_harness(BossDeskSandbox(size=0.25, edge_cases=True), duckdb_url(tmp_path), tmp_path) as ready:
        yield ready


def box(sandbox: SyncHarness) -> BossDeskSandbox:
    assert isinstance(sandbox.sandbox, BossDeskSandbox)
    return sandbox.sandbox


def outcomes(sandbox: SyncHarness, *tables: str) -> dict[str, Outcome]:
    return {outcome.table: outcome for outcome in sandbox.sync(*tables).outcomes}


def refusing(*names: str) -> Callable[[Call, Answer], Answer | None]:
    """Answers 422 to every request with one of these parameters."""
    return lambda call, honest: Answer(422) if set(names) & set(call.query) else None


def test_a_list_without_an_order_is_asked_for_one(sandbox: SyncHarness) -> None:
    box(sandbox).steady = False
    report = sandbox.sync(*PAGED)
    assert report.exit_code == 0
    assert sandbox.differences(*PAGED) == []


def test_rows_that_no_scan_is_sure_of_are_not_called_complete(sandbox: SyncHarness) -> None:
    box(sandbox).steady = False
    box(sandbox).faults.append(refusing("q[s]"))
    tickets = outcomes(sandbox, "tickets")["tickets"]
    assert isinstance(tickets.error, PagesMoved)
    assert (tickets.status, tickets.error.exit_code, tickets.rows_deleted) == ("unsteady", 3, 0)
    assert tickets.rows_written > 0

    box(sandbox).steady = True
    assert sandbox.sync("tickets").exit_code == 0
    assert sandbox.differences("tickets") == []


def test_a_filter_is_used_where_only_its_order_is_refused(sandbox: SyncHarness) -> None:
    box(sandbox).faults.append(refusing("q[s]"))
    assert all(outcome.filter_proven for outcome in outcomes(sandbox, *PAGED).values())
    assert sandbox.differences(*PAGED) == []

    box(sandbox).clock.advance(hours=1)
    changed = list(box(sandbox).stores["tickets"].updated)[3]
    box(sandbox).comment(changed)
    box(sandbox).reset_counts()
    assert outcomes(sandbox, "tickets")["tickets"].rows_written == 1
    assert sandbox.differences(*PAGED) == []
    assert not any("q%5Bs%5D" in line or "q[s]" in line for line in box(sandbox).log), (
        "what was refused is asked again"
    )


def test_lists_are_read_where_every_search_is_refused(sandbox: SyncHarness) -> None:
    box(sandbox).faults.append(refusing("q[s]", "q[updated_at_gteq]"))
    assert [outcome.filter_proven for outcome in outcomes(sandbox, *PAGED).values()] == [False] * len(PAGED)
    assert sandbox.differences(*PAGED) == []


def test_a_page_that_does_not_exist_ends_the_list(sandbox: SyncHarness) -> None:
    def beyond(call: Call, honest: Answer) -> Answer | None:
        return Answer(404) if call.first("page", "1") != "1" and honest.body == b"[]" else None

    box(sandbox).faults.append(beyond)
    assert sandbox.sync(*PAGED).exit_code == 0
    assert sandbox.differences(*PAGED) == []


def test_one_closed_ticket_keeps_no_other_out(sandbox: SyncHarness) -> None:
    shut = len(box(sandbox).stores["tickets"].updated) // 2
    box(sandbox).denied[f"tickets/{shut}"] = 403
    tickets = outcomes(sandbox, "tickets")["tickets"]
    assert isinstance(tickets.error, Denied)
    assert "1 details may not be read" in tickets.error.what
    missing = {one.key for one in sandbox.differences("tickets") if one.table == "tickets"}
    assert len(missing) == 1

    box(sandbox).denied.clear()
    assert sandbox.sync("tickets").exit_code == 0
    assert sandbox.differences("tickets") == []


def test_details_that_may_not_be_read_at_all_are_not_asked_one_by_one(tmp_path: Path) -> None:
    """Far more users than requests at once: those under way when the first is refused are answered."""
    with open_harness(BossDeskSandbox(size=2, edge_cases=True), duckdb_url(tmp_path), tmp_path) as sandbox:
        count = len(box(sandbox).stores["users"].updated)
        for number in range(count + 1):
            box(sandbox).denied[f"users/{number}"] = 403
        users = outcomes(sandbox, "users")["users"]
        assert isinstance(users.error, Denied)
        assert users.rows_written == len(sandbox.sandbox.truth()["users"]), "the fields of the list are read"
        assert box(sandbox).calls["GET /api/v1/users/*"] < count


def test_a_custom_fields_value_is_one_text_whatever_it_is() -> None:
    """A cascading dropdown's value may be a list: it stands in ``value`` and makes no table of its own."""
    record = {"id": 1, "custom_fields": {"7": ["Hardware", "Mouse"], "8": {"id": 3}, "9": 12, "10": None}}
    shaped = next(custom_fields(record, ServerTime(NOW)))
    assert [row["value"] for row in shaped["custom_fields"]] == ['["Hardware","Mouse"]', '{"id":3}', 12, None]


def test_a_help_desk_with_a_new_address_is_one_account(sandbox: SyncHarness) -> None:
    """Its row has another key then: the old one is all of the table at first, and half of it in the next sync."""
    assert sandbox.sync("account").exit_code == 0

    def moved(call: Call, honest: Answer) -> Answer | None:
        body = honest.body.replace(b"example.bossdesk.io", b"moved.bossdesk.io")
        return Answer(honest.status, body, honest.headers) if call.path.endswith("/account") else None

    box(sandbox).faults.append(moved)
    assert [sandbox.sync("account").exit_code for _ in range(3)] == [4, 0, 0]
    rows = {row["full_domain"]: row["_deleted_at"] for row in sandbox.snapshot().rows["account"]}
    assert rows.keys() == {"example.bossdesk.io", "moved.bossdesk.io"}
    assert rows["moved.bossdesk.io"] is None
    assert rows["example.bossdesk.io"] is not None
