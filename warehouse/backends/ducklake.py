"""A warehouse in a lake: who may open it when."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from fieldhouse.warehouse.drivers.dialect import Dialect
from fieldhouse.warehouse.drivers.duck import DuckQueries
from fieldhouse.warehouse.drivers.duck_dialect import LakeDialect
from fieldhouse.warehouse.drivers.lake import (
    NAME,
    LakeDatabase,
    attach_statement,
    lake_error,
    maintenance,
)
from fieldhouse.warehouse.errors import AccountBusy, WarehouseSettingsError, WarehouseUnreachable
from fieldhouse.warehouse.metadata.fencing import Fence
from fieldhouse.warehouse.session import Session, translating

from .lake_address import LakeAddress
from .lake_extensions import prepared_instance
from .locks import WaitPolicy, file_lock, try_lock
from .postgres_server import PostgresWarehouse
from .protocol import Queries
from .rate_budget import Budgets

if TYPE_CHECKING:
    import duckdb


class LakeWarehouse:
    """A lake. Threads of a process take turns; processes only with a catalogue in SQLite, else commits are ordered."""

    schemes: ClassVar[tuple[str, ...]] = ("ducklake",)
    expected: ClassVar[str] = (
        "ducklake:sqlite:///lake.sqlite?data=lake-data or"
        " ducklake:postgresql://user:password@host:5432/database?data=s3://bucket/lake"
    )
    shares_budgets: ClassVar[bool] = True
    lands_with_dlt: ClassVar[bool] = False
    builds_marts_apart: ClassVar[bool] = True
    dialect: ClassVar[Dialect] = LakeDialect()
    file: Path | None = None

    def __init__(self, address: LakeAddress, waits: WaitPolicy) -> None:
        self.address, self.waits = address, waits
        self.display = address.display
        self._server = PostgresWarehouse.from_url(address.server, waits) if address.server else None
        self._turn = threading.RLock()
        self._open: Session | None = None
        self._locks = 0
        self._kept: tuple[LakeDatabase, ExitStack] | None = None
        self._fences: dict[str, Fence] = {}

    @classmethod
    def from_url(cls, url: str, waits: WaitPolicy, readers: str = "") -> LakeWarehouse:
        """The warehouse of an address. Raises WrongAddress, and WarehouseSettingsError for roles."""
        if readers:
            raise WarehouseSettingsError(
                "warehouse.grant_read: a lake has no roles; expected a warehouse in Postgres, or no such setting."
            )
        return cls(LakeAddress.from_url(url), waits)

    def exists(self) -> bool:
        """True if the catalogue is there: SQLite's file, or DuckLake's tables in the Postgres database."""
        if self.address.file is not None:
            return self.address.file.exists()
        assert self._server is not None
        with self._server.session() as session:
            return bool(session.fetch("SELECT 1 FROM pg_tables WHERE tablename = 'ducklake_metadata'"))

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Opens the lake, creating it the first time; a session within a session is the same one.

        Raises WarehouseBusy when `lock_wait` is over (SQLite), WarehouseUnreachable, and WarehouseSettingsError if
        this DuckDB has no extension for lakes.
        """
        with self._turn:
            if self._open:
                yield self._open
                return
            with self._locked(), self._attached() as db:
                self._open = Session(db, self.waits.clock, self.check_schema, self._fences)
                try:
                    with translating(db):
                        yield self._open
                finally:
                    self._open = None

    @contextmanager
    def _attached(self) -> Iterator[LakeDatabase]:
        """The lake attached, as the session before left it while this process has the lock of an account.

        An attached lake reads its catalogue, which holds all accounts, once and not for each session. It holds no lock,
        and every transaction sees what others have committed.
        """
        import duckdb

        db, opened = self._take_kept() or self._attach()
        try:
            yield db
        except BaseException as error:
            with suppress(duckdb.Error):  # what failed may fail again now; the first error says why
                opened.__exit__(type(error), error, error.__traceback__)
            raise
        if self._locks:
            self._kept = db, opened
        else:
            _close_broken(opened)

    def _attach(self) -> tuple[LakeDatabase, ExitStack]:
        with ExitStack() as closing:
            instance = closing.enter_context(prepared_instance(self.address.catalogue, self.address.data))
            db = self._connect(instance)
            closing.callback(db.close)
            return db, closing.pop_all()

    def _take_kept(self) -> tuple[LakeDatabase, ExitStack] | None:
        """What the session before left, unless its connection to the catalogue has broken since."""
        import duckdb

        kept, self._kept = self._kept, None
        if kept is None:
            return None
        db, opened = kept
        try:
            db.refresh()
        except duckdb.Error:
            _close_broken(opened)
            return None
        return kept

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        """Inside the block, sessions leave the lake attached."""
        with self._turn:
            self._locks += 1
        try:
            yield
        finally:
            with self._turn:
                self._locks -= 1
                if not self._locks and self._kept:
                    (_, opened), self._kept = self._kept, None
                    _close_broken(opened)

    @contextmanager
    def read_only(self, reader: str, copy: Path | None = None) -> Iterator[Queries]:
        """Attaches the lake read-only. Raises WarehouseUnreachable."""
        import duckdb

        with prepared_instance(self.address.catalogue, self.address.data) as instance:
            native = instance.cursor()
            try:
                native.execute(attach_statement(self.address.catalogue, self.address.data, read_only=True))
                native.execute(f"USE {NAME}")
            except duckdb.Error as error:
                raise (lake_error(error) or error) from None
            with DuckQueries(native) as queries:
                yield queries
            instance.execute(f"DETACH {NAME}")

    @contextmanager
    def exclusive(self) -> Iterator[Any]:
        """Not used: rows land within a session. Raises WarehouseSettingsError."""
        raise WarehouseSettingsError("warehouse.url: a lake cannot be opened by another library meanwhile")
        yield

    @contextmanager
    def account_lock(self, schema: str, holder: str) -> Iterator[None]:
        """Holds one account for the body; raises AccountBusy at once where another process has it.

        With a catalogue in Postgres the lock is the server's, so that it holds over machines. Should it be lost, a
        fence keeps this process from committing: see `metadata.fencing`.
        """
        with self._holding(schema, holder), self._keeping():
            fence = Fence(schema)
            with self.session() as session:
                fence.establish(session.db, datetime.fromtimestamp(self.waits.clock(), UTC))
            self._fences[schema] = fence
            try:
                yield
            finally:
                self._fences.pop(schema, None)

    def _holding(self, schema: str, holder: str) -> AbstractContextManager[None]:
        if self._server is not None:
            return self._server.account_lock(schema, holder)
        return self._file_holding(schema, holder)

    @contextmanager
    def _file_holding(self, schema: str, holder: str) -> Iterator[None]:
        assert self.address.file is not None
        place = self.address.file.with_name(f"{self.address.file.name}.{schema}.lock")
        lock, other = try_lock(place, holder, self.waits)
        if lock is None:
            raise AccountBusy(schema, other)
        try:
            yield
        finally:
            os.close(lock)

    def budgets(self) -> Budgets:
        """Rate budgets in the catalogue's Postgres; raises WarehouseSettingsError for SQLite."""
        if self._server is None:
            raise WarehouseSettingsError(
                "warehouse.share_limits: a lake with a catalogue in SQLite is written from one machine only"
            )
        return self._server.budgets()

    def check_schema(self, schema: str) -> None:
        """Raises WarehouseSettingsError for the lake's own name, which DuckDB cannot distinguish from a schema."""
        if schema.lower() in ("lake", "main"):
            raise WarehouseSettingsError(
                f"warehouse.url: a lake cannot have a schema {schema!r}; give the account another name"
            )

    def settle(self) -> None:
        """Nothing: every commit is complete."""

    def snapshot(self, draft: Path) -> None:
        """Raises WarehouseSettingsError: a lake has no file to copy, and readers need no copy."""
        raise WarehouseSettingsError(
            "warehouse.publish: readers read a lake while it is written; remove the setting"
        )

    def maintain(self, older_than: str) -> None:
        """Compacts files, forgets snapshots older than an interval (``7 days``), deletes what nothing refers to."""
        with self.session() as session:
            for statement in maintenance(older_than):
                session.fetch(statement)

    def is_snapshot(self, copy: Path) -> bool:
        """False: there are no copies."""
        return False

    def offer_marts(self, session: Session, beside: str, apart: Path) -> None:
        """Attaches the file in which the marts were built."""
        assert isinstance(session.db, LakeDatabase)
        session.db.attach(beside, apart)

    def dbt_profile(self, apart: Path) -> Mapping[str, str]:
        """The target of the marts' dbt profile, which builds in the file ``apart`` and reads the lake."""
        return {
            "FIELDHOUSE_TARGET": self.dialect.name,
            "FIELDHOUSE_DUCKDB": str(apart),
            "FIELDHOUSE_LAKE": self.address.catalogue,
            "FIELDHOUSE_LAKE_DATA": self.address.data,
            "FIELDHOUSE_RAW_DATABASE": NAME,
        }

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """SQLite has one writer; Postgres orders the commits of any number."""
        file = self.address.file
        if file is None:
            yield
            return
        with file_lock(file.with_name(f"{file.name}.lock"), "fieldhouse", file.name, self.waits):
            yield

    def _connect(self, instance: duckdb.DuckDBPyConnection) -> LakeDatabase:
        import duckdb

        self._create_places()
        try:
            return LakeDatabase(instance, attach_statement(self.address.catalogue, self.address.data))
        except duckdb.Error as error:
            raise (lake_error(error) or error) from None

    def _create_places(self) -> None:
        """Create the folder of the files, and SQLite's file, in which rows of small tables are too, for the owner only.

        Raises WarehouseUnreachable if that cannot be done, as on a full disk.
        """
        try:
            if not self.address.is_remote:
                Path(self.address.data).mkdir(parents=True, exist_ok=True, mode=0o700)
            if self.address.file is not None and not self.address.file.exists():
                self.address.file.touch(0o600)
        except OSError as error:
            raise WarehouseUnreachable(
                f"the lake cannot be created at {error.filename}: {error.strerror}"
            ) from error


def _close_broken(opened: ExitStack) -> None:
    """Close what may have lost its connection; nothing was left to be written."""
    import duckdb

    with suppress(duckdb.Error):
        opened.close()
