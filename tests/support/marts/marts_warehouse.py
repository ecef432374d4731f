"""A warehouse with its marts, from a real sync of every sandbox: made once for all tests that read it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.build_marts import PROJECT, BuildReport, build
from fieldhouse.pipelines.config.settings import Settings, load
from fieldhouse.pipelines.sync.account_sync import AccountSync
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.sandbox import Sandbox
from fieldhouse.sources.sandbox.server import environment, serve
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.runs.shared_fixture import make_once

needs_dbt = pytest.mark.skipif(not find_spec("dbt"), reason="needs pip install 'fieldhouse[marts]'")


@dataclass(frozen=True)
class Built:
    """A warehouse with its marts, the vendors' truth at that time, and that time."""

    path: Path
    report: BuildReport
    truth: dict[str, dict[str, list[dict[str, Any]]]]
    now: datetime

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with self.reading() as ask:
            return ask(sql)

    @contextmanager
    def reading(self) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
        """A function that answers queries; other workers of the tests read beside it."""
        with open_warehouse(f"duckdb:///{self.path}").read_only("a test") as queries:
            yield lambda sql: list(queries.fetch(sql)[1])

    def answer(self, question: str) -> list[tuple[Any, ...]]:
        return self.ask((PROJECT / "questions" / f"{question}.sql").read_text())


HISTORY = {
    "SOURCES__BOSSDESK__HISTORY": "tickets",
    "SOURCES__NOTIFIC__HISTORY": "tickets",
    "SOURCES__SERVICEBRIDGE__HISTORY": "work_orders",
    "SOURCES__SERVICESIDEKICK__HISTORY": "jobs",
}


class Direct(AccountSync):
    """Lands all rows by plain SQL: what dlt does with them is tested elsewhere, and costs a third of a first sync."""

    small_batch_rows = sys.maxsize


def synced(boxes: Sequence[Sandbox], url: str, folder: Path) -> Settings:
    """Every sandbox synced with a history, edited an hour later, and synced again with a sweep."""
    with serve(*boxes) as urls:
        settings = load(
            {"HOME": str(folder), **environment(boxes, urls), **HISTORY}, folder, warehouse_url=url
        )
        warehouse = open_warehouse(url)
        for options in (Options(), Options(sweep=True)):
            for account in settings.accounts:
                report = Direct(
                    account, warehouse, options, account.tables(), lambda outcomes: None, None, 0.2
                ).execute()
                assert report.exit_code == 0, report
            for box in boxes if not options.sweep else ():
                box.clock.advance(hours=1)
                box.edit(20)
    return settings


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """One for all tests of a run: the first worker that needs it makes it, the others wait and read what it left."""
    made: Built = make_once(tmp_path_factory, "built", _built)
    return made


def _built(folder: Path) -> Built:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIELDHOUSE_PACE_DIR", str(folder))
        boxes = [SANDBOXES[name](size=0.3, edge_cases=True) for name in SANDBOXES]
        path = folder / "field-house.duckdb"
        settings = synced(boxes, f"duckdb:///{path}", folder)
    now = boxes[0].clock.now()
    report = build(settings, variables={"now": now.isoformat()}, thorough=True)
    return Built(path, report, {box.name: box.truth() for box in boxes}, now)
