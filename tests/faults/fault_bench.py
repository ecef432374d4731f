"""What a case of the matrix works with: a sandbox, a warehouse, faults, and the judgement."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.config.settings import load
from fieldhouse.pipelines.sync.report import Report
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.http.client import Api
from fieldhouse.sources.sandbox.sandbox import Fault
from fieldhouse.sources.sandbox.server import environment
from fieldhouse.warehouse.connect import Warehouse, open_warehouse
from tests.faults.driver import Job
from tests.faults.injection_points import (
    DirectSync,
    InjectingSync,
    InjectingTransport,
    InjectingWarehouse,
    InjectionPoint,
    InjectionPoints,
    injecting_loader,
)
from tests.faults.process_pool import Ending, ProcessPool, Running
from tests.faults.small_worlds import Editor, SmallWorld, small_pages
from tests.faults.warehouses import OWN_FILES
from tests.support.sync_harness import ADDRESS, SandboxTransport
from tests.support.vendors.facts import VENDOR_FACTS
from tests.support.vendors.oracle import Difference, describe, differences, keyed
from tests.support.warehouse.warehouse_snapshot import Snapshot, read_snapshot

MOST_STATE = 64 * 1024
"""Bytes of the state of one table, however many rows share a value."""
NEVER_GONE = {"job_types", "job_statuses", "tax_entities", "employees"}
"""Tables of rows that stay in the warehouse once they were seen."""


@dataclass
class FaultBench:
    """One sandbox, one warehouse, one case.

    Attributes:
        pool: gives the pool of processes, which is started at its first use.
        direct: whether plain SQL lands every slice; dlt does otherwise.
        heals_directly: the same for the syncs after the fault.
    """

    pool: Callable[[], ProcessPool]
    case_id: str
    sandbox: Any
    address: str
    url: str
    folder: Path
    seed: int
    small_world: SmallWorld
    settings: dict[str, str]
    direct: bool = False
    heals_directly: bool = False

    def __post_init__(self) -> None:
        self.editor = Editor(self.sandbox, (self.seed, self.case_id), self.small_world)
        self.warehouse: Warehouse = open_warehouse(self.url, lock_wait=20)
        self.points = InjectionPoints()

    # --- syncs -------------------------------------------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        given = {
            f"SOURCES__{self.sandbox.name.upper()}__{name.upper()}": v for name, v in self.settings.items()
        }
        return {
            "HOME": str(self.folder),
            **environment([self.sandbox], {self.sandbox.name: self.address}),
            **given,
        }

    def account(self, points: InjectionPoints | None = None) -> Account:
        (account,) = load(self.environment, project=self.folder).accounts
        vendor = (
            small_pages(account.vendor, self.small_world.page) if self.small_world.page else account.vendor
        )
        connect = vendor.connect
        inner = SandboxTransport(self.sandbox) if self.address == ADDRESS else None
        wire = InjectingTransport(points, inner) if points else inner

        def connected(settings: Any) -> Api:
            api = connect(settings)
            given = {"sleep": lambda seconds: None, **({"wire": wire} if wire else {})}
            return replace(api, extra={**api.extra, "transport": {**api.extra.get("transport", {}), **given}})

        return replace(account, vendor=replace(vendor, connect=connected, limits=()))

    def sync(
        self,
        *faults: Fault,
        points: Sequence[InjectionPoint] = (),
        slice_bytes: int | None = None,
        tables: Sequence[str] = (),
        **options: Any,
    ) -> Report:
        """One sync in this process, with faults of the vendor and injection points on its way."""
        self.points = InjectionPoints(points)
        account = self.account(self.points if points else None)
        warehouse: Any = InjectingWarehouse(self.warehouse, self.points) if points else self.warehouse
        kind = DirectSync if self.direct else InjectingSync
        sync = kind(
            account,
            warehouse,
            Options(**options),
            account.tables(tables or self.small_world.tables),
            lambda outcomes: None,
            slice_bytes,
            0.005,
            injecting_loader(self.points),
        )
        sync.points = self.points
        self.sandbox.faults.extend(faults)
        try:
            return sync.execute()
        finally:
            for fault in faults:
                self.sandbox.faults.remove(fault)

    def synced(self, **options: Any) -> Report:
        """One sync that must go well."""
        report = self.sync(**options)
        assert report.exit_code == 0, describe_report(report)
        return report

    def started(self, *points: InjectionPoint, **job: Any) -> Running:
        """One sync in a process of its own, which needs a sandbox that is served."""
        return self.pool().start(self.job(*points, **job))

    def job(self, *points: InjectionPoint, **job: Any) -> Job:
        return Job(
            environment=self.environment,
            url=job.pop("url", self.url),
            folder=str(job.pop("folder", self.folder)),
            tables=job.pop("tables", self.small_world.tables),
            points=points,
            page=self.small_world.page,
            **job,
        )

    def broken(self, *points: InjectionPoint, **job: Any) -> Ending:
        """A sync in a process of its own, to its end."""
        return self.started(*points, **job).ended()

    # --- the judgement -----------------------------------------------------------------------------------------

    def edit(self, count: int = 8, *, deletes: bool = True, minutes: float = 30) -> None:
        """Time goes by, and people work with the vendor."""
        self.sandbox.clock.advance(minutes=minutes)
        self.editor.edit(count, deletes=deletes)

    def healed(self, *, sweep: bool = True, judge_extra: bool = True) -> Report:
        """One sync without faults, then the judgement."""
        usual = self.direct
        self.direct = usual or self.heals_directly
        report = self.synced(sweep=sweep)
        self.direct = usual
        if sweep:
            self.editor.swept()
        self.judge(extra=sweep and judge_extra)
        return report

    def judge(self, *, extra: bool = True, tables: Sequence[str] = ()) -> None:
        """The warehouse is the vendor's truth, nothing of a load is left, and the books are in order.

        Args:
            extra: rows that the vendor has deleted must be marked; without a sweep they cannot be.
        """
        now = self.snapshot()
        differences_left = self.differences(*tables, extra=extra, now=now)
        assert not differences_left, describe(differences_left)
        self._judge_books(now)

    def differences(self, *tables: str, extra: bool = True, now: Snapshot | None = None) -> list[Difference]:
        truth = self.truth()
        differences_left = differences(
            now or self.snapshot(), self.sandbox.name, truth, tables or self.small_world.tables
        )
        differences_left = [
            one for one in differences_left if one.kind != "missing row" or not self._is_removed(one, truth)
        ]
        return [
            one
            for one in differences_left
            if one.kind != "extra row" or (extra and one.table not in NEVER_GONE)
        ]

    def _is_removed(self, one: Difference, truth: dict[str, list[dict[str, Any]]]) -> bool:
        """A row that the vendor lists with a flag as deleted is taken out where deletes are hard."""
        flag = VENDOR_FACTS[self.sandbox.name].flags.get(one.table)
        if flag is None or self.settings.get("deletes") != "hard":
            return False
        return one.key in {(str(row["id"]),) for row in truth[one.table] if row[flag]}

    def _judge_books(self, now: Snapshot) -> None:
        large = {
            row["table_name"]: len(str(row["value"]))
            for row in now.books["_state"]
            if len(str(row["value"])) >= MOST_STATE
        }
        assert not large, f"states of more than 64 KiB: {large}"
        assert now.schemas <= {self.sandbox.name}, f"left behind: {set(now.schemas)}"

    def schemas(self) -> frozenset[str]:
        """The schemas of the warehouse that are ours or dlt's."""
        return self.snapshot().schemas

    def snapshot(self) -> Snapshot:
        return read_snapshot(self.url, self.sandbox.name)

    def truth(self) -> dict[str, list[dict[str, Any]]]:
        """The vendor's rows, without those that it flags as deleted where deleted rows are removed."""
        truth = dict(self.sandbox.truth())
        if self.settings.get("deletes") == "hard":
            for table, flag in VENDOR_FACTS[self.sandbox.name].flags.items():
                truth[table] = [row for row in truth[table] if not row.get(flag)]
        return truth

    def keys(self, table: str) -> set[tuple[str, ...]]:
        """The keys that the vendor has."""
        return set(keyed(self.sandbox.name, table, self.sandbox.truth()))

    def untouched(self) -> dict[str, list[str]]:
        """Every row, deleted ones too, as text: to see that nothing was changed."""
        return {table: sorted(repr(row) for row in rows) for table, rows in self.snapshot().rows.items()}

    def wipe(self) -> None:
        """The machine's temporary folder and the home folder are lost with the machine."""
        for path in self.folder.iterdir():
            if not path.name.startswith(OWN_FILES):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def describe_report(report: Report) -> str:
    """Why a sync did not go well."""
    lines = [f"exit {report.exit_code}", repr(report.error)]
    return "\n".join([*lines, *(f"{o.table}: {o.error!r}" for o in report.outcomes if o.error)])
