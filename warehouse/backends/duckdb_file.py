"""A warehouse in a DuckDB file: who may open it when."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from fieldhouse.warehouse.drivers.dialect import Dialect
from fieldhouse.warehouse.drivers.duck import (
    DuckDatabase,
    DuckQueries,
    create_file,
)
from fieldhouse.warehouse.drivers.duck_dialect import DuckDialect, database_name
from fieldhouse.warehouse.drivers.duck_errors import translated
from fieldhouse.warehouse.drivers.duck_instance import DuckInstance, running_instance
from fieldhouse.warehouse.errors import AccountBusy, WarehouseError, WarehouseSettingsError
from fieldhouse.warehouse.session import Session, translating, translating_causes

from .duckdb_address import file_of
from .file_copy import copy_file, is_noted, note_copy, release_zeros
from .handover import Handover, Opening
from .locks import (
    WaitPolicy,
    exhausted,
    file_lock,
    has_writer,
    holder_in,
    is_open_elsewhere,
    shared_lock,
    try_lock,
    until,
)
from .protocol import Queries
from .rate_budget import Budgets

if TYPE_CHECKING:
    import duckdb


class DuckWarehouse:
    """A DuckDB file, held while a session is open; see `handover` for between. Threads and processes take turns."""

    schemes: ClassVar[tuple[str, ...]] = ("duckdb",)
    expected: ClassVar[str] = (
        "duckdb:///fieldhouse.duckdb (a path relative to here), duckdb:////srv/fieldhouse.duckdb (an absolute one)"
    )
    shares_budgets: ClassVar[bool] = False
    lands_with_dlt: ClassVar[bool] = True
    builds_marts_apart: ClassVar[bool] = False
    dialect: ClassVar[Dialect] = DuckDialect()

    def __init__(self, path: Path, display: str, waits: WaitPolicy) -> None:
        self.path, self.display, self.waits = path, display, waits
        self._turns: Handover[DuckDatabase] = Handover()
        self._open: Session | None = None
        self._is_exclusive = False

    @classmethod
    def from_url(cls, url: str, waits: WaitPolicy, readers: str = "") -> DuckWarehouse:
        """The warehouse of an address. Raises WarehouseSettingsError for no path of a file, and for roles."""
        if readers:
            raise WarehouseSettingsError(
                "warehouse.grant_read: DuckDB has no roles; expected a warehouse in Postgres, or no such setting."
                " Readers of a DuckDB file get a copy: warehouse.publish"
            )
        return cls(file_of(url), url, waits)

    @property
    def file(self) -> Path | None:
        """The database file."""
        return self.path

    def exists(self) -> bool:
        """True if there is such a file."""
        return self.path.exists()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Opens the file, creating it the first time; a session within a session is the same one.

        A thread that waits gets the file as it is open; see `handover`. Waits for other processes, and reports it;
        raises WarehouseBusy when `lock_wait` is over, WarehouseSettingsError where the file cannot be a warehouse.
        """
        with self._turns.turn():
            if self._open:
                yield self._open
                return
            opening = self._turns.take() or self._opened()
            db, is_sound = opening.resource, False
            self._open = Session(db, self.waits.clock, self.check_schema, on_change=self._forget_copy)
            try:
                with translating(db):
                    yield self._open
                is_sound = True
            finally:
                self._open = None
                self._turns.give(opening, is_sound=is_sound)

    def _opened(self) -> Opening[DuckDatabase]:
        """The file opened, with the side file's lock; within `exclusive` it is not left open."""
        can_pass = not self._is_exclusive
        with ExitStack() as closing:
            closing.enter_context(self._locked())
            instance = closing.enter_context(running_instance())
            started = self._turns.clock()
            db, cpu = self._connect(instance)
            closing.callback(_let_go, db, instance)
            since = self._turns.clock()
            return Opening(db, closing.pop_all(), since, can_pass, since - started, cpu)

    @contextmanager
    def exclusive(self) -> Iterator[Path]:
        """Keeps every other process of ours away from the file without opening it here; gives its path.

        For a load that opens the file by itself. DuckDB refuses a second connection of one process with other
        settings, so no session may be open in this thread meanwhile: that is a defect, a WarehouseError.
        """
        with self._turns.turn():
            if self._open:
                raise WarehouseError("the session must be closed before the file is used exclusively")
            self._turns.close()
            with self._locked(), translating_causes(translated):
                if not self.path.exists():
                    with running_instance() as instance:
                        create_file(self.path, instance)
                yield self.path

    @contextmanager
    def read_only(self, reader: str, copy: Path | None = None) -> Iterator[Queries]:
        """Opens the file, or the published copy, after waiting for a writer.

        Raises WarehouseBusy when `lock_wait` is over, WarehouseSettingsError for a file that is no database.
        """
        path = copy or self.path
        beside = nullcontext() if copy else self._beside_writers(reader)
        with beside, DuckQueries(self._open_to_read(path)) as opened:
            yield opened

    @contextmanager
    def _beside_writers(self, reader: str) -> Iterator[None]:
        """Queues with the loads and builds at the side file, together with other readers.

        Without it a build that has its turn, and lets dbt open the file, could find it held. Where the folder cannot
        be written there are no writers of ours to queue with.
        """
        side = self._side_file
        if not side.exists() and not os.access(self.path.parent, os.W_OK):
            yield
            return
        with shared_lock(side, reader, self.path.name, self.waits):
            yield

    def _open_to_read(self, path: Path) -> duckdb.DuckDBPyConnection:
        import duckdb

        opened: list[duckdb.DuckDBPyConnection] = []

        def attempt() -> str:
            try:
                opened.append(duckdb.connect(str(path), read_only=True))
            except duckdb.IOException as error:
                if has_writer(path):
                    return "another process"
                raise _not_opened(path, error) from error
            return ""

        with translating_causes(translated):
            until(self.waits, attempt, path.name)
        return opened[0]

    def snapshot(self, draft: Path) -> None:
        """Copies the file at rest. Raises WarehouseBusy where another process has it open for too long."""
        with self.exclusive():
            until(self.waits, lambda: self._copy(draft), self.path.name)
            note_copy(self._copy_note, draft)

    def is_snapshot(self, copy: Path) -> bool:
        """True if nothing was written since the copy at a path was made, but for the books of runs."""
        return is_noted(self._copy_note, copy)

    def _copy(self, draft: Path) -> str:
        """Copies the file; answers who is in the way, if anybody is.

        The file is copied closed: DuckDB's own lock would be lost with the first descriptor closed here. A lock
        like that of a reader keeps foreign writers out meanwhile.
        """
        self.settle()
        with self.path.open("rb") as source:
            try:
                fcntl.lockf(source, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                return "another process"
            log = self.path.with_name(self.path.name + ".wal")
            if log.exists() and log.stat().st_size:
                return "a log that is not written back yet"
            copy_file(source, draft)
        return ""

    def offer_marts(self, session: Session, beside: str, apart: Path) -> None:
        """Nothing: they were built in the warehouse itself."""

    def dbt_profile(self, apart: Path) -> Mapping[str, str]:
        """The target of the marts' dbt profile, and the file."""
        return {"FIELDHOUSE_TARGET": self.dialect.name, "FIELDHOUSE_DUCKDB": str(self.path)}

    def maintain(self, older_than: str) -> None:
        """Writes the file's bookkeeping anew, as after every run, and gives back the room of zeros."""
        self.settle()
        with self.exclusive() as path:
            release_zeros(path)

    def settle(self) -> None:
        """Makes the file one that every DuckDB 1.x opens, after a run that wrote to it; see `DuckDatabase.settle`."""
        with self.session() as session:
            assert isinstance(session.db, DuckDatabase)
            session.db.settle()

    @contextmanager
    def account_lock(self, schema: str, holder: str) -> Iterator[None]:
        """Holds one account for the body; raises AccountBusy at once where another process has it.

        The sessions of the body share an opening of the file if little time is between them.
        """
        self.check_schema(schema)
        path = self.path.with_name(f"{self.path.name}.{schema}.lock")
        lock, other = try_lock(path, holder, self.waits)
        if lock is None:
            raise AccountBusy(schema, other)
        try:
            with self._turns.lingering():
                yield
        finally:
            os.close(lock)

    def budgets(self) -> Budgets:
        """Processes of one machine share their limits without it; raises WarehouseSettingsError."""
        raise WarehouseSettingsError("warehouse.share_limits: a DuckDB file is used from one machine only")

    def check_schema(self, schema: str) -> None:
        """DuckDB cannot distinguish a schema from a file of the same name; raises WarehouseSettingsError."""
        if schema.lower() == database_name(self.path).lower():
            raise WarehouseSettingsError(
                f"warehouse.url: the file {self.path.name} is named like the schema {schema}, which DuckDB"
                " cannot distinguish; name the file otherwise, for example duckdb:///fieldhouse.duckdb"
            )

    @property
    def _copy_note(self) -> Path:
        """The file beside the database that records which copy of it is current."""
        return self.path.with_name(self.path.name + ".published")

    def _forget_copy(self) -> None:
        """Called before rows change, with the file locked: no copy is up to date from then on."""
        self._copy_note.unlink(missing_ok=True)

    @property
    def _side_file(self) -> Path:
        """The file beside the database that processes lock to take turns."""
        return self.path.with_name(self.path.name + ".lock")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """The side file's lock; within `exclusive` this process has it already."""
        if self._is_exclusive:
            yield
            return
        with file_lock(self._side_file, "fieldhouse", self.path.name, self.waits):
            self._is_exclusive = True
            try:
                yield
            finally:
                self._is_exclusive = False

    def _connect(self, instance: DuckInstance) -> tuple[DuckDatabase, float]:
        """Waits for a process that opened the file without our lock, as a notebook; the CPU seconds of opening it."""
        import duckdb

        opened: list[tuple[DuckDatabase, float]] = []

        def attempt() -> str:
            if not self.path.exists():
                create_file(self.path, instance)
            cpu = time.thread_time()
            try:
                opened.append((DuckDatabase(instance, self.path), time.thread_time() - cpu))
            except duckdb.IOException as error:
                if is_open_elsewhere(self.path):
                    return holder_in(str(error))
                raise _not_opened(self.path, error) from error
            return ""

        with translating_causes(translated):
            until(self.waits, attempt, self.path.name)
        return opened[0]


def _let_go(db: DuckDatabase, instance: DuckInstance) -> None:
    """A database that broke (a full disk) cannot be detached: its instance goes with it."""
    import duckdb

    try:
        db.close()
    except duckdb.Error:
        instance.close()


def _not_opened(path: Path, error: Exception) -> WarehouseError:
    """A file that is no database is a setting; a process that has too many files open can try again."""
    if os.strerror(errno.EMFILE) in str(error) or os.strerror(errno.ENFILE) in str(error):
        return exhausted(path)
    meant = translated(error)
    if isinstance(meant, WarehouseSettingsError):
        return meant
    return WarehouseSettingsError(f"DuckDB cannot open {path}: {error}")
