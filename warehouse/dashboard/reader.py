"""Reads the warehouse for a page: briefly, never in a writer's way, and from memory while a writer has it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fieldhouse.warehouse.backends.protocol import Queries
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.errors import StatementFailed, WarehouseBusy

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
        warehouse = open_warehouse(self.place.url, lock_wait=patience, clock=self._clock, sleep=self._sleep)
        copy = file if self.place.is_copy else None
        with warehouse.read_only("fieldhouse dashboard", copy) as queries:
            return tuple(_answer(queries, sql) for sql in asked)


def _stamp(file: Path | None) -> tuple[Any, ...]:
    """What changes when a DuckDB file does; a Postgres server is asked anew each time."""
    if file is None:
        return (object(),)
    versions: list[tuple[int, int, int]] = []
    for path in (file, file.with_name(file.name + ".wal")):
        with suppress(FileNotFoundError):
            seen = path.stat()
            versions.append((seen.st_ino, seen.st_mtime_ns, seen.st_size))
    return tuple(versions)


def _answer(queries: Queries, sql: str) -> Answer:
    try:
        return Answer(*queries.fetch(sql))
    except StatementFailed as error:
        return Answer(problem=str(error))


def tables_by_schema(catalogue: Answer) -> Mapping[str, frozenset[str]]:
    """The tables of each schema, from rows of `catalogue.sql`."""
    tables_of: dict[str, set[str]] = {}
    for schema, table in catalogue.rows:
        tables_of.setdefault(schema, set()).add(table)
    return {schema: frozenset(tables) for schema, tables in tables_of.items()}
