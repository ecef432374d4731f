"""Tables that only some accounts have: not offered is an outcome of its own, proven, remembered and asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.inspect.plan import Plan, plan_account
from fieldhouse.pipelines.inspect.verify import verify_account
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.spec.table import DeclarationError
from fieldhouse.sources.engine.spec.vendor import Vendor
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.sandbox.servicesidekick.api import ServiceSidekickSandbox
from tests.support.cli_runner import command_runner
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness, refusing

SWITCHES = {"bossdesk": "has_articles", "servicesidekick": "has_own_lists"}
BOXES: dict[str, Callable[[], Any]] = {
    "bossdesk": lambda: BossDeskSandbox(size=0.03),
    "servicesidekick": lambda: ServiceSidekickSandbox(size=0.05),
}
CONTROLS = {"bossdesk": "account", "servicesidekick": "customers"}
ABSENCE = 3
"""Requests that show that an account does not have a table."""


@pytest.fixture(params=list(SWITCHES))
def at(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SyncHarness]:
    with open_harness(BOXES[request.param](), duckdb_url(tmp_path), tmp_path) as harness:
        yield harness


def offer(at: SyncHarness, offered: bool) -> None:
    setattr(at.sandbox, SWITCHES[at.sandbox.name], offered)


def optional(at: SyncHarness) -> list[str]:
    return [table.name for table in at.account.vendor.tables if table.is_optional]


def chosen(at: SyncHarness) -> list[str]:
    """The optional tables, and the one that every account has."""
    return [*optional(at), CONTROLS[at.sandbox.name]]


def is_optional(at: SyncHarness) -> Callable[[Call], bool]:
    parts = [at.account.vendor.table(name).path for name in optional(at)]
    return lambda call: any(call.path.endswith(part) for part in parts)


def plan_of(at: SyncHarness) -> Plan:
    tables = at.account.tables(tuple(chosen(at)))
    return plan_account(at.account, at.warehouse, Options(), tables=tables)


def statuses(report: Any, names: list[str]) -> set[str]:
    return {outcome.status for outcome in report.outcomes if outcome.table in names}


def sent(report: Any, names: list[str]) -> int:
    return sum(outcome.requests for outcome in report.outcomes if outcome.table in names)


def age_absence(at: SyncHarness, **delta: float) -> None:
    """Let the time pass since the vendor showed that the account does not have the tables."""
    with at.warehouse.session() as session:
        schema = at.account.schema
        states = session.states(schema)
        then = (datetime.now(UTC) - timedelta(**delta)).isoformat()
        aged = {name: {**states[name], "not_offered_at": then} for name in optional(at)}
        session.record(schema, [], aged)


def stored(at: SyncHarness) -> set[str]:
    return {name for (name,) in at.fetch(_TABLES.format(schema=at.account.schema))}


_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}'"


def control_requests(at: SyncHarness) -> int:
    return sent(at.sync(CONTROLS[at.sandbox.name]), [CONTROLS[at.sandbox.name]])


def states(at: SyncHarness) -> dict[str, Any]:
    with at.warehouse.session() as session:
        return dict(session.states(at.account.schema))


def test_a_table_that_the_account_lacks_is_not_offered_and_remembered(at: SyncHarness) -> None:
    offer(at, False)
    names = optional(at)
    plan = plan_of(at)
    assert {table.how for table in plan.tables if table.table in names} == {"not offered"}
    at.sandbox.reset_counts()
    first = at.sync(*chosen(at))
    assert first.exit_code == 0
    assert statuses(first, names) == {"not offered"}
    assert sent(first, names) == ABSENCE * len(names)
    assert plan.requests == at.sandbox.requests()
    assert not set(names) & stored(at)
    log = f"SELECT DISTINCT outcome, error FROM {at.account.schema}._syncs WHERE table_name = '{names[0]}'"
    assert at.fetch(log) == [("not offered", None)]

    second = at.sync(*chosen(at))
    assert (second.exit_code, statuses(second, names), sent(second, names)) == (0, {"not offered"}, 0)
    assert second.requests_planned == second.requests
    assert {table.requests for table in plan_of(at).tables if table.table in names} == {0}
    verified = verify_account(
        at.account, at.warehouse, Options(), tables=at.account.tables(tuple(chosen(at)))
    )
    assert verified.exit_code == 0
    assert not set(names) & stored(at)

    assert sent(at.sync(*chosen(at), full=True), names) == ABSENCE * len(names)
    age_absence(at, days=6)
    assert sent(at.sync(*chosen(at)), names) == 0
    age_absence(at, days=8)
    assert at.sync(*chosen(at)).requests_planned == ABSENCE * len(names) + control_requests(at)

    offer(at, True)
    assert sent(at.sync(*chosen(at)), names) == 0, "asked for again too soon"
    assert at.sync(*chosen(at), full=True).exit_code == 0
    assert at.differences(*names) == []
    assert all("not_offered_at" not in state for state in states(at).values())


def test_rows_of_earlier_reads_stay_when_a_table_is_no_longer_offered(at: SyncHarness) -> None:
    names = optional(at)
    assert at.sync(*chosen(at)).exit_code == 0
    before = at.snapshot()
    offer(at, False)
    for options in ({"full": True}, {"sweep": True}, {}):
        report = at.sync(*chosen(at), **options)
        assert (report.exit_code, statuses(report, names)) == (0, {"not offered"})
        assert "rows of earlier reads stay as they are" in notes(report, names)
        assert all(at.snapshot().rows[name] == before.rows[name] for name in names)
    assert sent(report, names) == 0
    age_absence(at, hours=25)
    offer(at, True)
    assert statuses(at.sync(*chosen(at)), names) == {"ok"}, "asked for again when deletes are looked for"
    assert at.differences(*names) == []


def test_a_right_that_lacks_is_not_offered_and_one_that_was_withdrawn_is_denied(at: SyncHarness) -> None:
    names, refused = optional(at), refusing(is_optional(at), 403)
    with at.sandbox.fault(refused):
        assert statuses(at.sync(*chosen(at)), names) == {"not offered"}
    assert at.sync(*chosen(at), full=True).exit_code == 0
    before = at.snapshot()
    with at.sandbox.fault(refused):
        report = at.sync(*chosen(at))
    assert (report.exit_code, statuses(report, names)) == (2, {"denied"})
    assert all(at.snapshot().rows[name] == before.rows[name] for name in names)


@pytest.mark.parametrize(
    ("status", "everywhere", "code"),
    [(404, True, 2), (410, True, 2), (500, False, 3), (429, False, 3), (422, False, 4)],
)
def test_other_errors_prove_nothing(at: SyncHarness, status: int, everywhere: bool, code: int) -> None:
    """A wrong address answers 404 to all tables; a vendor in trouble answers other things."""
    names, hits = optional(at), is_optional(at)
    with at.sandbox.fault(refusing(lambda call: everywhere or hits(call), status)):
        report = at.sync(*chosen(at))
    assert report.exit_code == code
    assert "not offered" not in statuses(report, names)
    assert at.sync(*chosen(at)).exit_code == 0
    assert at.differences(*names) == []


def test_an_answer_that_is_not_repeated_proves_nothing(at: SyncHarness) -> None:
    once: set[str] = set()

    def flaky(call: Call, honest: Answer) -> Answer | None:
        if is_optional(at)(call) and call.path not in once:
            once.add(call.path)
            return Answer(404, b"{}")
        return None

    with at.sandbox.fault(flaky):
        report = at.sync(*chosen(at))
    assert (report.exit_code, statuses(report, optional(at))) == (2, {"failed"})
    assert at.sync(*chosen(at)).exit_code == 0
    assert at.differences(*optional(at)) == []


def notes(report: Any, names: list[str]) -> str:
    return " ".join(note for outcome in report.outcomes if outcome.table in names for note in outcome.notes)


def test_commands_show_what_is_not_offered(tmp_path: Path) -> None:
    box = BossDeskSandbox(size=0.03)
    box.has_articles = False
    with command_runner(tmp_path, box, SOURCES__BOSSDESK__TABLES="tags,account,article*") as at:
        checked = at.run("check")
        assert (checked.code, "bossdesk: 2 of 2 tables readable" in checked.out) == (0, True)
        assert checked.out.count("not offered") == 2
        synced = at.run("sync")
        assert synced.code == 0
        assert "bossdesk: 2 of 2 tables complete" in synced.out
        assert "not offered to this account (2): article_categories, articles" in synced.out
        again = at.run("sync", "--json")
        assert again.json["vendors"]["bossdesk"]["tables"]["articles"]["status"] == "not offered"
        assert again.json["vendors"]["bossdesk"]["tables"]["articles"]["error"] is None
        assert "not offered" in at.run("plan").out
        shown = at.run("status", "--max-age", "2h")
        assert (shown.code, shown.out.count("not offered")) == (0, 2)
        status = at.run("status", "--json").json["vendors"]["bossdesk"]["tables"]["articles"]
        assert (status["outcome"], status["exit_code"]) == ("not offered", 0)
        assert at.run("runs").code == 0
        assert "if offered" in at.run("tables", "bossdesk").out


def test_lists_of_records_that_the_account_lacks_are_remembered(tmp_path: Path) -> None:
    """Charges of jobs have a list of their own in some accounts, for jobs that come without them."""
    box = ServiceSidekickSandbox(size=0.1)
    with open_harness(box, duckdb_url(tmp_path), tmp_path) as at:
        assert at.sync("jobs").exit_code == 0
        before = at.snapshot().rows["jobs__job_charges"]
        box.honours_include = box.has_own_lists = False
        for lists, options in ((2, {}), (0, {}), (2, {"full": True})):
            box.reset_counts()
            assert at.sync("jobs", **options).exit_code == 0
            assert box.calls["GET /jobs/*/job_charges.xml"] == lists
            assert at.snapshot().rows["jobs__job_charges"] == before
        box.has_own_lists = True
        box.add_child("jobs", int(before[0]["_parent_id"]), "job_charges")
        assert at.sync("jobs", full=True).exit_code == 0
        assert len(at.snapshot().rows["jobs__job_charges"]) == len(before) + 1


def test_invoices_beside_a_total_are_the_same(tmp_path: Path) -> None:
    box = ServiceSidekickSandbox(size=0.1)
    with open_harness(box, duckdb_url(tmp_path), tmp_path) as at:
        box.wraps_invoices = True
        assert at.sync("invoices").exit_code == 0
        assert at.differences("invoices") == []


def test_a_job_that_becomes_an_opportunity_is_no_deleted_job(tmp_path: Path) -> None:
    """It leaves the list of jobs, and its own address still shows it."""
    box = ServiceSidekickSandbox(size=0.05)
    with open_harness(box, duckdb_url(tmp_path), tmp_path) as at:
        assert at.sync("jobs").exit_code == 0
        left, listed = box.truth()["jobs"][0]["id"], box._rows
        box._rows = lambda table: [row for row in listed(table) if row["id"] != left]  # type: ignore[method-assign]
        report = at.sync("jobs", sweep=True)
        assert (report.exit_code, report.outcomes[0].rows_deleted) == (0, 0)
        assert left in {row["id"] for row in at.snapshot().live("jobs")}
        box.delete("jobs", left)
        assert at.sync("jobs", full=True).outcomes[0].rows_deleted == 1


def test_optional_tables_need_a_control(at: SyncHarness) -> None:
    vendor: Vendor = at.account.vendor
    for wrong in ("", optional(at)[0], "nothing"):
        with pytest.raises(DeclarationError, match="control"):
            replace(vendor, control=wrong)
