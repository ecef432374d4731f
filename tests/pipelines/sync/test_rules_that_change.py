"""Rules for columns that come and go between syncs: what was removed is read again, whichever tables each sync read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from fieldhouse.pipelines.inspect.plan import plan_account
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.sandbox.servicebridge.api import ServiceBridgeSandbox
from fieldhouse.warehouse.session import Session
from tests.support.sync_harness import SyncHarness, open_harness

LISTS = ("leads", "work_orders")
Account = Callable[..., AbstractContextManager[SyncHarness]]


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
