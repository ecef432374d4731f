"""Verify: read every row from the vendor again and compare it with the warehouse; repair differences on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.errors import SHAPE, exit_code
from fieldhouse.pipelines.sync.account_sync import AccountSync, Progress
from fieldhouse.pipelines.sync.loader import AccountRun
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.errors import gravest
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.warehouse.connect import Warehouse

from .compare_loader import CompareLoader, Verified


@dataclass
class VerifyReport:
    """The differences of one account. ``error`` is set if the account as a whole could not be read.

    ``wrote`` is True if the warehouse's file was written to, be it only to land the rows for the comparison.
    """

    account: str
    tables: list[Verified] = field(default_factory=list)
    error: Exception | None = None
    seconds: float = 0.0
    requests: int = 0
    wrote: bool = False

    @property
    def repaired(self) -> int:
        """Rows that were repaired."""
        return sum(table.repaired for table in self.tables)

    @property
    def later(self) -> int:
        """Rows that changed at the vendor after the last sync."""
        return sum(table.later.total() for table in self.tables)

    @property
    def exit_code(self) -> int:
        """The gravest code: of errors, and 4 for differences that stay."""
        if self.error is not None:
            return exit_code(self.error)
        codes = [exit_code(table.outcome.error) for table in self.tables if table.outcome.error]
        if any(table.differences > table.repaired for table in self.tables):
            codes.append(SHAPE)
        return gravest(codes)


def verify_account(
    account: Account,
    warehouse: Warehouse,
    options: Options,
    *,
    tables: Sequence[Table],
    repair: bool = False,
    progress: Progress = lambda outcomes: None,
    slice_bytes: int | None = None,
    tick: float = 0.2,
) -> VerifyReport:
    """Compare ``tables`` of one account with the vendor; with ``repair``, repair exactly what differs."""
    loaders: list[CompareLoader] = []

    def loader(run: AccountRun) -> CompareLoader:
        loaders.append(CompareLoader(run, repair=repair))
        return loaders[0]

    sync = AccountSync(account, warehouse, options, tables, progress, slice_bytes, tick, loader)
    report = sync.execute()
    verified_by_name = loaders[0].verified  # in the order in which the tables were read to their ends
    verified = [
        verified_by_name[outcome.table] for outcome in report.outcomes if outcome.table in verified_by_name
    ]
    return VerifyReport(account.name, verified, report.error, report.seconds, report.requests, report.wrote)
