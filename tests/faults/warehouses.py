"""The warehouses that cases run on, one class each: how one is made, copied, dropped, and reached from outside."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from tests.support.postgres import postgres_server

OWN_FILES = "warehouse."
"""What the names of a warehouse's files and locks begin with: they survive the loss of the other files."""
_numbers = itertools.count(1)


class CaseWarehouse(ABC):
    """One kind of warehouse.

    Args:
        server: the URL of a Postgres server where databases may be created; called only by a kind that ``has_server``.

    Attributes:
        scheme: how its URLs begin.
        file: the name of its main file; empty if it has none.
        has_server: whether it is in a server, not in files of this machine.
        has_indexes: whether its tables can have indexes.
        first_lands_by_sql: whether plain SQL lands the first sync of the warehouses that are copied.
        longest: seconds that a first and a later sync take at most, from which random times are chosen.
        full_disk: KiB that are too few for a first sync.
    """

    scheme: ClassVar[str]
    file: ClassVar[str] = ""
    has_server: ClassVar[bool] = False
    has_indexes: ClassVar[bool] = True
    first_lands_by_sql: ClassVar[bool] = True
    longest: ClassVar[tuple[float, float]] = (1.0, 0.8)
    full_disk: ClassVar[int] = 900

    def __init__(self, server: Callable[[], str]) -> None:
        self.server = server

    @abstractmethod
    def empty(self, folder: Path) -> str:
        """The URL of a new warehouse; its files, if it has any, are in the folder."""

    @abstractmethod
    def copy(self, url: str, folder: Path) -> str:
        """Copy the warehouse that nobody uses now; the URL of the copy, whose files are in the folder."""

    def drop(self, url: str) -> None:
        """Remove what is not in the folder of the warehouse."""
        return

    @staticmethod
    @abstractmethod
    def execute(url: str, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL beside whatever else uses the warehouse; its rows."""


class DuckFile(CaseWarehouse):
    scheme = "duckdb"
    file = f"{OWN_FILES}duckdb"

    def empty(self, folder: Path) -> str:
        return f"duckdb:///{folder / self.file}"

    def copy(self, url: str, folder: Path) -> str:
        shutil.copy(url.removeprefix("duckdb:///"), folder / self.file)
        return self.empty(folder)

    @staticmethod
    def execute(url: str, sql: str) -> list[tuple[Any, ...]]:
        import duckdb

        with duckdb.connect(url.removeprefix("duckdb:///")) as connection:
            return connection.execute(sql).fetchall()


class PostgresDatabase(CaseWarehouse):
    scheme = "postgresql"
    has_server = True
    first_lands_by_sql = False

    def empty(self, folder: Path) -> str:
        return self._create("")

    def copy(self, url: str, folder: Path) -> str:
        return self._create(f" TEMPLATE {_database(url)}")

    def drop(self, url: str) -> None:
        self.execute(self.server(), f"DROP DATABASE IF EXISTS {_database(url)} WITH (FORCE)")

    def _create(self, options: str) -> str:
        name = f"faults_{os.getpid()}_{next(_numbers)}"
        self.execute(
            self.server(), f"CREATE DATABASE {name}{options} {postgres_server.fast_copy(self.server())}"
        )
        return urlunsplit(urlsplit(self.server())._replace(path=f"/{name}"))

    @staticmethod
    def execute(url: str, sql: str) -> list[tuple[Any, ...]]:
        return postgres_server.execute(url, sql)


class Lake(CaseWarehouse):
    """A lake on this machine: its catalogue in SQLite, its Parquet files in a folder beside it."""

    scheme = "ducklake"
    file = f"{OWN_FILES}sqlite"
    has_indexes = False
    longest = (2.0, 1.6)
    full_disk = 300

    def empty(self, folder: Path) -> str:
        return f"ducklake:sqlite:///{folder / self.file}?data={self._data(folder)}"

    def copy(self, url: str, folder: Path) -> str:
        """Copy catalogue and files. The catalogue names the files relative to their folder, and the folder itself."""
        catalogue = Path(urlsplit(url.partition(":")[2]).path[1:])
        shutil.copy(catalogue, folder / self.file)
        if self._data(catalogue.parent).exists():  # rows of a small table can be in the catalogue
            shutil.copytree(self._data(catalogue.parent), self._data(folder))
        with closing(sqlite3.connect(folder / self.file)) as connection, connection:
            moved = connection.execute(
                "UPDATE ducklake_metadata SET value = ? WHERE key = 'data_path'", (f"{self._data(folder)}/",)
            )
            assert moved.rowcount == 1, "the catalogue has no data path"
        return self.empty(folder)

    @staticmethod
    def _data(folder: Path) -> Path:
        return folder / f"{OWN_FILES}data"

    @staticmethod
    def execute(url: str, sql: str) -> list[tuple[Any, ...]]:
        from fieldhouse.warehouse.backends.lake_address import LakeAddress
        from fieldhouse.warehouse.backends.lake_extensions import prepared_instance
        from fieldhouse.warehouse.drivers.lake import NAME, attach_statement

        place = LakeAddress.from_url(url)
        with prepared_instance(place.catalogue, place.data) as instance, instance.cursor() as cursor:
            cursor.execute(attach_statement(place.catalogue, place.data))
            try:
                return cursor.execute(f"USE {NAME}").execute(sql).fetchall()
            finally:
                cursor.execute("USE memory")
                cursor.execute(f"DETACH {NAME}")


def _database(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


WAREHOUSES: dict[str, type[CaseWarehouse]] = {
    "duckdb": DuckFile,
    "postgres": PostgresDatabase,
    "ducklake": Lake,
}
DIALECTS = ("duckdb", "postgres")
"""Those that cases which are not about a warehouse alternate between."""
FILES = tuple(name for name, kind in WAREHOUSES.items() if kind.file)


def warehouse_of(url: str) -> type[CaseWarehouse]:
    """The kind of the warehouse at a URL."""
    return next(kind for kind in WAREHOUSES.values() if url.startswith(f"{kind.scheme}:"))


def execute(url: str, sql: str) -> list[tuple[Any, ...]]:
    """Run SQL at a warehouse beside whatever else uses it; its rows."""
    return warehouse_of(url).execute(url, sql)
