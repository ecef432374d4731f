"""Rules that hide columns: spelled as the vendor does, reported if they match nothing, and changed between syncs.

What was removed is read again, whichever tables each sync read.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from fieldhouse.pipelines.inspect.plan import plan_account
from fieldhouse.pipelines.sync.column_privacy import column_rule
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.servicebridge.api import ServiceBridgeSandbox
from fieldhouse.warehouse.session import Session
from tests.support.cli_runner import command_runner
from tests.support.sync_harness import SyncHarness, open_harness

LISTS = ("leads", "work_orders")
Account = Callable[..., AbstractContextManager[SyncHarness]]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("customers.Email", "customers.email"),
        ("customers.CellPhone", "customers.cell_phone"),
        ("customers.e-mail", "customers.e_mail"),
        ("customers.Address.ZipCode", "customers.address__zip_code"),
        ("*.*Email", "*.*email"),
        ("customers.created_*", "customers.created_*"),
        ("tickets.agent__username", "tickets.agent__username"),
        ("*email*", "*email*"),
    ],
)
def test_a_rule_is_taken_in_the_names_of_columns(rule: str, expected: str) -> None:
    assert column_rule(rule) == expected


@pytest.mark.parametrize("rule", ["customers.Email", "customers.CellPhone", "*.*Email"])
def test_the_vendors_spelling_hides_the_column(tmp_path: Path, rule: str) -> None:
    with command_runner(tmp_path, NotificSandbox(size=0.1, edge_cases=True)) as at:
        result = at.run("sync", "--tables", "customers", SOURCES__NOTIFIC__EXCLUDE_COLUMNS=rule)
        assert result.code == 0
        assert "matches no" not in result.out
        (row,) = at.run(
            "query",
            "SELECT count(*) AS columns FROM information_schema.columns WHERE table_name = 'customers'"
            f" AND column_name = '{column_rule(rule).rpartition('.')[2].strip('*')}'",
            "--json",
        ).json["rows"]
        assert row["columns"] == 0


def test_a_rule_that_matches_nothing_is_reported_by_check_and_by_every_sync(tmp_path: Path) -> None:
    with command_runner(tmp_path, NotificSandbox(size=0.1, edge_cases=True)) as at:
        rule = {"SOURCES__NOTIFIC__HASH_COLUMNS": "customers.nosuch"}
        expected = "sources.notific.hash_columns: 'customers.nosuch' matches no declared or stored column"
        assert expected in at.run("check", **rule).out
        for _ in range(2):
            assert expected in at.run("sync", **rule).out
        assert at.run("sync", "--json", **rule).json["vendors"]["notific"]["notes"] == [expected]


@pytest.fixture
def account(warehouse_url: str, tmp_path: Path) -> Account:
    """The same account with other settings each time; the first sync has run."""
    box = ServiceBridgeSandbox(size=0.1, edge_cases=True)

    def with_settings(**settings: str) -> AbstractContextManager[SyncHarness]:
        return open_harness(box, warehouse_url, tmp_path, **settings)

    with with_settings() as at:
        assert at.sync(*LISTS).exit_code == 0
    return with_settings


@pytest.mark.parametrize(
    "rules",
    [{"personal_data": "drop"}, {"personal_data": "hash"}, {"exclude_columns": "leads.*name*,*__*.*"}],
    ids=["drop", "hash", "exclude"],
)
def test_a_table_that_no_sync_read_under_the_rules_is_complete_again(
    account: Account, rules: dict[str, str]
) -> None:
    with account(**rules) as at:
        assert at.sync("work_orders").exit_code == 0
        assert at.differences("leads") != []
    with account() as at:
        at.sandbox.reset_counts()
        plan = plan_account(at.account, at.warehouse, Options(), tables=at.account.tables(LISTS))
        at.sandbox.reset_counts()
        assert at.sync(*LISTS).exit_code == 0
        assert at.sandbox.requests() == plan.requests
        assert at.differences(*LISTS) == []
        assert [outcome.rows_written for outcome in at.sync(*LISTS).outcomes] == [0, 0]


def test_rules_that_are_taken_back_after_a_run_was_killed(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The columns are gone, and the run ended before it noted under which rules."""
    remove = Session.remove

    def removed_then_killed(*arguments: object) -> None:
        remove(*arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, account(personal_data="drop") as at:
        patch.setattr(Session, "remove", removed_then_killed)
        with pytest.raises(KeyboardInterrupt):
            at.sync(*LISTS)
        assert at.differences("leads") != []
    with account() as at:
        assert at.sync(*LISTS).exit_code == 0
        assert at.differences(*LISTS) == []


def test_a_history_keeps_the_times_of_its_versions(account: Account) -> None:
    rules = {"exclude_columns": "*__*.*"}
    with account(history="*") as at:
        assert at.sync(*LISTS).exit_code == 0
    for settings in ({"history": "*", **rules}, {"history": "*"}):
        with account(**settings) as at:
            at.sandbox.edit(5)
            at.sandbox.clock.advance(minutes=30)
            assert at.sync(*LISTS).exit_code == 0
            tables = at.snapshot().columns
            assert "work_orders_history__visits" in tables
            for name, columns in tables.items():
                assert ("_valid_to" in columns) == ("_history" in name), name
