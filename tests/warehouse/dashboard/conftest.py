"""Fixtures of the dashboard: copies of a whole warehouse with marts."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.dashboard.source import Place
from tests.support.marts.marts_warehouse import Built


@pytest.fixture(scope="module")
def complete(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of its own, so that nobody else has the file."""
    copy = tmp_path_factory.mktemp("dashboard") / "company.duckdb"
    with open_warehouse(f"duckdb:///{built.path}").exclusive() as path:
        shutil.copy(path, copy)
    return copy


@pytest.fixture
def changed(complete: Path, tmp_path: Path) -> Callable[..., Place]:
    """Gives the place of a copy on which statements were run."""
    path = Path(shutil.copy(complete, tmp_path / "changed.duckdb"))

    def change(*statements: str) -> Place:
        with duckdb.connect(str(path)) as db:
            for statement in statements:
                db.execute(statement)
        return Place(f"duckdb:///{path}")

    return change
