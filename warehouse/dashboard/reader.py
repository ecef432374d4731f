"""Reads the warehouse for a page: briefly, never in a writer's way, and from memory while a writer has it."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fieldhouse.warehouse.backends.locks import Waits, shared_lock, until
from fieldhouse.warehouse.errors import WarehouseBusy, WarehouseSettingsError, WarehouseUnreachable

from .source import Place

_KEPT = 200
_GOOD_FOR_SECONDS = 60.0


class Absent(Exception):
    """There is no warehouse at that place yet."""


@dataclass(frozen=True)
class Answer:
    """The rows of one query, or the database's word on why there are none."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    problem: str = ""

    def records(self) -> list[dict[str, Any]]:
        """The rows by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def column(self, name: str) -> list[Any]:
        """One column's values."""
        place = self.columns.index(name)
        return [row[place] for row in self.rows]


@dataclass(frozen=True)
class Reading:
    """The answers to a page's queries, all of one state of the warehouse.

    `read_at` is when; `writer` who has the warehouse now, where this is what was read before.
    """

    answers: tuple[Answer, ...]
    read_at: datetime
    writer: str = ""


@dataclass(frozen=True)
class _Kept:
    reading: Reading
    stamp: tuple[Any, ...]


class Reader:
    """Reads a place. One read at a time; what was read is kept for as long as the file stays as it is.

    Args:
        patience: seconds to wait for a writer before what was read last is shown.
        most_patience: seconds to wait where nothing was read yet.
    """

    def __init__(
        self,
        place: Place,
        *,
        patience: float = 1.0,
        most_patience: float = 20.0,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.place = place
        self._patience, self._most_patience = patience, most_patience
        self._clock, self._sleep = clock, sleep
        self._turn = threading.Lock()
        self._kept: OrderedDict[tuple[str, ...], _Kept] = OrderedDict()

    def read(self, queries: Sequence[str]) -> Reading:
        """The queries' answers, of one state of the warehouse.

        Raises Absent where no warehouse is, WarehouseBusy where a writer has it and nothing was read before,
        WarehouseSettingsError or WarehouseUnreachable where it cannot be opened.
        """
        asked = tuple(queries)
        with self._turn:
            file = self.place.file
            if file is not None and not file.exists():
                raise Absent(str(file))
            stamp, kept = _stamp(file), self._kept.get(asked)
            if kept and kept.stamp == stamp and self._age(kept) < _GOOD_FOR_SECONDS:
                return kept.reading
            try:
                answers = self._answers(file, asked, self._patience if kept else self._most_patience)
            except WarehouseBusy as busy:
                if not kept:
                    raise
                return replace(kept.reading, writer=str(busy))
            reading = Reading(answers, datetime.fromtimestamp(self._clock(), UTC))
            self._keep(asked, _Kept(reading, stamp))
            return reading

    def _age(self, kept: _Kept) -> float:
        return self._clock() - kept.reading.read_at.timestamp()

    def _keep(self, asked: tuple[str, ...], kept: _Kept) -> None:
        self._kept[asked] = kept
        self._kept.move_to_end(asked)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def _answers(self, file: Path | None, asked: Sequence[str], patience: float) -> tuple[Answer, ...]:
        if file is None:
            return _from_postgres(self.place.url, asked)
        waits = Waits(patience, self._clock, self._sleep)
        with _beside_writers(file, waits) if not self.place.is_copy else _freely():
            return _from_duckdb(file, asked, waits)


def _stamp(file: Path | None) -> tuple[Any, ...]:
    """What changes when a DuckDB file does; a Postgres server is asked anew each time."""
    if file is None:
        return (object(),)
    found: list[tuple[int, int, int]] = []
    for path in (file, file.with_name(file.name + ".wal")):
        with suppress(FileNotFoundError):
            seen = path.stat()
            found.append((seen.st_ino, seen.st_mtime_ns, seen.st_size))
    return tuple(found)


@contextmanager
def _freely() -> Iterator[None]:
    yield


@contextmanager
def _beside_writers(file: Path, waits: Waits) -> Iterator[None]:
    """Queues with the loads and builds at the side file, together with other readers.

    Without it a build that has its turn, and lets dbt open the file, could find it held. Where the folder cannot be
    written there are no writers of ours to queue with.
    """
    place = file.with_name(file.name + ".lock")
    if not place.exists() and not os.access(file.parent, os.W_OK):
        yield
        return
    with shared_lock(place, "fieldhouse dashboard", file.name, waits):
        yield


def _from_duckdb(file: Path, asked: Sequence[str], waits: Waits) -> tuple[Answer, ...]:
    import duckdb

    opened: list[duckdb.DuckDBPyConnection] = []

    def attempt() -> str:
        try:
            opened.append(duckdb.connect(str(file), read_only=True))
        except duckdb.IOException as error:
            if _is_being_written(file):
                return "another process"
            raise WarehouseSettingsError(f"DuckDB cannot open {file}: {error}") from error
        return ""

    until(waits, attempt, file.name)
    with opened[0] as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return tuple(_asked(connection, sql, duckdb.Error) for sql in asked)


def _is_being_written(file: Path) -> bool:
    """Whether a process holds the file alone, as DuckDB does for writing. Not to be asked while it is open here."""
    try:
        with file.open("rb") as held:
            fcntl.lockf(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _from_postgres(url: str, asked: Sequence[str]) -> tuple[Answer, ...]:
    """All in one read-only transaction, so that the figures of a page agree with each other."""
    import psycopg2

    options = "-c default_transaction_read_only=on -c statement_timeout=60000 -c timezone=UTC"
    try:
        connection = psycopg2.connect(
            url, connect_timeout=10, application_name="fieldhouse dashboard", options=options
        )
    except psycopg2.OperationalError as error:
        raise WarehouseUnreachable(f"Postgres does not answer: {_first_line(error)}") from None
    try:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            return tuple(_within_savepoint(cursor, sql, psycopg2.Error) for sql in asked)
    finally:
        connection.close()


def _within_savepoint(cursor: Any, sql: str, failures: type[Exception]) -> Answer:
    cursor.execute("SAVEPOINT query")
    answer = _asked(cursor, sql, failures)
    if answer.problem:
        cursor.execute("ROLLBACK TO SAVEPOINT query")
    return answer


def _asked(cursor: Any, sql: str, failures: type[Exception]) -> Answer:
    try:
        cursor.execute(sql)
        names = tuple(str(column[0]) for column in cursor.description)
        return Answer(names, tuple(tuple(row) for row in cursor.fetchall()))
    except failures as error:
        return Answer(problem=_first_line(error))


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def by_schema(catalogue: Answer) -> Mapping[str, frozenset[str]]:
    """The tables of each schema, from rows of `catalogue.sql`."""
    found: dict[str, set[str]] = {}
    for schema, table in catalogue.rows:
        found.setdefault(schema, set()).add(table)
    return {schema: frozenset(tables) for schema, tables in found.items()}
