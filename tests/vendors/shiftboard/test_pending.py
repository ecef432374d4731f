"""Shiftboard's accounts with a pending status: the text leaves open whether lists show them without being asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.sandbox.shiftboard.api import ShiftboardSandbox
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness


@contextmanager
def harness(folder: Path, **switches: bool) -> Iterator[SyncHarness]:
    sandbox = ShiftboardSandbox(seed=3, size=0.1, edge_cases=True)
    for name, value in switches.items():
        setattr(sandbox.site, name, value)
    with open_harness(sandbox, duckdb_url(folder), folder, max_delete_share="0.9") as made:
        yield made


def live(at: SyncHarness) -> int:
    return int(at.fetch("SELECT count(*) FROM shiftboard.accounts WHERE _deleted_at IS NULL")[0][0])


@pytest.mark.parametrize("switches", [{}, {"hides_pending": True}, {"refuses_pending": True}], ids=str)
def test_every_account_is_read_whatever_the_lists_hide(tmp_path: Path, switches: dict[str, bool]) -> None:
    with harness(tmp_path, **switches) as at:
        pending = [row for row in at.sandbox.truth()["accounts"] if row["org_pending"] != "0"]
        assert pending
        assert at.sync("accounts").exit_code == 0
        assert at.differences("accounts") == []
        at.sandbox.clock.advance(hours=1)  # type: ignore[attr-defined]
        changed = pending[0]["id"]
        at.sandbox.change("accounts", changed, city="Bonn")  # type: ignore[attr-defined]
        assert at.sync("accounts").exit_code == 0
        assert at.differences("accounts") == []


def test_refused_criterion_is_remembered(tmp_path: Path) -> None:
    with harness(tmp_path, refuses_pending=True) as at:
        at.sync("accounts", full=True)
        at.sandbox.reset_counts()
        at.sync("accounts", sweep=True)
        assert at.sandbox.calls["account.list"] == 2
        (stored,) = at.fetch("SELECT * FROM shiftboard._state WHERE table_name = 'accounts'")
        assert "account.list org_pending" in str(stored)


def test_account_that_becomes_pending_is_not_taken_for_deleted(tmp_path: Path) -> None:
    with harness(tmp_path, hides_pending=True) as at:
        at.sync("accounts")
        before = live(at)
        account = next(row for row in at.sandbox.truth()["accounts"] if row["org_pending"] == "0")
        at.sandbox.change("accounts", account["id"], org_pending="2")  # type: ignore[attr-defined]
        assert at.sync("accounts", sweep=True).exit_code == 0
        assert live(at) == before
        assert at.differences("accounts") == []


@pytest.mark.parametrize("is_deleted", [True, False])
def test_missing_account_is_asked_for_before_it_is_marked(tmp_path: Path, is_deleted: bool) -> None:
    """A list that hides an account for another reason: account.get tells whether it is there."""
    with harness(tmp_path) as at:
        at.sync("accounts")
        before, row = live(at), at.sandbox.truth()["accounts"][2]
        if is_deleted:
            at.sandbox.delete("accounts", row["id"])  # type: ignore[attr-defined]
        with at.sandbox.fault(hiding(row["id"])):
            assert at.sync("accounts", sweep=True).exit_code == 0
        assert live(at) == before - is_deleted
        assert at.sandbox.calls["account.get"] == 1


def hiding(account: str) -> Callable[[Call, Answer], Answer | None]:
    import json

    def fault(call: Call, honest: Answer) -> Answer | None:
        document = json.loads(honest.body)
        if b'"account.list' not in call.body or "result" not in document:
            return None
        rows = document["result"]["accounts"]
        document["result"]["accounts"] = [row for row in rows if row["id"] != account]
        return Answer(200, json.dumps(document).encode(), honest.headers)

    return fault
