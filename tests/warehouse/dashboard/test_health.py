"""The health page, and the other tabs where accounts, marts or the warehouse are missing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.config.extras import is_installed
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.dashboard.query import Choice
from fieldhouse.warehouse.dashboard.source import Place
from tests.support.marts.marts_warehouse import needs_dbt
from tests.support.warehouse.dashboard_pages import TABS, shown

pytestmark = pytest.mark.skipif(
    not is_installed("dashboard"), reason="needs pip install 'fieldhouse[dashboard]'"
)
if is_installed("dashboard"):
    from fieldhouse.warehouse.dashboard import page as page_module
    from fieldhouse.warehouse.dashboard.reader import Reader
    from fieldhouse.warehouse.dashboard.tabs import TABS as tabs


@needs_dbt
def test_the_health_page_asks_each_query_once(complete: Path) -> None:
    class Recording(Reader):
        asked: list[str]

        def read(self, queries: Any) -> Any:
            self.asked += queries
            return super().read(queries)

    place = Place(f"duckdb:///{complete}", max_age_hours=1e6)
    reader = Recording(place)
    reader.asked = []
    known = page_module.look(reader)
    assert known
    content = page_module.content(tabs[0], reader, known, Choice(known.accounts, max_age_hours=1e6), place)
    assert len(content.cards) == 5
    assert content.states
    assert len(content.states.cells) == 105
    assert len(reader.asked) == len(set(reader.asked))
    assert sum("30 newest" in query for query in reader.asked) == 1


@pytest.mark.parametrize("tab", TABS)
def test_where_nothing_is_the_page_says_what_to_do(tmp_path: Path, tab: str) -> None:
    absent = shown(Place(f"duckdb:///{tmp_path}/none.duckdb"), tab)
    assert absent.status == 404
    assert "Run fieldhouse sync" in absent.text
    assert list(tmp_path.iterdir()) == []
    with open_warehouse(f"duckdb:///{tmp_path}/empty.duckdb").session():
        pass
    assert "Nothing is synced yet" in shown(Place(f"duckdb:///{tmp_path}/empty.duckdb"), tab).text


@needs_dbt
def test_without_marts_health_is_there_and_the_rest_names_the_command(changed: Any) -> None:
    place = changed("DROP SCHEMA marts CASCADE")
    assert "All 20 tables" in shown(replace(place, max_age_hours=1e6), "Health").text
    for tab in TABS[1:]:
        page = shown(place, tab)
        assert "Run fieldhouse build" in page.text
        assert not page.tiles


@needs_dbt
def test_a_vendor_that_is_not_synced_leaves_its_share_empty(changed: Any) -> None:
    marts = (
        "shifts",
        "shift_coverage_daily",
        "worker_hours_weekly",
        "sync_health",
        "jobs",
        "job_cycle_times",
    )
    gone = [f"DELETE FROM marts.{mart} WHERE account IN ('shiftboard', 'servicesidekick')" for mart in marts]
    place = changed("DROP SCHEMA shiftboard CASCADE", "DROP SCHEMA servicesidekick CASCADE", *gone)
    for tab in ("Shifts", "Hours"):
        assert "fieldhouse sync shiftboard" in shown(place, tab).text
    assert "Without servicesidekick" in shown(place, "Jobs").text
    assert "shiftboard" not in shown(place, "Health").text


@needs_dbt
def test_a_failing_account_comes_first_with_its_cause_and_next_step(changed: Any, complete: Path) -> None:
    whole_place = Place(f"duckdb:///{complete}", max_age_hours=1e6)
    failed = (
        "INSERT INTO bossdesk._syncs (run_id, table_name, started_at, finished_at, outcome, error, details) SELECT"
        " 'r', table_name, now(), now() + INTERVAL 1 SECOND, 'failed',"
        " 'bossdesk.' || table_name || ': the vendor refused the key (HTTP 401).',"
        ' \'{"error": {"next_step": "Check api_key."}}\' FROM (SELECT DISTINCT table_name FROM bossdesk._syncs)'
    )
    place = changed(
        failed,
        "INSERT INTO bossdesk._schema_changes (changed_at, table_name, column_name, from_type, to_type, action)"
        " VALUES (now(), 'tickets', 'urgency', 'bigint', 'text', 'widened')",
    )
    page = shown(replace(place, max_age_hours=1e6), "Health")
    assert re.findall(r'<article class="card (\w+)"', page.body) == ["failing", *["fresh"] * 4]
    assert "20 of 20 tables failed: the vendor refused the key (HTTP 401)." in page.text
    assert page.text.count("Next step: Check api_key.") == 1
    assert "20 in error · 0 late · 0 fresh" in page.text
    states = page.tables[0]
    assert [line[0] for line in states[1:22]] == ["error"] * 20 + ["fresh"]
    assert any("urgency" in line and "widened" in line for table in page.tables for line in table)
    as_of = re.search(r"Data as of [^<]*", shown(whole_place, "Health").body)
    assert as_of
    assert as_of[0].strip() in page.body, "a read that failed brings no newer data"
    assert "do not contain the last sync" not in shown(place, "Tickets").text
    newer = "INSERT INTO notific._syncs (run_id, table_name, started_at, finished_at, outcome) VALUES"
    place = changed(f"{newer} ('n', 'tickets', now(), now() + INTERVAL 1 HOUR, 'ok')")
    assert "do not contain the last sync" in shown(place, "Tickets").text


@needs_dbt
def test_late_is_what_the_limit_says(complete: Path) -> None:
    fresh = shown(Place(f"duckdb:///{complete}", max_age_hours=1e6), "Health").text
    late = shown(Place(f"duckdb:///{complete}", max_age_hours=1e-6), "Health").text
    assert "Tables: 0 in error, 0 late, 105 fresh" in fresh
    assert "Tables: 0 in error, 105 late, 0 fresh" in late


@needs_dbt
def test_an_account_of_any_name_is_only_a_name(changed: Any) -> None:
    """A schema's name reaches SQL as an identifier and as a literal, and neither opens a hole."""
    place = changed(
        'CREATE SCHEMA "notific_o\'b"',
        'CREATE TABLE "notific_o\'b"._syncs AS FROM notific._syncs',
        'CREATE TABLE "notific_o\'b"._schema_changes AS FROM notific._schema_changes',
    )
    page = shown(replace(place, max_age_hours=1e6), "Health", account="notific_o'b")
    assert re.findall(r"Tables: .*? fresh", page.text) == ["Tables: 0 in error, 0 late, 4 fresh"]
