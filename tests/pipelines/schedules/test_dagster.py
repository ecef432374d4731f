"""The Dagster code location: real assets, materialised from stand-ins that are served into a real Postgres."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextvars import Context
from datetime import UTC, date, datetime, timedelta
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

from fieldhouse.pipelines.schedules.groups import chosen_tables, table_groups  # noqa: E402
from fieldhouse.pipelines.schedules.location import code_location  # noqa: E402
from fieldhouse.pipelines.schedules.timing import HOURLY, WEEKLY, partitions_of  # noqa: E402
from fieldhouse.pipelines.schedules.work import Terms  # noqa: E402

DESK = ("tickets", "groups", "tags")
SITE = ("shifts", "roles")


class World:
    """Two stand-ins, the settings that point at them, and the code location made of these."""

    def __init__(self, boxes: list[Any], settings: Settings, instance: Any) -> None:
        self.site, self.desk = boxes
        self.settings, self.instance = settings, instance
        self.location = code_location(Terms(settings, attempts=2, pause=0))
        for account in settings.accounts:
            instance.add_dynamic_partitions(partitions_of(account.vendor.name), [account.name])

    def run(self, job: str, account: str | None = None, **options: Any) -> Any:
        made = self.location.resolve_job_def(job)
        return made.execute_in_process(
            instance=self.instance, raise_on_error=False, partition_key=account, **options
        )

    def snapshot(self, box: Any) -> Any:
        return read_snapshot(self.settings.warehouse_url, box.name)

    def assert_equal(self, box: Any, *tables: str) -> None:
        results = differences(self.snapshot(box), box.name, box.truth(), tables)
        assert not results, describe(results)


@pytest.fixture
def world(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("FIELDHOUSE_PACE_DIR", str(tmp_path))
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
    boxes = [
        ShiftboardSandbox(seed=3, size=0.05, edge_cases=True),
        BossDeskSandbox(seed=3, size=0.05, edge_cases=True),
    ]
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
    results = [item for item in result.get_asset_check_evaluations() if item.check_name == name]
    return {item.asset_key.path[-1]: item.passed for item in results}


def events(result: Any, kind: str) -> list[Any]:
    return [event for event in result.all_events if event.event_type_value == kind]


def test_an_account_is_materialised_checked_and_verified(world: World) -> None:
    first = world.run("sync_bossdesk", "bossdesk")
    assert first.success
    made = {event.asset_key.path[-1] for event in first.get_asset_materialization_events()}
    assert set(DESK) <= made
    assert {event.partition for event in first.get_asset_materialization_events()} == {"bossdesk"}
    assert set(checks(first, "rows")) == made
    assert checks(world.run("fresh_bossdesk"), "fresh") == dict.fromkeys(made, True)
    world.assert_equal(world.desk, *DESK)

    world.desk.clock.advance(hours=1)
    world.desk.edit(30)
    tables = chosen_tables(item for item in world.settings.accounts if item.schema == "bossdesk")
    steps = (f"bossdesk__{name}" for name in table_groups(tables))
    sweep = {"ops": {step: {"config": {"sweep": True}} for step in steps}}
    assert world.run("sync_bossdesk", "bossdesk", run_config=sweep).success
    assert world.run("verify_bossdesk", "bossdesk").success
    world.assert_equal(world.desk, *DESK)

    with open_warehouse(world.settings.warehouse_url).session() as session:
        session.db.execute("UPDATE bossdesk.tags SET name = 'spoilt'")
    results = world.run("verify_bossdesk", "bossdesk")
    assert not results.success
    (failure,) = events(results, "STEP_FAILURE")
    assert failure.event_specific_data.user_failure_data.description.startswith("tags: ")
    assert "groups" not in failure.event_specific_data.user_failure_data.description


def test_a_group_alone_and_a_month_again(world: World) -> None:
    """Backfills go by the months of the tables that are read by windows."""
    roles = [dg.AssetKey(["shiftboard", "roles"])]
    result = world.run("sync_shiftboard", "shiftboard", asset_selection=roles)
    assert result.success
    assert "shifts" not in world.snapshot(world.site).columns
    months = dg.materialize(
        [world.location.resolve_assets_def(dg.AssetKey(["shiftboard", "_backfill"]))],
        instance=world.instance,
        partition_key=dg.MultiPartitionKey({"account": "shiftboard", "month": "2026-09-01"}),
    )
    assert months.success
    dates = {date.fromisoformat(row["start_date"][:10]) for row in world.snapshot(world.site).rows["shifts"]}
    assert dates
    assert date(2026, 8, 29) <= min(dates) <= max(dates) <= date(2026, 10, 2)


def test_an_account_that_another_run_holds_is_tried_again(world: World) -> None:
    with open_warehouse(world.settings.warehouse_url).account_lock("bossdesk", "another run"):
        result = world.run("sync_bossdesk", "bossdesk")
    assert not result.success
    assert len(events(result, "STEP_RESTARTED")) >= 2
    assert "being synced by another run" in str(events(result, "STEP_FAILURE"))


def test_a_refused_key_is_a_failure_without_further_attempts(world: World) -> None:
    world.desk.api_key = "another"
    result = world.run("sync_bossdesk", "bossdesk")
    assert events(result, "STEP_FAILURE")
    assert not events(result, "STEP_UP_FOR_RETRY")


def test_schedules_of_all_accounts(world: World) -> None:
    repository = world.location.get_repository_def()
    assert {schedule.name for schedule in repository.schedule_defs} == {
        "sync_bossdesk_schedule",
        "verify_bossdesk_schedule",
        "fresh_bossdesk_schedule",
        "sync_shiftboard_schedule",
        "verify_shiftboard_schedule",
        "fresh_shiftboard_schedule",
        "build_marts_schedule",
    }


def test_an_old_table_is_not_fresh(world: World) -> None:
    """A table that was never read is as late as one that was read long ago."""
    tags = [dg.AssetKey(["bossdesk", "tags"])]
    assert world.run("sync_bossdesk", "bossdesk", asset_selection=tags).success
    assert checks(world.run("fresh_bossdesk"), "fresh") == {"tags": True, "groups": False, "tickets": False}
    world.location = code_location(Terms(world.settings, max_age=timedelta(0)))
    assert checks(world.run("fresh_bossdesk"), "fresh")["tags"] is False


def repository_of(terms: Terms) -> Any:
    """Definitions as a new process loads them: Dagster's context keeps the storage of instances that have ended."""
    return Context().run(lambda: code_location(terms).get_repository_def())


def fleet(folder: Path, count: int) -> Settings:
    """The settings of a number of BOSSDesk accounts."""
    names = ",".join(f"c{number:03}" for number in range(count))
    variables = {"ACCOUNTS": names, "API_KEY": "fake", "BASE_URL": "https://{account}.example/api/v1"}
    environment = {f"SOURCES__BOSSDESK__{name}": value for name, value in variables.items()}
    return load({"HOME": str(folder), **environment}, project=folder)


def test_the_number_of_definitions_does_not_depend_on_the_number_of_accounts(tmp_path: Path) -> None:
    def sizes(count: int) -> tuple[int, ...]:
        repository = repository_of(Terms(fleet(tmp_path, count)))
        checks = repository.asset_graph.asset_check_keys
        return (
            len(repository.asset_graph.get_all_asset_keys()),
            len(checks),
            len(repository.job_names),
            len(repository.schedule_defs),
            len(repository.sensor_defs),
        )

    assert sizes(200) == sizes(5)
    assert sizes(5)[0] == 20 + 2  # the tables, the verification, the marts


def test_every_account_has_its_turn_once_an_hour_and_once_a_week(tmp_path: Path) -> None:
    names = [account.name for account in fleet(tmp_path, 200).accounts]
    monday = datetime(2026, 11, 2, tzinfo=UTC)
    for rhythm, ticks in ((HOURLY, 12), (WEEKLY, 168)):
        turns = [
            [
                name
                for name in names
                if rhythm.is_turn(name, monday + tick * timedelta(minutes=rhythm.minutes))
            ]
            for tick in range(ticks)
        ]
        assert sorted(name for turn in turns for name in turn) == names
        assert max(map(len, turns)) < 200 / ticks * 2 + 5


def test_schedules_request_a_run_for_each_account_and_the_sensor_follows_the_settings(tmp_path: Path) -> None:
    with dg.instance_for_test() as instance:
        terms = Terms(fleet(tmp_path, 1), reload=lambda: fleet(tmp_path, 30))
        repository = repository_of(terms)
        instance.add_dynamic_partitions("bossdesk_accounts", ["bossdesk.gone", "bossdesk.c000"])
        with dg.build_sensor_context(instance=instance, repository_def=repository) as context:
            results = repository.get_sensor_def("bossdesk_accounts").evaluate_tick(context)
        changes = {
            type(item).__name__: list(item.partition_keys) for item in results.dynamic_partitions_requests
        }
        assert changes["DeleteDynamicPartitionsRequest"] == ["bossdesk.gone"]
        assert changes["AddDynamicPartitionsRequest"] == [f"bossdesk.c{n:03}" for n in range(1, 30)]
        instance.add_dynamic_partitions("bossdesk_accounts", changes["AddDynamicPartitionsRequest"])
        requested = []
        for tick in range(12):
            at = datetime(2026, 11, 2, 10, tzinfo=UTC) + tick * timedelta(minutes=5)
            context = dg.build_schedule_context(
                instance=instance, scheduled_execution_time=at, repository_def=repository
            )
            schedule = repository.get_schedule_def("sync_bossdesk_schedule")
            requested += schedule.evaluate_tick(context).run_requests or []
        assert sorted(request.partition_key for request in requested) == [
            f"bossdesk.c{n:03}" for n in range(30)
        ]
        assert requested[0].tags["fieldhouse/host"].endswith(".example")


def test_readers_of_a_duckdb_file_get_their_copy_after_every_step(tmp_path: Path) -> None:
    copy, box = tmp_path / "published.duckdb", NotificSandbox(size=0.1, edge_cases=True)
    with serve(box) as urls, dg.DagsterInstance.ephemeral() as instance:
        variables = {
            "HOME": str(tmp_path),
            "WAREHOUSE__URL": f"duckdb:///{tmp_path}/warehouse.duckdb",
            "WAREHOUSE__PUBLISH": str(copy),
            **environment([box], urls),
        }
        job = code_location(Terms(load(variables, project=tmp_path))).resolve_job_def("sync_notific")
        instance.add_dynamic_partitions("notific_accounts", ["notific"])
        assert job.execute_in_process(instance=instance, partition_key="notific").success
        first = copy.stat().st_ino
        changed = box.change("tickets", Description="changed")
        assert job.execute_in_process(instance=instance, partition_key="notific").success
    assert copy.stat().st_ino != first
    with duckdb.connect(str(copy), read_only=True) as readers:
        ticket = readers.execute("SELECT description FROM notific.tickets WHERE id = ?", [changed["Id"]])
        assert ticket.fetchall() == [("changed",)]
