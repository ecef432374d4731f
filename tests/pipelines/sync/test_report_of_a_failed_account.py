"""An account that failed has no complete tables but those that were committed, whatever kind of error ended it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from fieldhouse.pipelines.config.selection import Job
from fieldhouse.pipelines.output.report import print_report
from fieldhouse.pipelines.sync.accounts import sync_accounts
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.warehouse.connect import Warehouse
from fieldhouse.warehouse.errors import WarehouseSettingsError
from fieldhouse.warehouse.session import Session
from tests.support.sync_harness import duckdb_url, open_harness


class Silent:
    def update(self, account: str, outcomes: Sequence[Outcome]) -> None:
        pass

    def draw(self) -> None:
        pass


class FailingWarehouse:
    """A warehouse whose method raises at its n-th call."""

    def __init__(self, warehouse: Warehouse, method: str, error: Exception, calls: int) -> None:
        self._warehouse, self._method, self._error, self._calls = warehouse, method, error, calls

    def __getattr__(self, name: str) -> Any:
        if name == self._method:
            self._calls -= 1
            if self._calls <= 0:
                raise self._error
        return getattr(self._warehouse, name)


class FailingEnd(FailingWarehouse):
    """A warehouse whose last session of a run fails, when the tables are committed."""

    @contextmanager
    def session(self) -> Iterator[Session]:
        def fail(schema: str, keys: object) -> None:
            raise self._error

        with self._warehouse.session() as session:
            session.describe = fail  # type: ignore[method-assign]
            yield session


@pytest.mark.parametrize(("kind", "code"), [(RuntimeError, 1), (WarehouseSettingsError, 2)])
@pytest.mark.parametrize(("method", "calls"), [("account_lock", 1), ("session", 1), ("session", 2)])
def test_an_account_that_fails_counts_no_table_as_complete(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    method: str,
    calls: int,
    kind: type[Exception],
    code: int,
) -> None:
    """In the lock, before the first request, and while the rows are loaded."""
    with open_harness(NotificSandbox(size=0.05), duckdb_url(tmp_path), tmp_path) as at:
        failing = cast(Warehouse, FailingWarehouse(at.warehouse, method, kind("broken"), calls))
        job = Job(at.account, tuple(at.account.vendor.tables))
        (report,) = sync_accounts([job], failing, Options(), Silent())
    print_report(report, "here")
    output = capsys.readouterr().out
    assert report.exit_code == code
    assert output.startswith("notific: 0 of 4 tables complete; ")
    assert "unchanged" not in output
    assert output.count("error: ") == 1
    assert [outcome.status for outcome in report.outcomes] == ["failed"] * 4


def test_an_account_that_fails_while_it_is_read_counts_what_was_committed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(call: Call, honest: Answer) -> Answer | None:
        return Answer(403, b"") if "ustomers" in call.path else None

    box = NotificSandbox(size=0.05)
    with open_harness(box, duckdb_url(tmp_path), tmp_path) as at, box.fault(refused):
        job = Job(at.account, tuple(at.account.vendor.tables))
        (report,) = sync_accounts([job], at.warehouse, Options(), Silent())
    print_report(report, "here")
    assert capsys.readouterr().out.startswith("notific: 3 of 4 tables complete; ")
    assert sum(outcome.status == "ok" for outcome in report.outcomes) == 3


def test_a_defect_after_the_commits_counts_the_committed_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(call: Call, honest: Answer) -> Answer | None:
        return Answer(403, b"") if "ustomers" in call.path else None

    box = NotificSandbox(size=0.05)
    with open_harness(box, duckdb_url(tmp_path), tmp_path) as at, box.fault(refused):
        failing = cast(Warehouse, FailingEnd(at.warehouse, "", RuntimeError("broken"), 0))
        job = Job(at.account, tuple(at.account.vendor.tables))
        (report,) = sync_accounts([job], failing, Options(), Silent())
        stored = {outcome.table for outcome in report.outcomes if at.snapshot().rows.get(outcome.table)}
    print_report(report, "here")
    assert report.exit_code == 1
    assert stored == {outcome.table for outcome in report.outcomes if outcome.status == "ok"}
    assert len(stored) == 3
    assert capsys.readouterr().out.startswith("notific: 3 of 4 tables complete; ")
