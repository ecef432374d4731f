"""What can happen to a Postgres while a sync loads into it: exit 3, nothing half visible, and the next sync equal."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest

from fieldhouse.pipelines.errors import message, next_step
from fieldhouse.pipelines.sync.report import Report
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.errors import WarehouseUnreachable
from tests.support.postgres.postgres_proxy import PostgresProxy, proxy_to
from tests.support.postgres.postgres_server import GIVEN, execute, fresh_database, running_postgres
from tests.support.sync_harness import SyncHarness, open_harness
from tests.support.vendors.oracle import Difference, describe, differences
from tests.support.warehouse.warehouse_snapshot import read_snapshot

pytestmark = pytest.mark.postgres
TABLES = ("tickets", "groups")
POINTS = 10
SIZE = 0.05


@dataclass
class Desk:
    """A stand-in whose tables are in a Postgres, at the end of a line."""

    at: SyncHarness
    line: PostgresProxy
    url: str
    turn: int = 0
    before: Any = None

    def work(self) -> None:
        """Every row of every table changes at the vendor."""
        self.before = self.at.sandbox.truth()
        self.turn += 1
        self.at.sandbox.clock.advance(hours=1)
        for table in TABLES:
            self.at.sandbox.add_field(table, "turn", self.turn, touch=True)

    def sync(self, **options: Any) -> Report:
        return self.at.sync(*TABLES, **options)

    def amiss(self, truth: Any, *tables: str) -> list[Difference]:
        return differences(read_snapshot(self.url, "bossdesk"), "bossdesk", truth, tables)

    def assert_whole(self) -> None:
        """Each table with its child tables is as the vendor had it before the sync, or as it has it now."""
        now = self.at.sandbox.truth()
        for table in TABLES:
            assert not self.amiss(self.before, table) or not self.amiss(now, table), table

    def assert_equal(self) -> None:
        differing = self.amiss(self.at.sandbox.truth(), *TABLES)
        assert not differing, describe(differing)

    def assert_unchanged(self) -> None:
        differing = self.amiss(self.before, *TABLES)
        assert not differing, describe(differing)

    def heals(self) -> None:
        """The next sync makes everything equal, and nothing of a load is left."""
        report = self.sync()
        assert report.exit_code == 0, messages_of(report)
        self.assert_equal()
        assert schemas(self.url) == ["bossdesk"]

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        return execute(self.url, sql)


def schemas(url: str) -> list[str]:
    rows = execute(url, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'bossdesk%' ORDER BY 1")
    return [name for (name,) in rows]


def messages_of(report: Report) -> str:
    """Everything that a person reads of a sync that failed."""
    errors = [report.error, *(outcome.error for outcome in report.outcomes)]
    return "\n".join(f"{message(error)} -> {next_step(error)}" for error in errors if error)


@pytest.fixture(scope="module")
def loaded(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database whose first sync is done, to be copied."""
    name = f"faults_loaded_{os.getpid()}"
    with fresh_database(postgres_server, name) as url:
        with open_harness(box(), url, tmp_path_factory.mktemp("home")) as made:
            report = made.sync(*TABLES)
            assert report.exit_code == 0, messages_of(report)
        yield name


def box() -> BossDeskSandbox:
    return BossDeskSandbox(seed=5, size=SIZE, edge_cases=True)


def at(server: str, database: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{database}"))


@pytest.fixture
def desk(
    postgres_server: str, loaded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """A desk whose first sync is done, and where people have worked since."""
    monkeypatch.setenv("LOAD__RAISE_ON_MAX_RETRIES", "1")  # of a load job: five would only take longer
    name = f"faults_{os.getpid()}"
    with (
        fresh_database(postgres_server, name, f"TEMPLATE {loaded}") as url,
        desk_at(url, tmp_path) as made,
    ):
        made.work()
        yield made


@contextmanager
def desk_at(url: str, home: Path, lock_wait: float = 20) -> Iterator[Desk]:
    with proxy_to(url) as line, open_harness(box(), line.url, home) as made:
        warehouse = open_warehouse(line.url, sleep=lambda seconds: None, lock_wait=lock_wait)
        yield Desk(replace(made, warehouse=warehouse), line, url)


def failed(report: Report, *tables: str) -> str:
    """Exit 3, with a next step and no secret; only ``tables`` are concerned where any are named. Its messages."""
    text = messages_of(report)
    assert report.exit_code == 3, text
    assert "run the command again" in text.lower()
    assert "secret" not in text
    assert not tables or {outcome.table for outcome in report.outcomes if outcome.error} == set(tables)
    return text


def test_connections_that_end_at_ten_points_of_a_load(desk: Desk) -> None:
    """By turns the server stays away, or takes connections again at once: then the run may still succeed."""
    assert desk.sync().exit_code == 0
    pieces = desk.line.sent
    assert pieces > 5 * POINTS
    for point in range(POINTS):
        stays_dead = point % 2 == 0
        desk.work()
        piece = int((point + 0.5) * pieces / (POINTS + 1))  # a sync with less to load sends fewer pieces
        desk.line.arm(piece, stays_dead=stays_dead)
        report = desk.sync()
        assert desk.line.cuts == 1, point
        if stays_dead or report.exit_code:
            failed(report)
            desk.assert_whole()
        else:
            desk.assert_equal()
        desk.line.mend()
        desk.heals()


def test_connections_that_end_while_they_are_opened(desk: Desk) -> None:
    """At each piece until the first query: it is tried again, or told in the warehouse's own words."""
    answered = []
    for piece in range(1, 6):
        desk.line.arm(piece, stays_dead=False)
        session = open_warehouse(desk.line.url, sleep=lambda seconds: None).session()
        with suppress(WarehouseUnreachable), session as opened:
            answered += opened.fetch("SELECT 1")
        assert desk.line.cuts == 1, piece
        desk.line.mend()
    assert (1,) in answered


def test_a_server_that_is_down(desk: Desk) -> None:
    desk.line.cut()
    text = failed(desk.sync())
    assert "Postgres at 127.0.0.1:" in text
    assert "Check that the server runs" in text
    desk.assert_unchanged()
    desk.line.mend()
    desk.heals()


def test_a_server_that_is_read_only(desk: Desk) -> None:
    name = urlsplit(desk.url).path[1:]
    desk.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert "the server takes no writes now" in failed(desk.sync())
    desk.assert_unchanged()
    execute(at(desk.url, "postgres"), f"ALTER DATABASE {name} RESET ALL")
    desk.heals()


def test_a_table_that_somebody_has_locked(desk: Desk) -> None:
    other = psycopg2.connect(desk.url)
    with other.cursor() as cursor:
        cursor.execute("LOCK TABLE bossdesk.groups IN SHARE MODE")
        desk.at = replace(desk.at, warehouse=open_warehouse(desk.line.url, lock_wait=0.2))
        assert "lock timeout" in failed(desk.sync(), "groups")
    other.close()
    assert not desk.amiss(desk.before, "groups")
    assert not desk.amiss(desk.at.sandbox.truth(), "tickets")
    desk.heals()


BROKEN = """
CREATE FUNCTION public.breaks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {what}; RETURN NEW; END $$;
CREATE TRIGGER breaks BEFORE INSERT ON bossdesk.tickets__comments FOR EACH ROW EXECUTE FUNCTION public.breaks()
"""


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("PERFORM pg_terminate_backend(pg_backend_pid())", "closed the connection"),
        ("RAISE 'could not extend file' USING ERRCODE = 'disk_full'", "the server's disk is full"),
    ],
    ids=["connection ended", "disk full"],
)
def test_what_breaks_off_between_a_ticket_and_its_comments(desk: Desk, what: str, expected: str) -> None:
    """The tickets are written, their comments are not yet: neither is seen."""
    desk.run(BROKEN.format(what=what))
    assert expected in failed(desk.sync())
    assert not desk.amiss(desk.before, "tickets")
    desk.assert_whole()
    desk.run("DROP FUNCTION public.breaks CASCADE")
    desk.heals()


def test_a_statement_that_takes_longer_than_it_may(desk: Desk) -> None:
    name = urlsplit(desk.url).path[1:]
    desk.run(BROKEN.format(what="PERFORM pg_sleep(60)"))
    desk.run(f"ALTER DATABASE {name} SET statement_timeout = '500ms'")
    assert "statement timeout" in failed(desk.sync())
    assert not desk.amiss(desk.before, "tickets")
    desk.run(f"ALTER DATABASE {name} RESET ALL; DROP FUNCTION public.breaks CASCADE")
    desk.heals()


@pytest.fixture
def on_small_disk() -> Iterator[str]:
    """The URL of a database on a disk of 24 MiB; it needs a server and a right of this machine.

    The server is its own: after its disk was full, its checkpoints may fail, which every DROP DATABASE waits for.
    """
    if GIVEN in os.environ:
        pytest.skip("a disk is filled at a server of the tests' own")
    place = Path(tempfile.mkdtemp(prefix="fieldhouse-disk-", dir="/tmp"))
    try:
        with running_postgres() as server:
            ((data,),) = execute(server, "SHOW data_directory")
            mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "fieldhouse", str(place)]
            if (
                not Path(data).is_dir()
                or not shutil.which("mount")
                or subprocess.run(mount, capture_output=True, check=False).returncode
            ):
                pytest.skip("a disk of its own needs a server here and the right to mount one")
            owner = Path(data).stat()
            os.chown(place, owner.st_uid, owner.st_gid)
            execute(server, f"CREATE TABLESPACE small LOCATION '{place}'")
            execute(server, "CREATE DATABASE on_small_disk TABLESPACE small")
            yield at(server, "on_small_disk")
    finally:
        if place.is_mount():
            subprocess.run(["umount", "-l", str(place)], check=True)
        place.rmdir()


def test_a_disk_that_is_really_full(on_small_disk: str, tmp_path: Path) -> None:
    with desk_at(on_small_disk, tmp_path) as desk:
        assert desk.sync().exit_code == 0
        desk.work()
        fill(desk)
        assert "the server's disk is full: make room there" in failed(desk.sync())
        desk.assert_unchanged()
        desk.run("DROP TABLE public.filler, public.rest")
        desk.heals()


def fill(desk: Desk) -> None:
    """Tables are filled until nothing more has room, the last page included."""
    for table in ("filler", "rest"):
        desk.run(
            f"CREATE TABLE public.{table} (x text); ALTER TABLE public.{table} ALTER x SET STORAGE PLAIN"
        )
    for table, rows in (("filler", 200), ("filler", 20), ("filler", 1), ("rest", 1)):
        with pytest.raises(psycopg2.errors.DiskFull):
            while True:
                desk.run(
                    f"INSERT INTO public.{table} SELECT repeat('x', 7000) FROM generate_series(1, {rows})"
                )
