"""A detail that is not the one that was requested replaces nothing: the row stays, the table is reported, and the next
sync asks again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.inspect.verify import verify_account
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.sandbox.bossdesk import BossDeskSandbox
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.sandbox.servicesidekick import ServiceSidekickSandbox
from fieldhouse.sources.sandbox.shiftboard import ShiftboardSandbox
from tests.support.runs.long_runs import leave_to_long_runs
from tests.support.sync_harness import SyncHarness, open_harness

Fault = Callable[[Call, Answer], Answer | None]
OURS = ("_synced_at", "_row_hash", "_list_hash", "_dlt_load_id", "_deleted_at")


def content(harness: SyncHarness) -> dict[str, list[str]]:
    """The live rows of all tables without what tells of their reading."""
    snapshot = harness.snapshot()
    return {
        name: sorted(
            json.dumps(
                {column: value for column, value in row.items() if column not in OURS},
                default=str,
                sort_keys=True,
            )
            for row in snapshot.live(name)
        )
        for name in snapshot.rows
    }


def outcome_of(harness: SyncHarness, table: str, **options: Any) -> Outcome:
    report = harness.sync(table, **options)
    return next(outcome for outcome in report.outcomes if outcome.table == table)


# --- BOSSDesk ----------------------------------------------------------------------------------------------


def instead(path: str, status: int, body: bytes) -> Fault:
    """The detail at the end of ``path`` answers this."""
    return lambda call, honest: Answer(status, body, honest.headers) if call.path.endswith(path) else None


def other(box: BossDeskSandbox, path: str, wrong: str) -> Fault:
    """The detail at the end of ``path`` answers another record's detail."""

    def answer(call: Call, honest: Answer) -> Answer | None:
        if not call.path.endswith(path):
            return None
        (there,) = list(box.faults)
        box.faults.remove(there)
        try:
            return box.handle(
                Call(call.method, call.path.removesuffix(path) + wrong, call.query, call.headers)
            )
        finally:
            box.faults.append(there)

    return answer


@pytest.fixture
def desk(warehouse_url: str, tmp_path: Path) -> Any:
    with open_harness(BossDeskSandbox(size=0.03, edge_cases=True), warehouse_url, tmp_path) as harness:
        yield harness


WRONG: Mapping[str, Callable[[BossDeskSandbox, str, str], Fault]] = {
    "missing": lambda box, path, wrong: instead(path, 404, b"{}"),
    "denied": lambda box, path, wrong: instead(path, 403, b"{}"),
    "refused": lambda box, path, wrong: instead(path, 422, b"{}"),
    "errors": lambda box, path, wrong: instead(path, 200, b'{"errors": {"base": ["busy"]}}'),
    "empty": lambda box, path, wrong: instead(path, 200, b"{}"),
    "list": lambda box, path, wrong: instead(path, 200, b"[]"),
    "null": lambda box, path, wrong: instead(path, 200, b"null"),
    "cut": lambda box, path, wrong: instead(path, 200, b'{"friendly_id": 1, "sub'),
    "page": lambda box, path, wrong: instead(path, 200, b"<html>login</html>"),
    "other": other,
}
EXIT = {"missing": 3, "denied": 2}
EVERYWHERE = ("missing", "other")
"""Wrong details on every kind of warehouse; the others on DuckDB, and everywhere in the long version."""


@pytest.fixture(autouse=True)
def skip_repetitions(request: pytest.FixtureRequest) -> None:
    """Before a warehouse is made for the test."""
    given = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    wrong = given.get("wrong", EVERYWHERE[0])
    if wrong not in EVERYWHERE and given.get("warehouse_url") != "duckdb":
        leave_to_long_runs()


def pair(harness: SyncHarness, table: str) -> tuple[str, str]:
    """The ends of the detail paths of two rows."""
    first, second = harness.sandbox.truth()[table][:2]
    return f"/{table}/{first['friendly_id']}", f"/{table}/{second['friendly_id']}"


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("table", ["tickets", "users", "cis"])
def test_a_wrong_detail_on_a_first_sync(desk: SyncHarness, table: str, wrong: str) -> None:
    box = desk.sandbox
    assert isinstance(box, BossDeskSandbox)
    with box.fault(WRONG[wrong](box, *pair(desk, table))):
        outcome = outcome_of(desk, table)
    assert outcome.error is not None
    assert getattr(outcome.error, "exit_code", 1) == EXIT.get(wrong, 4)
    snapshot = desk.snapshot()
    assert len(snapshot.live(table)) == len(box.truth()[table])
    assert not [name for name in snapshot.rows if "errors" in name]
    assert outcome_of(desk, table).error is None
    assert desk.differences(table) == []
    again = outcome_of(desk, table)
    assert (again.rows_written, again.error) == (0, None)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_detail_on_a_later_sync_changes_no_value(desk: SyncHarness, wrong: str) -> None:
    box = desk.sandbox
    assert isinstance(box, BossDeskSandbox)
    outcome_of(desk, "tickets")
    before = content(desk)
    with box.fault(WRONG[wrong](box, *pair(desk, "tickets"))):
        assert outcome_of(desk, "tickets", full=True).error is not None
        assert content(desk) == before
        assert outcome_of(desk, "tickets", full=True).rows_written == 0
    assert outcome_of(desk, "tickets").error is None
    assert content(desk) == before
    assert desk.differences("tickets") == []


def stored_ticket(harness: SyncHarness, id: Any) -> dict[str, Any]:
    return next(row for row in harness.snapshot().live("tickets") if str(row["id"]) == str(id))


def test_fields_of_the_list_are_updated_while_the_detail_is_missing(desk: SyncHarness) -> None:
    box = desk.sandbox
    outcome_of(desk, "tickets")
    ticket = box.truth()["tickets"][0]
    known = stored_ticket(desk, ticket["id"])
    box.clock.advance(hours=2)
    box.change("tickets", ticket["id"], title="a new title")
    with box.fault(instead(f"/tickets/{ticket['friendly_id']}", 404, b"{}")):
        assert outcome_of(desk, "tickets").error is not None
    changed = stored_ticket(desk, ticket["id"])
    assert changed["title"] == "a new title"
    assert {name for name in known if name not in OURS and known[name] != changed[name]} == {"title"}
    outcome_of(desk, "tickets")
    assert desk.differences("tickets") == []


@pytest.mark.parametrize("status", [404, 200])
def test_the_cursor_waits_one_sync_for_details_that_failed(desk: SyncHarness, status: int) -> None:
    box = desk.sandbox
    first = outcome_of(desk, "tickets").cursor_after
    one, other = box.truth()["tickets"][:2]
    for ticket in (one, other):
        box.clock.advance(hours=2)
        box.change("tickets", ticket["id"], description="changed")
    with box.fault(instead(f"/tickets/{one['friendly_id']}", status, b"{}")):
        failed = outcome_of(desk, "tickets")
        assert failed.error is not None
        assert failed.state is not None
        assert (failed.cursor_before, failed.cursor_after) == (first, None)
        assert stored_ticket(desk, other["id"])["description"] == "changed"
        still = outcome_of(desk, "tickets")
        assert still.error is not None
        assert still.cursor_before == first
        assert still.cursor_after not in (None, first)
        cheap = outcome_of(desk, "tickets")
        assert cheap.cursor_before == still.cursor_after
        assert cheap.requests <= still.requests
    assert outcome_of(desk, "tickets").error is None
    assert desk.differences("tickets") == []
    assert outcome_of(desk, "tickets").rows_written == 0


def test_a_row_that_is_really_gone_does_not_stay(desk: SyncHarness) -> None:
    box = desk.sandbox
    ticket = box.truth()["users"][0]
    with box.fault(instead(f"/users/{ticket['friendly_id']}", 404, b"{}")):
        outcome_of(desk, "users")
    box.delete("users", ticket["id"])
    assert outcome_of(desk, "users").error is None
    assert desk.differences("users") == []


def test_verify_names_a_row_that_is_missing_while_its_detail_is(desk: SyncHarness) -> None:
    box = desk.sandbox
    outcome_of(desk, "users")
    user = box.truth()["users"][0]
    with desk.warehouse.session() as session:
        session.db.execute(f"DELETE FROM bossdesk.users WHERE id = '{user['id']}'")
    with box.fault(instead(f"/users/{user['friendly_id']}", 404, b"{}")):
        report = verify_account(
            desk.account, desk.warehouse, Options(), tables=desk.account.tables(["users"])
        )
    (verified,) = report.tables
    assert dict(+verified.counts) == {"missing": 1}
    with box.fault(instead(f"/users/{box.truth()['users'][1]['friendly_id']}", 404, b"{}")):
        report = verify_account(
            desk.account, desk.warehouse, Options(), tables=desk.account.tables(["users"])
        )
    assert dict(+report.tables[0].counts) == {"missing": 1}


# --- Shiftboard --------------------------------------------------------------------------------------------


@pytest.fixture
def board(warehouse_url: str, tmp_path: Path) -> Any:
    with open_harness(ShiftboardSandbox(size=0.2, edge_cases=True), warehouse_url, tmp_path) as harness:
        yield harness


def failing(method: str, code: int, number: int | None = None) -> Fault:
    """Calls of ``method`` get a JSON-RPC error; only the call with that number of a batch, if given."""

    def answer(call: Call, honest: Answer) -> Answer | None:
        if not call.body:
            return None
        calls = json.loads(call.body)
        answers = json.loads(honest.body)
        many = isinstance(calls, list)
        for position, sent in enumerate(calls if many else [calls], start=1):
            if sent["method"] != method or number not in (None, position):
                continue
            for received in answers if many else [answers]:
                if str(received["id"]) == str(sent["id"]):
                    received.pop("result", None)
                    received["error"] = {"code": code, "message": "no"}
        return Answer(honest.status, json.dumps(answers).encode(), honest.headers)

    return answer


@pytest.mark.parametrize("number", [None, 2], ids=["all", "one"])
@pytest.mark.parametrize("code", [-32603, -32000, -32601])
@pytest.mark.parametrize(
    ("table", "method"), [("workgroups", "workgroup.get"), ("manager_notes", "managerNote.get")]
)
def test_columns_that_only_a_detail_tells_keep_their_values(
    board: SyncHarness, table: str, method: str, code: int, number: int | None
) -> None:
    outcome_of(board, table)
    before = content(board)
    with board.sandbox.fault(failing(method, code, number)):
        assert outcome_of(board, table).error is not None
    assert content(board) == before
    healed = outcome_of(board, table)
    assert (healed.error, healed.rows_written) == (None, 0)
    assert board.differences(table) == []


def foreign(method: str, field: str) -> Fault:
    """The first row that ``method`` answers names another parent."""

    def answer(call: Call, honest: Answer) -> Answer | None:
        if not call.body:
            return None
        calls, answers = json.loads(call.body), json.loads(honest.body)
        many = isinstance(calls, list)
        for sent, received in zip(calls if many else [calls], answers if many else [answers], strict=True):
            if sent["method"] != method or "result" not in received:
                continue
            for rows in received["result"].values():
                if isinstance(rows, list) and rows:
                    rows[0] = {**rows[0], field: "987654321"}
        return Answer(honest.status, json.dumps(answers).encode(), honest.headers)

    return answer


@pytest.mark.parametrize(
    ("table", "method", "field"),
    [
        ("memberships", "membership.list", "workgroup"),
        ("profile_configuration", "profileConfiguration.list", "profile_type"),
        ("account_points", "accountPoints.list", "account"),
    ],
)
def test_rows_of_another_parent_are_no_answer(
    board: SyncHarness, table: str, method: str, field: str
) -> None:
    assert board.sync(table).exit_code == 0
    before = content(board)
    with board.sandbox.fault(foreign(method, field)):
        failed = outcome_of(board, table, sweep=True)
    assert getattr(failed.error, "exit_code", 0) == 4, failed.error
    assert "987654321" not in str(failed.error)
    assert content(board) == before
    assert board.sync(table, sweep=True).exit_code == 0
    assert content(board) == before
    assert board.differences(table) == []


# --- ServiceSidekick ---------------------------------------------------------------------------------------


@pytest.fixture
def shop(warehouse_url: str, tmp_path: Path) -> Any:
    box = ServiceSidekickSandbox(size=0.2, edge_cases=True)
    box.honours_include = False
    with open_harness(box, warehouse_url, tmp_path) as harness:
        yield harness


def with_notes(harness: SyncHarness) -> dict[str, Any]:
    """A customer who has notes."""
    return next(row for row in harness.sandbox.truth()["customers"] if row.get("notes"))


def test_a_records_own_list_that_is_not_found_keeps_what_is_known_of_the_record(shop: SyncHarness) -> None:
    assert shop.sync("customers").exit_code == 0
    before = content(shop)
    assert before["customers__notes"]
    customer = with_notes(shop)
    with shop.sandbox.fault(instead(f"/customers/{customer['customer_number']}/notes.xml", 404, b"")):
        failed = outcome_of(shop, "customers")
        assert getattr(failed.error, "exit_code", 0) == 3
        assert content(shop) == before
        shop.sandbox.delete("customers", customer["id"])
    gone = outcome_of(shop, "customers", sweep=True)
    assert (gone.error, gone.rows_deleted) == (None, 1)


def test_a_new_record_arrives_while_its_own_list_is_not_found(shop: SyncHarness) -> None:
    customer = with_notes(shop)
    with shop.sandbox.fault(instead(f"/customers/{customer['customer_number']}/notes.xml", 404, b"")):
        assert outcome_of(shop, "customers").error is not None
        assert len(shop.snapshot().live("customers")) == len(shop.sandbox.truth()["customers"])
    assert outcome_of(shop, "customers").error is None
    notes = sum(len(row["notes"]) for row in shop.sandbox.truth()["customers"])
    assert len(shop.snapshot().live("customers__notes")) == notes
