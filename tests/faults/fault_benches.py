"""Warehouses and sandboxes of the cases that one process runs: loaded ones are made once and copied."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.server import serve
from tests.faults.fault_bench import FaultBench
from tests.faults.process_environment import SharedServers
from tests.faults.process_pool import ProcessPool
from tests.faults.small_worlds import SMALL_WORLDS, SmallWorld, number
from tests.faults.warehouses import WAREHOUSES, CaseWarehouse
from tests.support.sync_harness import ADDRESS


class FaultBenches:
    """Makes warehouses and sandboxes; one per process that runs cases.

    Args:
        postgres: the URL of a server where databases may be created, or a way to start one.

    Attributes:
        dialect: where set, the warehouse of every case.
        all_by_dlt: whether dlt lands the rows of every case.
        case_id: the case that is played.
    """

    def __init__(self, postgres: Callable[[], str]) -> None:
        self.dialect = ""
        self.all_by_dlt = False
        self.folder = Path(tempfile.mkdtemp(prefix="fieldhouse-faults-"))
        self._kinds = {name: kind(postgres) for name, kind in WAREHOUSES.items()}
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
            self._kinds[dialect].drop(url)
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
        kind = self.kind(dialect)
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            folder = Path(place)
            url = (
                kind.empty(folder)
                if first
                else kind.copy(self._loaded_once(vendor, self.dialect or dialect, seed, small_world), folder)
            )
            try:
                with self._served(vendor, seed, sockets, small_world) as (box, address):
                    made = self._made(box, address, url, folder, seed, small_world, settings)
                    made.heals_directly = self._mostly_by_sql()
                    made.direct = made.heals_directly and self.case_id[:1] in "BCDE"
                    yield made
            finally:
                kind.drop(url)

    def _made(
        self,
        box: Any,
        address: str,
        url: str,
        folder: Path,
        seed: int,
        small_world: SmallWorld | None,
        settings: dict[str, str],
    ) -> FaultBench:
        world = small_world or SMALL_WORLDS[box.name]
        return FaultBench(lambda: self.pool, self.case_id, box, address, url, folder, seed, world, settings)

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

        That is all of a case where it is the vendor or what is around the sync (groups B to E), else the sync that
        heals.
        """
        return not self.all_by_dlt and number(self.case_id) % 4 > 0

    def kind(self, dialect: str = "duckdb") -> CaseWarehouse:
        """The warehouse of the case that is played."""
        return self._kinds[self.dialect or dialect]

    def _loaded_once(self, vendor: str, dialect: str, seed: int, small_world: SmallWorld | None) -> str:
        """The warehouse after the first sync, which is run once for each vendor and seed; cases get copies of it."""
        key = (f"{vendor}{small_world or ''}", dialect, seed)
        if key not in self._loaded:
            kind = self._kinds[dialect]
            place = Path(tempfile.mkdtemp(dir=self.folder))
            url = kind.empty(place)
            box = sandbox_of(vendor, seed, small_world)
            bench = self._made(box, ADDRESS, url, place, seed, small_world, {})
            bench.direct = kind.first_lands_by_sql and not self.all_by_dlt  # first loads by dlt are cases
            bench.synced()
            bench.judge()
            self._loaded[key] = url
        return self._loaded[key]


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
