"""A warehouse in a Postgres database: connecting, and what its refusals mean."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from fieldhouse.warehouse.drivers.dialect import Dialect
from fieldhouse.warehouse.drivers.identifiers import LONGEST
from fieldhouse.warehouse.drivers.postgres import (
    PostgresDatabase,
    PostgresQueries,
    translated,
)
from fieldhouse.warehouse.drivers.postgres_dialect import PostgresDialect
from fieldhouse.warehouse.errors import (
    AccountBusy,
    WarehouseError,
    WarehouseSettingsError,
    WarehouseUnreachable,
)
from fieldhouse.warehouse.metadata.fencing import Fence
from fieldhouse.warehouse.session import Session, translating, translating_causes

from .locks import WaitPolicy
from .postgres_address import PostgresAddress
from .protocol import Queries
from .rate_budget import Budgets

if TYPE_CHECKING:
    import psycopg2.extensions

_ATTEMPTS = 3
_READ_SECONDS = 60
_DBT_OPTIONS = (
    "-csearch_path=pg_catalog,pg_temp -cstandard_conforming_strings=on -cintervalstyle=postgres"
    " -cdefault_transaction_isolation=read\\ committed"
    " -cidle_in_transaction_session_timeout=0"
)
_LIBPQ = {"dbname": "PGDATABASE", "application_name": "PGAPPNAME", "connect_timeout": "PGCONNECT_TIMEOUT"}
_PAUSE_SECONDS = 1.0
_LOCK_ATTEMPTS = 4
_POOL_PROBES = 2
_LOCK_PAUSE_SECONDS = 0.1
_LONGEST_APPLICATION_NAME = 63
# While connecting, the driver gives no code: a refusal that only a person can change is known by its words.
_REFUSED = re.compile(
    r'authentication failed|no password supplied|no pg_hba\.conf entry|(database|role) ".*" does not exist'
)

_WRONG_PARAMETER = re.compile(
    r'invalid \S+ value|invalid port number|definition of service ".*" not found|(certificate|private key) file ".*"'
    r"|certificate verify failed|does not match host name|server does not support SSL|unrecognized configuration param"
)


class PostgresWarehouse:
    """A Postgres database. Each thread has its own session; sessions of one thread share a connection."""

    schemes: ClassVar[tuple[str, ...]] = ("postgresql", "postgres")
    expected: ClassVar[str] = "postgresql://user:password@host:5432/database"
    shares_budgets: ClassVar[bool] = True
    builds_marts_apart: ClassVar[bool] = False
    dialect: ClassVar[Dialect] = PostgresDialect()
    file: Path | None = None

    def __init__(self, address: PostgresAddress, waits: WaitPolicy, readers: str = "") -> None:
        self.address = address
        self.readers = readers
        self.display = address.display
        self.waits = waits
        self._mine = threading.local()
        self._fences: dict[str, Fence] = {}
        self._is_pooled: bool | None = None
        self._has_sessions = False

    @classmethod
    def from_url(cls, url: str, waits: WaitPolicy, readers: str = "") -> PostgresWarehouse:
        """The warehouse of an address. Raises WarehouseSettingsError where a part of it is missing."""
        return cls(PostgresAddress.of(url), waits, readers)

    @property
    def lands_with_dlt(self) -> bool:
        """False behind a pooler: pgbouncer refuses the startup parameter `options`, which dlt always sends."""
        return not self._is_pooled

    def exists(self) -> bool:
        """True: a server makes no database."""
        return True

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Connects; a session within a session of the same thread is the same one.

        Raises WarehouseUnreachable, or WarehouseSettingsError where the server refuses user or database.
        """
        already: Session | None = getattr(self._mine, "session", None)
        if already:
            yield already
            return
        db = self._connect("fieldhouse")
        self._mine.session = Session(db, self.waits.clock, self.check_schema, self._fences, self.readers)
        try:
            with translating(db):
                yield self._mine.session
        finally:
            self._mine.session = None
            db.close()

    @contextmanager
    def exclusive(self) -> Iterator[str]:
        """Nothing to hold, as any number of connections may write at once; gives the address to write to."""
        with translating_causes(translated):
            yield self.address.load_url

    @contextmanager
    def account_lock(self, schema: str, holder: str) -> Iterator[None]:
        """Holds one account for the body; raises AccountBusy at once where another process has it.

        The lock lives in a connection of its own and ends with it, however the process ends. Should it be lost
        while the body runs, and taken by another process, then sessions of this warehouse commit nothing more to
        the account: see `fence`.
        """
        self.check_schema(schema)
        number = int.from_bytes(hashlib.sha256(f"fieldhouse {schema}".encode()).digest()[:8], signed=True)
        name = f"{holder} (pid {os.getpid()} on {socket.gethostname()})"
        db = self._connect(name)
        try:
            with translating(db):
                self._take(db, schema, number)
                fence = Fence(schema)
                fence.establish(db, datetime.fromtimestamp(self.waits.clock(), UTC))
            self._fences[schema] = fence
            yield
        finally:
            self._fences.pop(schema, None)
            db.close()

    def _take(self, db: PostgresDatabase, schema: str, number: int) -> None:
        """Asks a few times: the server notices a process that was killed only after a moment."""
        for attempt in range(_LOCK_ATTEMPTS):
            if attempt:
                self.waits.sleep(_LOCK_PAUSE_SECONDS)
            if db.fetch(f"SELECT pg_try_advisory_lock({number})")[0][0]:
                return
        raise AccountBusy(schema, _holder(db, number))

    @contextmanager
    def read_only(self, reader: str, copy: Path | None = None) -> Iterator[Queries]:
        """One read-only transaction, so that the answers to all queries agree. Raises WarehouseUnreachable."""
        db = self._connect(reader)
        try:
            with translating(db):
                db.execute(f"SET row_security = on; SET statement_timeout = {_READ_SECONDS * 1000}")
                db.native.set_session(isolation_level="REPEATABLE READ", readonly=True, autocommit=False)
                yield PostgresQueries(db.native)
        finally:
            db.close()

    def maintain(self, older_than: str) -> None:
        """Nothing: the server's autovacuum does it."""

    def settle(self) -> None:
        """Nothing: the server's readers see what is committed."""

    def snapshot(self, draft: Path) -> None:
        """Raises WarehouseSettingsError: a server has no file."""
        raise WarehouseSettingsError("warehouse.publish: only a DuckDB file is published; remove the setting")

    def is_snapshot(self, copy: Path) -> bool:
        """False: there are no copies."""
        return False

    def offer_marts(self, session: Session, beside: str, apart: Path) -> None:
        """Nothing: they were built in the warehouse itself."""

    def dbt_profile(self, apart: Path) -> Mapping[str, str]:
        """The target of the marts' dbt profile, and libpq's variables for the address; times are UTC.

        A pooler takes no startup options, but the variables that are parameters of their own.
        """
        from psycopg2.extensions import parse_dsn

        settings: Mapping[str, str] = parse_dsn(self.address.url)
        names = {key: _LIBPQ.get(key, f"PG{key.replace('_', '').upper()}") for key in settings}
        return {
            "FIELDHOUSE_TARGET": self.dialect.name,
            "PGTZ": "UTC",
            **{names[key]: settings[key] for key in settings},
            "PGCLIENTENCODING": "UTF8",
            "PGDATESTYLE": "ISO, YMD",
            "PGOPTIONS": "" if self._is_pooled else f"{settings.get('options', '')} {_DBT_OPTIONS}".strip(),
        }

    def budgets(self) -> Budgets:
        """Rate budgets that all who use this database share."""
        return Budgets(lambda: self._connect("fieldhouse budgets"))

    def check_schema(self, schema: str) -> None:
        """Raises WarehouseSettingsError for a name that Postgres would cut."""
        if (length := len(schema.encode())) > LONGEST:
            raise WarehouseSettingsError(
                f"the account with the schema {schema}: the name has {length} bytes, and Postgres cuts it; expected"
                f" at most {LONGEST}. Give the account a shorter name in its section of the settings."
            )

    def _connect(self, name: str) -> PostgresDatabase:
        """Connects, in several attempts: a server that restarts refuses for some seconds."""
        for attempt in range(_ATTEMPTS):
            try:
                with translating_causes(translated):  # the connection may break at its first statement
                    db = PostgresDatabase(self._dial(name), self.waits.lock_wait)
                    self._refuse_transaction_pooling(db)
            except WarehouseUnreachable:
                if attempt == _ATTEMPTS - 1:
                    raise
                self.waits.sleep(_PAUSE_SECONDS * (attempt + 1))
            else:
                return db
        raise AssertionError("the last attempt returns or raises")

    def _refuse_transaction_pooling(self, db: PostgresDatabase) -> None:
        """Raises WarehouseSettingsError behind a pooler that lends a server connection for one transaction.

        A pooler makes up the process id that a client gets when it connects. Behind one, a second connection holds a
        transaction open: then the first one's server process changes if the pooler lends it anew, and only then.
        """
        if self._is_pooled is None:
            self._is_pooled = _server_pid(db) != db.native.info.backend_pid
        if not self._is_pooled or self._has_sessions:
            return
        before, pids = _server_pid(db), set()
        others: list[PostgresDatabase] = []
        try:
            for _ in range(_POOL_PROBES):
                others.append(PostgresDatabase(self._dial("fieldhouse")))
                others[-1].execute("BEGIN")
                pids.add(_server_pid(others[-1]))
            is_shared = before in pids or _server_pid(db) != before
        finally:
            for other in others:
                other.close()
        if is_shared:
            raise WarehouseSettingsError(
                f"warehouse.url: {self.display} is a pooler in transaction mode, which cannot hold the lock of an"
                " account; expected Postgres itself, or a pooler in session mode. Set the address of one of these."
            )
        self._has_sessions = True

    def _dial(self, name: str) -> psycopg2.extensions.connection:
        import psycopg2

        address = self.address
        try:
            return psycopg2.connect(
                address.url,
                client_encoding="UTF8",
                application_name=name.encode()[:_LONGEST_APPLICATION_NAME].decode(errors="ignore"),
                connect_timeout=10,
                keepalives_idle=30,
                keepalives_interval=10,
                keepalives_count=3,
            )
        except psycopg2.OperationalError as error:
            raise _refusal(address, str(error).strip().replace(address.password, "***")) from None
        except psycopg2.ProgrammingError:
            raise WarehouseSettingsError(
                f"warehouse.url: Postgres does not understand {address.display} with its password and its query part;"
                " expected %-encoded characters, such as %25 for a %, and names that libpq knows"
            ) from None


def _server_pid(db: PostgresDatabase) -> int:
    return int(db.fetch("SELECT pg_catalog.pg_backend_pid()")[0][0])


def _refusal(address: PostgresAddress, reason: str) -> WarehouseError:
    where = f"Postgres at {address.host}:{address.port}, database {address.database}"
    reason = " ".join(reason.split()).rstrip(".")
    if _REFUSED.search(reason):
        return WarehouseSettingsError(f"{where} refuses: {reason}. Check user, password and database.")
    if _WRONG_PARAMETER.search(reason):
        return WarehouseSettingsError(
            f"{where}: {reason}. Check the query part of warehouse.url, and the variables of libpq (PG…)."
        )
    check = "Check that the server runs and that this machine may reach it."
    return WarehouseUnreachable(f"{where} does not answer ({reason}). {check}")


def _holder(db: PostgresDatabase, number: int) -> str:
    high, low = (number >> 32) & 0xFFFFFFFF, number & 0xFFFFFFFF
    rows = db.fetch(
        "SELECT a.application_name, a.client_addr::text, a.backend_start FROM pg_locks AS l"
        " JOIN pg_stat_activity AS a USING (pid)"
        f" WHERE l.locktype = 'advisory' AND l.granted AND l.classid = {high} AND l.objid = {low}"
        f" AND l.objsubid = 1 AND a.datname = current_database()"
    )
    if not rows:
        return "another process"
    name, client, since = rows[0]
    return f"{name}{f' from {client}' if client else ''} since {since.isoformat(timespec='seconds')}"
