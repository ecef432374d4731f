"""What a case of the matrix works with: a sandbox, a warehouse that is loaded or new, faults, and the judgement."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.config.settings import load
from fieldhouse.pipelines.sync.report import Report
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.http.client import Api
from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.sandbox import Fault
from fieldhouse.sources.sandbox.server import environment, serve
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
from tests.faults.process_environment import SharedServers
from tests.faults.process_pool import Ending, ProcessPool, Running
from tests.faults.small_worlds import SMALL_WORLDS, Editor, SmallWorld, small_pages
from tests.support.sync_harness import ADDRESS, SandboxTransport
from tests.support.vendors.facts import VENDOR_FACTS
from tests.support.vendors.oracle import Difference, describe, differences, keyed
from tests.support.warehouse.warehouse_snapshot import Snapshot, read_snapshot

MOST_STATE = 64 * 1024
"""Bytes of the state of one table, however many rows share a value."""
NEVER_GONE = {"job_types", "job_statuses", "tax_entities", "employees"}
"""Tables of rows that stay in the warehouse once they were seen."""
_numbers = itertools.count(1)


class FaultBenches:
    """Makes warehouses and sandboxes; one per process that runs cases.

    Args:
        postgres: the URL of a server where databases may be created, or a way to start one.

    Attributes:
        dialect: where set, the warehouse of every case.
        all_by_dlt: whether dlt lands the rows of every case.
        story: the id of the case that is played.
    """

    def __init__(self, postgres: Callable[[], str]) -> None:
        self.dialect = ""
        self.all_by_dlt = False
        self.folder = Path(tempfile.mkdtemp(prefix="fieldhouse-faults-"))
        self._postgres = postgres
        self._loaded: dict[tuple[str, str, int], str] = {}
        self._pool: ProcessPool | None = None
        self.servers = SharedServers()
        self.case_id = ""

    @property
    def pool(self) -> ProcessPool:
        self._pool = self._pool or ProcessPool()
        return self._pool

    def close(self) -> None:
        self.servers.close()
        if self._pool:
            self._pool.close()
        for (_, dialect, _), url in self._loaded.items():
            if dialect == "postgres":
                self._drop(url)
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def bench(
        self,
        vendor: str,
        dialect: str = "duckdb",
        seed: int = 7,
        *,
        first: bool = False,
        sockets: bool = False,
        small_world: SmallWorld | None = None,
        **settings: str,
    ) -> Iterator[FaultBench]:
        """A vendor with a warehouse: a new one for a ``first`` sync, else one whose first sync is done."""
        dialect = self.dialect or dialect
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            folder = Path(place)
            url = (
                self._empty(dialect, folder)
                if first
                else self._copy(vendor, dialect, seed, folder, small_world)
            )
            try:
                with self._served(vendor, seed, sockets, small_world) as (box, address):
                    made = FaultBench(
                        self, box, address, url, folder, seed, small_world or SMALL_WORLDS[vendor], settings
                    )
                    made.heals_directly = dialect == "duckdb" and self._mostly_by_sql()
                    made.direct = made.heals_directly and self.case_id[:1] in "BCD"
                    yield made
            finally:
                if dialect == "postgres":
                    self._drop(url)

    @contextmanager
    def _served(
        self, vendor: str, seed: int, sockets: bool, small_world: SmallWorld | None
    ) -> Iterator[tuple[Any, str]]:
        box = sandbox_of(vendor, seed, small_world)
        if not sockets:
            yield box, ADDRESS
            return
        with serve(box) as urls:
            yield box, urls[vendor]

    def _mostly_by_sql(self) -> bool:
        """Where landing is not what goes wrong, dlt lands one case in four, and plain SQL the others.

        That is all of a case where it is the vendor (groups B to D), else the sync that heals.
        """
        return not self.all_by_dlt and number(self.case_id) % 4 > 0

    def _empty(self, dialect: str, folder: Path) -> str:
        if dialect == "duckdb":
            return f"duckdb:///{folder / 'warehouse.duckdb'}"
        name = f"faults_{os.getpid()}_{next(_numbers)}"
        self._execute(f"CREATE DATABASE {name}")
        return self._at(name)

    def _copy(
        self, vendor: str, dialect: str, seed: int, folder: Path, small_world: SmallWorld | None
    ) -> str:
        """A copy of the warehouse after the first sync, which is run once for each vendor and seed."""
        key = (f"{vendor}{small_world or ''}", dialect, seed)
        if key not in self._loaded:
            place = Path(tempfile.mkdtemp(dir=self.folder))
            url = self._empty(dialect, place)
            bench = FaultBench(
                self,
                sandbox_of(vendor, seed, small_world),
                ADDRESS,
                url,
                place,
                seed,
                small_world or SMALL_WORLDS[vendor],
                {},
            )
            bench.direct = dialect == "duckdb" and not self.all_by_dlt  # first loads by dlt are cases
            bench.synced()
            bench.judge()
            self._loaded[key] = url
        loaded = self._loaded[key]
        if dialect == "duckdb":
            copy = folder / "warehouse.duckdb"
            shutil.copy(loaded.removeprefix("duckdb:///"), copy)
            return f"duckdb:///{copy}"
        name = f"faults_{os.getpid()}_{next(_numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {urlsplit(loaded).path.lstrip('/')}")
        return self._at(name)

    def _at(self, name: str) -> str:
        return urlunsplit(urlsplit(self._postgres())._replace(path=f"/{name}"))

    def _drop(self, url: str) -> None:
        self._execute(f"DROP DATABASE IF EXISTS {urlsplit(url).path.lstrip('/')} WITH (FORCE)")

    def _execute(self, sql: str) -> None:
        execute(self._postgres(), sql)


def execute(url: str, sql: str) -> list[tuple[Any, ...]]:
    """Run SQL at a warehouse beside whatever else uses it; its rows."""
    if url.startswith("duckdb:"):
        import duckdb

        with duckdb.connect(url.removeprefix("duckdb:///")) as connection:
            return connection.execute(sql).fetchall()
    import psycopg2

    other = psycopg2.connect(url)
    other.autocommit = True
    try:
        with other.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        other.close()


def sandbox_of(vendor: str, seed: int, small_world: SmallWorld | None = None) -> Any:
    """The same data for each seed. Published limits are off: they have tests of their own."""
    small_world = small_world or SMALL_WORLDS[vendor]
    box: Any = SANDBOXES[vendor](seed=seed, size=small_world.size, edge_cases=True)
    box.limits = ()
    if hasattr(box, "enforce_limits"):
        box.enforce_limits = False
    if hasattr(box, "page_size"):
        box.page_size = small_world.page
    return box


@dataclass
class FaultBench:
    """One sandbox, one warehouse, one case."""

    benches: FaultBenches
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
        self.editor = Editor(self.sandbox, (self.seed, self.benches.case_id), self.small_world)
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
        return self.benches.pool.start(self.job(*points, **job))

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
            if not path.name.startswith("warehouse.duckdb"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def describe_report(report: Report) -> str:
    """Why a sync did not go well."""
    lines = [f"exit {report.exit_code}", repr(report.error)]
    return "\n".join([*lines, *(f"{o.table}: {o.error!r}" for o in report.outcomes if o.error)])


def number(*parts: object) -> int:
    """A number from a seed and a name, the same on every machine."""
    return zlib.crc32("/".join(map(str, parts)).encode())
