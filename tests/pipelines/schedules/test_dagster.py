"""The Dagster code location: real assets, materialised from stand-ins that are served into a real Postgres."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fieldhouse.pipelines.config.settings import Settings, load
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.server import environment, serve
from fieldhouse.sources.sandbox.shiftboard.api import ShiftboardSandbox
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.vendors.oracle import describe, differences
from tests.support.warehouse.warehouse_snapshot import read_snapshot

dg = pytest.importorskip("dagster", reason="the extra fieldhouse[dagster] is not installed")
pytestmark = pytest.mark.postgres

from fieldhouse.pipelines.schedules.groups import table_groups  # noqa: E402
from fieldhouse.pipelines.schedules.location import code_location  # noqa: E402
from fieldhouse.pipelines.schedules.work import Terms  # noqa: E402

DESK = ("tickets", "groups", "tags")
SITE = ("shifts", "roles")


class World:
    """Two stand-ins, the settings that point at them, and the code location made of these."""

    def __init__(self, boxes: list[Any], settings: Settings, instance: Any) -> None:
        self.site, self.desk = boxes
        self.settings, self.instance = settings, instance
        self.location = code_location(Terms(settings, attempts=2, pause=0))

    def run(self, job: str, **options: Any) -> Any:
        made = self.location.resolve_job_def(job)
        return made.execute_in_process(instance=self.instance, raise_on_error=False, **options)

    def held(self, box: Any) -> Any:
        return read_snapshot(self.settings.warehouse_url, box.name)

    def assert_equal(self, box: Any, *tables: str) -> None:
        found = differences(self.held(box), box.name, box.truth(), tables)
        assert not found, describe(found)


@pytest.fixture
def world(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("FIELDHOUSE_PACE_DIR", str(tmp_path))
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
    boxes = [ShiftboardSandbox(seed=3, size=0.05), BossDeskSandbox(seed=3, size=0.05)]
    with serve(*boxes) as urls, dg.DagsterInstance.ephemeral() as instance:
        variables = {
            "HOME": str(tmp_path),
            "WAREHOUSE__URL": postgres_url,
            **environment(boxes, urls),
            "SOURCES__BOSSDESK__TABLES": json.dumps(DESK),
            "SOURCES__SHIFTBOARD__TABLES": json.dumps(SITE),
            "SOURCES__SHIFTBOARD__START_DATE": "2026-09-01",
        }
        yield World(boxes, load(variables, project=tmp_path), instance)


def checks(result: Any, name: str) -> dict[str, bool]:
    found = [each for each in result.get_asset_check_evaluations() if each.check_name == name]
    return {each.asset_key.path[-1]: each.passed for each in found}


def events(result: Any, kind: str) -> list[Any]:
    return [event for event in result.all_events if event.event_type_value == kind]


def test_an_account_is_materialised_checked_and_verified(world: World) -> None:
    first = world.run("sync_bossdesk")
    assert first.success
    made = {event.asset_key.path[-1] for event in first.get_asset_materialization_events()}
    assert set(DESK) <= made
    assert set(checks(first, "rows")) == set(checks(first, "fresh")) == made
    assert all(checks(first, "fresh").values())
    world.assert_equal(world.desk, *DESK)

    world.desk.clock.advance(hours=1)
    world.desk.edit(30)
    account = next(each for each in world.settings.accounts if each.schema == "bossdesk")
    steps = (f"bossdesk__{name}" for name in table_groups(account))
    sweep = {"ops": {step: {"config": {"sweep": True}} for step in steps}}
    assert world.run("sync_bossdesk", run_config=sweep).success
    world.assert_equal(world.desk, *DESK)

    with open_warehouse(world.settings.warehouse_url).session() as session:
        session.db.execute("UPDATE bossdesk.tags SET name = 'spoilt'")
    found = world.run("verify_bossdesk")
    assert found.success
    assert checks(found, "verify") == {**dict.fromkeys(made, True), "tags": False}


def test_a_group_alone_and_a_month_again(world: World) -> None:
    """Backfills go by the months of the tables that are read by windows."""
    result = world.run("sync_shiftboard", asset_selection=[dg.AssetKey(["shiftboard", "roles"])])
    assert result.success
    assert "shifts" not in world.held(world.site).columns
    months = dg.materialize(
        [world.location.resolve_assets_def(dg.AssetKey(["shiftboard", "_backfill"]))],
        instance=world.instance,
        partition_key="2026-09-01",
    )
    assert months.success
    dates = {date.fromisoformat(row["start_date"][:10]) for row in world.held(world.site).rows["shifts"]}
    assert dates
    assert date(2026, 8, 29) <= min(dates) <= max(dates) <= date(2026, 10, 2)


def test_an_account_that_another_run_holds_is_tried_again(world: World) -> None:
    with open_warehouse(world.settings.warehouse_url).account_lock("bossdesk", "another run"):
        result = world.run("sync_bossdesk")
    assert not result.success
    assert len(events(result, "STEP_RESTARTED")) >= 2
    assert "being synced by another run" in str(events(result, "STEP_FAILURE"))


def test_a_refused_key_is_a_failure_without_further_attempts(world: World) -> None:
    world.desk.api_key = "another"
    result = world.run("sync_bossdesk")
    assert events(result, "STEP_FAILURE")
    assert not events(result, "STEP_UP_FOR_RETRY")


def test_schedules_of_all_accounts(world: World) -> None:
    repository = world.location.get_repository_def()
    assert {schedule.name for schedule in repository.schedule_defs} == {
        "sync_bossdesk_schedule",
        "verify_bossdesk_schedule",
        "sync_shiftboard_schedule",
        "verify_shiftboard_schedule",
        "build_marts_schedule",
    }


def test_an_old_table_is_not_fresh(world: World) -> None:
    assert world.run("sync_bossdesk").success
    world.location = code_location(Terms(world.settings, max_age=timedelta(0)))
    keys = [dg.AssetCheckKey(dg.AssetKey(["bossdesk", "tags"]), "fresh")]
    made = dg.materialize(
        [*world.location.asset_checks],
        selection=dg.AssetSelection.checks(*keys),
        instance=world.instance,
        raise_on_error=False,
    )
    assert checks(made, "fresh") == {"tags": False}


def test_readers_of_a_duckdb_file_get_their_copy_after_every_step(tmp_path: Path) -> None:
    copy, box = tmp_path / "published.duckdb", NotificSandbox(size=0.1)
    with serve(box) as urls, dg.DagsterInstance.ephemeral() as instance:
        variables = {
            "HOME": str(tmp_path),
            "WAREHOUSE__URL": f"duckdb:///{tmp_path}/warehouse.duckdb",
            "WAREHOUSE__PUBLISH": str(copy),
            **environment([box], urls),
        }
        job = code_location(Terms(load(variables, project=tmp_path))).resolve_job_def("sync_notific")
        assert job.execute_in_process(instance=instance).success
        first = copy.stat().st_ino
        changed = box.change("tickets", Description="changed")
        assert job.execute_in_process(instance=instance).success
    assert copy.stat().st_ino != first
    with duckdb.connect(str(copy), read_only=True) as readers:
        ticket = readers.execute("SELECT description FROM notific.tickets WHERE id = ?", [changed["Id"]])
        assert ticket.fetchall() == [("changed",)]
