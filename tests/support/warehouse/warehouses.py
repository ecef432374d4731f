"""The warehouses that tests run on: one entry per backend."""

from collections.abc import Callable
from pathlib import Path

import pytest


def _duckdb(request: pytest.FixtureRequest, folder: Path) -> str:
    return f"duckdb:///{folder}/warehouse.duckdb"


def _postgres(request: pytest.FixtureRequest, folder: Path) -> str:
    url: str = request.getfixturevalue("postgres_url")
    return url


WAREHOUSES: dict[str, Callable[[pytest.FixtureRequest, Path], str]] = {
    "duckdb": _duckdb,
    "postgres": _postgres,
}
"""Name -> the URL of a fresh warehouse. A test is marked with the name if `pyproject.toml` declares such a mark."""
_MARKED = ("postgres",)


@pytest.fixture(
    params=[
        pytest.param(name, marks=[getattr(pytest.mark, name)] if name in _MARKED else [])
        for name in WAREHOUSES
    ]
)
def warehouse_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh warehouse: the test runs once on every backend."""
    return WAREHOUSES[request.param](request, tmp_path)
