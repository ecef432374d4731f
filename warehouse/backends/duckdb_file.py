"""A warehouse in a DuckDB file: who may open it when."""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fieldhouse.warehouse.drivers.duck import DuckDatabase, create_file, database_name, translated
from fieldhouse.warehouse.errors import AccountBusy, WarehouseError, WarehouseSettingsError
from fieldhouse.warehouse.session import Session, translating, translating_causes

from .locks import Waits, file_lock, held_by_another, try_lock, until
from .rate_budget import Budgets

if TYPE_CHECKING:
    import duckdb

_INSTANCE: dict[str, str | bool | int | float | list[str]] = {
    "threads": 2,
    "preserve_insertion_order": False,
    "temp_directory": os.path.join(tempfile.gettempdir(), f"fieldhouse-duckdb-{os.getpid()}"),
}
"""Each thread writes row groups of its own, so that memory grows with their number. DuckDB would keep every block of
the file that it has seen, up to 80 % of the machine's memory: how much it may hold, a session says. What does not fit
is written to the folder, which DuckDB makes when it needs it and removes."""


class DuckWarehouse:
    """A DuckDB file. It is held only while a session is open; threads take turns, processes too."""

    dialect = "duckdb"

    def __init__(self, path: Path, display: str, waits: Waits) -> None:
        self.path = path
        self.display = display
        self.waits = waits
        self._turn = threading.RLock()
        self._open: Session | None = None
        self._is_exclusive = False
        self._instance: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Opens the file, creating it the first time; a session within a session is the same one.

        Waits for other processes, and says so; raises WarehouseBusy when `lock_wait` is over,
        WarehouseSettingsError where the file cannot be a warehouse.
        """
        with self._turn:
            if self._open:
                yield self._open
                return
            with self._locked():
                db = self._connect()
                self._open = Session(db, self.waits.clock, self.check_schema)
                try:
                    with translating(db):
                        yield self._open
                finally:
                    self._open = None
                    self._let_go(db)

    @contextmanager
    def exclusive(self) -> Iterator[Path]:
        """Keeps every other process of ours away from the file without opening it here; gives its path.

        For a load that opens the file by itself. DuckDB refuses a second connection of one process with other
        settings, so no session may be open in this thread meanwhile: that is a defect, a WarehouseError.
        """
        with self._turn:
            if self._open:
                raise WarehouseError("the session must be closed before the file is used exclusively")
            with self._locked(), translating_causes(translated):
                self._make()
                yield self.path

    def settle(self) -> None:
        """Makes the file one that every DuckDB 1.x opens, after a run that wrote to it; see `DuckDatabase.settle`."""
        with self.session() as session:
            assert isinstance(session.db, DuckDatabase)
            session.db.settle()

    @contextmanager
    def account_lock(self, schema: str, holder: str) -> Iterator[None]:
        """Holds one account for the body; raises AccountBusy at once where another process has it."""
        self.check_schema(schema)
        place = self.path.with_name(f"{self.path.name}.{schema}.lock")
        lock, other = try_lock(place, holder, self.waits.clock())
        if lock is None:
            raise AccountBusy(schema, other)
        try:
            yield
        finally:
            os.close(lock)

    def budgets(self) -> Budgets:
        """Processes of one machine share their limits without it; raises WarehouseSettingsError."""
        raise WarehouseSettingsError("warehouse.share_limits: a DuckDB file is used from one machine only")

    def check_schema(self, schema: str) -> None:
        """DuckDB cannot tell a schema from a file of the same name; raises WarehouseSettingsError."""
        if schema.lower() == database_name(self.path).lower():
            raise WarehouseSettingsError(
                f"warehouse.url: the file {self.path.name} is named like the schema {schema}, which DuckDB"
                " cannot tell apart; name the file otherwise, for example duckdb:///fieldhouse.duckdb"
            )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """The side file's lock; within `exclusive` this process has it already."""
        if self._is_exclusive:
            yield
            return
        place = self.path.with_name(self.path.name + ".lock")
        with file_lock(place, "fieldhouse", self.path.name, self.waits):
            self._is_exclusive = True
            try:
                yield
            finally:
                self._is_exclusive = False

    def _make(self) -> None:
        if not self.path.exists():
            create_file(self.path)

    def _connect(self) -> DuckDatabase:
        """Waits for a process that opened the file without our lock, a notebook for example."""
        import duckdb

        opened: list[DuckDatabase] = []
        instance = self._instance = self._instance or duckdb.connect(config=_INSTANCE)

        def attempt() -> str:
            self._make()
            try:
                opened.append(DuckDatabase(instance, self.path))
            except duckdb.IOException as error:
                if held_by_another(self.path):
                    return _holder(str(error))
                raise WarehouseSettingsError(f"DuckDB cannot open {self.path}: {error}") from error
            return ""

        until(self.waits, attempt, self.path.name)
        return opened[0]

    def _let_go(self, db: DuckDatabase) -> None:
        """A database that broke (a full disk) cannot be detached: its instance goes with it."""
        import duckdb

        try:
            db.close()
        except duckdb.Error:
            if self._instance:
                self._instance.close()
            self._instance = None


def _holder(message: str) -> str:
    found = re.search(r"PID (\d+)", message)
    return f"pid {found[1]}" if found else "another process"
