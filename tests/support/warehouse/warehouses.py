"""The warehouses that tests run on: one entry per backend."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import duckdb
import pytest

from fieldhouse.warehouse.backends.lake_extensions import load_extension
from fieldhouse.warehouse.errors import WarehouseSettingsError


def _duckdb(request: pytest.FixtureRequest, folder: Path) -> str:
    return f"duckdb:///{folder}/warehouse.duckdb"


def _postgres(request: pytest.FixtureRequest, folder: Path) -> str:
    url: str = request.getfixturevalue("postgres_url")
    return url


@cache
def has_lake() -> bool:
    """True if the DuckDB in use has the extension for lakes, and reads its catalogue in SQLite."""
    with duckdb.connect(config={"allow_unsigned_extensions": "true"}) as native:
        try:
            load_extension(native, "ducklake")
            load_extension(native, "sqlite_scanner")
        except WarehouseSettingsError:
            return False
    return True


def _ducklake(request: pytest.FixtureRequest, folder: Path) -> str:
    if not has_lake():
        pytest.skip("needs DuckDB's extension for lakes (./run lake-tests)")
    return f"ducklake:sqlite:///{folder}/lake.sqlite?data={folder}/lake-data"


WAREHOUSES: dict[str, Callable[[pytest.FixtureRequest, Path], str]] = {
    "duckdb": _duckdb,
    "postgres": _postgres,
    "ducklake": _ducklake,
}
"""Name -> the URL of a fresh warehouse. A test is marked with the name if `pyproject.toml` declares such a mark."""
_MARKED = ("postgres", "ducklake")


@pytest.fixture(
    params=[
        pytest.param(name, marks=[getattr(pytest.mark, name)] if name in _MARKED else [])
        for name in WAREHOUSES
    ]
)
def warehouse_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh warehouse: the test runs once on every backend."""
    return WAREHOUSES[request.param](request, tmp_path)
