"""A lake as the warehouse: whole syncs judged by the oracle, kills, two writers, upkeep and refusals.

``./run lake-tests`` runs these with a DuckDB that has the extension; elsewhere most of them are skipped.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.server import environment, serve
from fieldhouse.warehouse.backends.ducklake import LakeWarehouse
from fieldhouse.warehouse.backends.lake_extensions import load_extension
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.drivers.lake import LakeDatabase, lake_error, maintenance, secret_statement
from fieldhouse.warehouse.errors import (
    AccountBusy,
    AccountLost,
    WarehouseSettingsError,
    WarehouseUnreachable,
)
from fieldhouse.warehouse.metadata.fencing import Fence
from tests.support.sync_harness import SyncHarness, open_harness
from tests.support.vendors.facts import VENDOR_FACTS
from tests.support.vendors.oracle import differences
from tests.support.warehouse.half_visible import half_visible
from tests.support.warehouse.warehouse_snapshot import read_snapshot
from tests.support.warehouse.warehouses import has_lake

needs_lake = [pytest.mark.ducklake, pytest.mark.skipif(not has_lake(), reason="needs ./run lake-tests")]


def lake_url(folder: Path) -> str:
    return f"ducklake:sqlite:///{folder}/lake.sqlite?data={folder}/lake-data"


@pytest.fixture
def harness(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SyncHarness]:
    vendor = getattr(request, "param", "servicesidekick")
    tables = ",".join(VENDOR_FACTS[vendor].faults.tables)  # a lake takes CPU by commits, and those by tables
    box = SANDBOXES[vendor](size=0.05, edge_cases=True)
    with open_harness(box, lake_url(tmp_path), tmp_path, tables=tables, max_delete_share="0.9") as opened:
        yield opened


class TestSyncs:
    pytestmark = needs_lake

    @pytest.mark.parametrize("harness", sorted(SANDBOXES), indirect=True)
    def test_a_lake_equals_the_vendor_after_edits_deletes_and_restores(self, harness: SyncHarness) -> None:
        tables = [table.name for table in harness.account.tables()]
        assert harness.sync().exit_code == 0
        assert harness.differences(*tables) == []
        harness.sandbox.clock.advance(hours=2)
        harness.sandbox.edit(60)
        report = harness.sync(sweep=True)
        assert report.exit_code == 0, [outcome.error for outcome in report.outcomes]
        assert harness.differences(*tables) == []
        quiet = harness.sync()
        assert sum(outcome.rows_written for outcome in quiet.outcomes) == 0
        assert [name for name in harness.snapshot().schemas if "__landing" in name] == []

    def test_a_changed_type_and_a_new_field_reach_the_lake(self, harness: SyncHarness) -> None:
        assert harness.sync("customers").exit_code == 0
        with harness.warehouse.session() as session:
            session.db.change_types(
                "servicesidekick", "customers", {"id": ("VARCHAR", 'CAST("id" AS VARCHAR)')}
            )
            kinds = session.catalogue("servicesidekick")["customers"]
            comments = session.fetch(
                "SELECT count(comment) FROM duckdb_columns() WHERE table_name = 'customers'"
            )
        assert kinds["id"] == "text"
        assert next(iter(kinds)) == "id"
        assert comments[0][0] > 3


class TestProcesses:
    pytestmark = needs_lake

    def test_kills_leave_nothing_half_visible(self, tmp_path: Path) -> None:
        box = SANDBOXES["servicesidekick"](size=0.5, edge_cases=True)
        with serve(box) as urls:
            variables = {
                **os.environ,
                **environment([box], urls),
                "HOME": str(tmp_path),
                "WAREHOUSE__URL": lake_url(tmp_path),
                "FIELDHOUSE_PACE_DIR": str(tmp_path),
            }
            command = [sys.executable, "-m", "fieldhouse.pipelines.cli", "sync", "--sweep"]

            def start() -> subprocess.Popen[bytes]:
                return subprocess.Popen(command, cwd=tmp_path, env=variables, stderr=subprocess.PIPE)

            for seconds in (1.2, 1.8, 2.4, 3.0):
                process = start()
                try:
                    process.communicate(timeout=seconds)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.communicate()
                if (tmp_path / "lake.sqlite").exists():
                    assert half_visible(lake_url(tmp_path), "servicesidekick") == []
                box.clock.advance(hours=1)
                box.edit(10)
            last = start()
            last.communicate()
            assert last.returncode == 0
        snapshot = read_snapshot(lake_url(tmp_path), "servicesidekick")
        assert differences(snapshot, "servicesidekick", box.truth()) == []

    def test_an_account_that_another_process_holds_is_refused(self, tmp_path: Path) -> None:
        one, other = open_warehouse(lake_url(tmp_path)), open_warehouse(lake_url(tmp_path))
        with (
            one.account_lock("bossdesk", "the first"),
            pytest.raises(AccountBusy, match="the first"),
            other.account_lock("bossdesk", "the second"),
        ):
            pass

    def test_a_process_that_was_replaced_commits_no_more(self, tmp_path: Path) -> None:
        warehouse = open_warehouse(lake_url(tmp_path))
        with warehouse.session() as session:
            session.prepare("bossdesk")
        with warehouse.account_lock("bossdesk", "replaced"):
            with warehouse.session() as session:
                session.put_state("bossdesk", "tickets", {"cursor": "1"})
                Fence("bossdesk").establish(session.db, session_time(session))
            with warehouse.session() as session, pytest.raises(AccountLost):
                session.put_state("bossdesk", "tickets", {"cursor": "2"})
        with warehouse.session() as session:
            assert session.states("bossdesk")["tickets"] == {"cursor": "1"}

    def test_sessions_of_an_account_share_an_attachment_and_see_other_writers(
        self, tmp_path: Path, request: pytest.FixtureRequest
    ) -> None:
        """However many there are: what closes the lake does not pile up, level on level."""
        request.addfinalizer(partial(sys.setrecursionlimit, sys.getrecursionlimit()))
        warehouse, other = open_warehouse(lake_url(tmp_path)), open_warehouse(lake_url(tmp_path))
        with warehouse.account_lock("bossdesk", "one"):
            with warehouse.session() as session:
                first = session.db
                assert first.catalogue("notific") == {}
            with other.session() as session:
                session.db.execute('CREATE SCHEMA "notific"')
                session.db.execute('CREATE TABLE "notific"."tickets" AS SELECT 1 AS id')
            for _ in range(400):
                with warehouse.session() as session:
                    assert session.db is first
            assert set(first.catalogue("notific")) == {"tickets"}
            sys.setrecursionlimit(400)
        with warehouse.session() as session:
            assert session.db is not first

    def test_lake_is_attached_anew_if_its_catalogue_was_lost(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def lost(database: object) -> list[str]:
            monkeypatch.undo()
            raise duckdb.IOException("server closed the connection unexpectedly")

        warehouse = open_warehouse(lake_url(tmp_path))
        with warehouse.account_lock("bossdesk", "one"):
            with warehouse.session() as session:
                first = session.db
            monkeypatch.setattr(LakeDatabase, "schemas", lost)
            with warehouse.session() as session:
                assert session.db is not first
                session.prepare("bossdesk")
            with pytest.raises(ZeroDivisionError), warehouse.session() as session:
                second = session.db
                raise ZeroDivisionError
            with warehouse.session() as session:
                assert session.db is not second
                assert "_state" in session.catalogue("bossdesk")

    def test_a_catalogue_that_breaks_during_a_session_is_out_of_reach(self, tmp_path: Path) -> None:
        """The lake cannot be closed either then, which is not what went wrong."""
        warehouse = open_warehouse(lake_url(tmp_path))
        with warehouse.session() as session:
            session.prepare("bossdesk")
        with pytest.raises(WarehouseUnreachable, match="could not read"), warehouse.session() as session:
            (tmp_path / "lake.sqlite").write_bytes(b"no catalogue" * 1000)
            session.states("bossdesk")

    def test_a_new_lake_is_the_owners(self, tmp_path: Path) -> None:
        with open_warehouse(lake_url(tmp_path)).session():
            pass
        modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in ("lake.sqlite", "lake-data")}
        assert modes == {"lake.sqlite": 0o600, "lake-data": 0o700}

    def test_readers_read_while_a_writer_writes(self, harness: SyncHarness) -> None:
        assert harness.sync().exit_code == 0
        seen: list[int] = []

        def look() -> None:
            with open_warehouse(harness.url).read_only("a reader") as queries:
                seen.append(queries.fetch("SELECT count(*) FROM servicesidekick.customers")[1][0][0])

        with harness.warehouse.session():
            reader = threading.Thread(target=look)
            reader.start()
            reader.join(20)
        assert seen == [len(harness.sandbox.truth()["customers"])]


class TestUpkeep:
    pytestmark = needs_lake

    def test_maintenance_bounds_files_and_snapshots_and_loses_no_row(self, harness: SyncHarness) -> None:
        for _ in range(5):
            assert harness.sync(sweep=True).exit_code == 0
            harness.sandbox.clock.advance(hours=1)
            harness.sandbox.edit(20)
        assert harness.sync(sweep=True).exit_code == 0
        folder = Path(harness.url.partition("data=")[2])
        (folder / "orphan.parquet").write_bytes(b"left by a killed run")
        os.utime(folder / "orphan.parquet", (1, 1))
        warehouse = harness.warehouse
        assert isinstance(warehouse, LakeWarehouse)
        warehouse.maintain("0 seconds")
        files = {path.name for path in folder.rglob("*.parquet")}
        with warehouse.session() as session:
            known = session.fetch("SELECT count(*) FROM __ducklake_metadata_lake.ducklake_data_file")[0][0]
            deletes = session.fetch("SELECT count(*) FROM __ducklake_metadata_lake.ducklake_delete_file")[0][
                0
            ]
            snapshots = session.fetch("SELECT count(*) FROM ducklake_snapshots('lake')")[0][0]
        assert "orphan.parquet" not in files
        assert len(files) == known + deletes
        assert snapshots <= 2
        assert harness.differences(*(table.name for table in harness.account.tables())) == []

    def test_files_do_not_grow_with_the_number_of_syncs(self, harness: SyncHarness) -> None:
        """Rows that change leave files with deleted rows, which DuckLake merges with no other."""
        left = []
        for _ in range(2):
            for _ in range(3):
                harness.sandbox.clock.advance(hours=1)
                harness.sandbox.edit(20)
                assert harness.sync(sweep=True).exit_code == 0
            harness.warehouse.maintain("0 seconds")
            left.append(len(list(Path(harness.url.partition("data=")[2]).rglob("*.parquet"))))
        tables = harness.fetch("SELECT count(*) FROM duckdb_tables() WHERE database_name = 'lake'")[0][0]
        assert max(left) <= 2 * tables
        assert harness.differences(*(table.name for table in harness.account.tables())) == []


class TestAddresses:
    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("ducklake:sqlite:///lake.sqlite", r"missing \(\?data=…\)"),
            ("ducklake:sqlite:///?data=x", "neither sqlite:///file nor postgresql://"),
            ("ducklake:mysql://u:secret@h/d?data=x", "neither sqlite:///file nor postgresql://"),
            ("ducklake:sqlite:///nowhere/lake.sqlite?data=x", "a folder that does not exist"),
            ("ducklake:sqlite:///lake.sqlite?data=gs://bucket", "gs:// is no place"),
            ("ducklake:postgresql://u@h:5432/d?data=s3://b/l", "the password is missing"),
        ],
    )
    def test_a_wrong_address_is_refused_with_the_expected_form(self, url: str, reason: str) -> None:
        with pytest.raises(WarehouseSettingsError, match=reason) as refused:
            open_warehouse(url)
        assert "secret" not in str(refused.value)
        assert "ducklake:sqlite:///lake.sqlite?data=lake-data" in str(refused.value)

    def test_the_password_of_the_catalogue_is_masked(self) -> None:
        url = "ducklake:postgresql://u:hidden@db:5432/lake?sslmode=require&data=s3://bucket/lake"
        warehouse = open_warehouse(url)
        assert isinstance(warehouse, LakeWarehouse)
        assert warehouse.display == "ducklake:postgresql://u:***@db:5432/lake?data=s3://bucket/lake"
        assert warehouse.address.data == "s3://bucket/lake"
        assert "sslmode=require" in warehouse.address.catalogue
        assert "data=" not in warehouse.address.catalogue

    def test_a_duckdb_without_the_extension_names_the_extra(self) -> None:
        with duckdb.connect() as native, pytest.raises(WarehouseSettingsError, match=r"fieldhouse\[lake\]"):
            load_extension(native, "no_such_extension")

    def test_no_extension_is_downloaded(self) -> None:
        with duckdb.connect() as native:
            with pytest.raises(WarehouseSettingsError):
                load_extension(native, "no_such_extension")
            assert native.execute("SELECT current_setting('autoinstall_known_extensions')").fetchone() == (
                False,
            )

    @pytest.mark.parametrize(
        "error",
        [
            duckdb.OutOfMemoryException("failed to allocate data"),
            duckdb.Error("Failed to query most recent snapshot for DuckLake: disk I/O error"),
            duckdb.IOException("No space left on device"),
        ],
        ids=lambda error: type(error).__name__,
    )
    def test_what_the_machine_lacks_is_worth_another_try(self, error: duckdb.Error) -> None:
        assert isinstance(lake_error(error), WarehouseUnreachable)
        assert lake_error(duckdb.ParserException("syntax error")) is None

    def test_s3_is_reached_as_awss_own_variables_say(self) -> None:
        assert secret_statement({}) == ""
        variables = {
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "it's",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9000/",
        }
        statement = secret_statement(variables)
        assert "SECRET 'it''s'" in statement
        assert "ENDPOINT '127.0.0.1:9000', URL_STYLE 'path', USE_SSL 'false'" in statement

    def test_upkeep_forgets_snapshots_before_their_files(self) -> None:
        names = [statement.partition("(")[0] for statement in maintenance("7 days")]
        assert names.index("CALL ducklake_expire_snapshots") < names.index("CALL ducklake_cleanup_old_files")


def session_time(session: Any) -> Any:
    return session.fetch("SELECT now()")[0][0]
