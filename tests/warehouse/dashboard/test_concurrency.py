"""A page that is open and loads that run: neither waits for the other, and what is shown is whole."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.warehouse.backends.locks import WaitPolicy, shared_lock
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.dashboard.query import Choice, render
from fieldhouse.warehouse.dashboard.reader import Absent, Reader
from fieldhouse.warehouse.dashboard.source import Place
from fieldhouse.warehouse.errors import WarehouseBusy, WarehouseSettingsError
from tests.support.cli_runner import command_runner

COUNT = "SELECT count(*) FROM notific.tickets WHERE _deleted_at IS NULL"
HEALTH = ("account_tables", "account_runs", "rows_by_day", "schema_changes", "newest_sync")


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, tzinfo=UTC).timestamp()
        self.slept = 0.0

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds


@pytest.fixture
def place(tmp_path: Path) -> Place:
    with open_warehouse(f"duckdb:///{tmp_path}/company.duckdb").session() as session:
        session.prepare("notific")
        session.db.execute("CREATE TABLE notific.tickets AS SELECT 1 AS id, NULL::timestamptz AS _deleted_at")
    return Place(f"duckdb:///{tmp_path}/company.duckdb")


def reader(place: Place) -> tuple[Reader, Clock]:
    clock = Clock()
    return Reader(place, clock=clock.time, sleep=clock.sleep), clock


@contextmanager
def writing(place: Place) -> Iterator[None]:
    """Another thread's turn at the file, as a build has it: closed for everybody, whatever is done with it."""
    inside, done = threading.Event(), threading.Event()

    def hold() -> None:
        with open_warehouse(place.url).exclusive():
            inside.set()
            done.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    assert inside.wait(30)
    try:
        yield
    finally:
        done.set()
        holder.join()


def test_syncs_run_while_a_page_reads_and_both_succeed(tmp_path: Path) -> None:
    """Real syncs, each in a process of its own, and a page that asks five times a second."""
    box = NotificSandbox(size=0.2, edge_cases=True)
    with command_runner(tmp_path, box, FIELDHOUSE_PACE_DIR=str(tmp_path)) as at:
        assert at.run_in_process("sync").code == 0
        here = Reader(Place(at.url))
        queries = [*(render(name, Choice(("notific",))) for name in HEALTH), COUNT]
        seen: list[tuple[int, int]] = []
        for turn in range(2):
            box.clock.advance(hours=1)
            box.edit(30)
            process = at.process("sync", "--sweep")
            while is_running(process):
                reading = here.read(queries)
                assert [answer.problem for answer in reading.answers] == [""] * len(queries)
                runs = {row[1] for row in reading.answers[HEALTH.index("account_runs")].rows}
                seen.append((len(runs), reading.answers[-1].rows[0][0]))
            assert process.wait() == 0, process.communicate()
            assert here.read(queries).answers[HEALTH.index("account_runs")].rows.__len__() == turn + 2
        assert len(seen) > 3
        assert seen == sorted(seen, key=lambda item: item[0]), "runs only become more"
        assert here.read([COUNT]).answers[0].rows == ((len(box.truth()["tickets"]),),)


def is_running(process: subprocess.Popen[str]) -> bool:
    """Whether it still runs after a fifth of a second."""
    try:
        process.wait(timeout=0.2)
    except subprocess.TimeoutExpired:
        return True
    return False


def test_while_a_writer_has_it_the_last_good_rows_are_shown_with_their_time(place: Place) -> None:
    here, clock = reader(place)
    first = here.read([COUNT])
    assert (first.answers[0].rows, first.writer) == (((1,),), "")
    clock.now += 3600
    with writing(place):
        later = here.read([COUNT])
        assert later.answers == first.answers
        assert later.read_at == first.read_at
        assert "fieldhouse (pid" in later.writer
        assert clock.slept <= 1.2
        with pytest.raises(WarehouseBusy):
            here.read(["SELECT 2"])
        assert clock.slept <= 23
    again = here.read([COUNT])
    assert again.writer == ""
    assert again.read_at - first.read_at > timedelta(hours=1)


def test_a_file_that_did_not_change_is_not_opened_again_for_a_minute(place: Place) -> None:
    here, clock = reader(place)
    first = here.read([COUNT])
    clock.now += 30
    assert here.read([COUNT]) is first
    clock.now += 31
    assert here.read([COUNT]).read_at > first.read_at
    with open_warehouse(place.url).session() as session:
        session.db.execute("INSERT INTO notific.tickets VALUES (2, NULL)")
    assert here.read([COUNT]).answers[0].rows == ((2,),)


def test_readers_read_together_and_a_writer_follows(place: Place) -> None:
    lock = Path(place.url.removeprefix("duckdb:///") + ".lock")
    with (
        shared_lock(lock, "a page", "the file", WaitPolicy(0)),
        shared_lock(lock, "another", "the file", WaitPolicy(0)),
    ):
        assert Reader(place).read([COUNT]).answers[0].rows == ((1,),)
        with (
            pytest.raises(WarehouseBusy, match="fieldhouse dashboard"),
            open_warehouse(place.url, lock_wait=0).session(),
        ):
            pass
    with open_warehouse(place.url, lock_wait=0).session() as session:
        assert session.fetch(COUNT) == [(1,)]


def test_the_published_copy_is_read_without_any_lock(place: Place, tmp_path: Path) -> None:
    from fieldhouse.warehouse.publish import publish

    copy = tmp_path / "published.duckdb"
    publish(open_warehouse(place.url), copy)
    published = Place(place.url, str(copy))
    here, clock = reader(published)
    with writing(place):
        assert here.read([COUNT]).answers[0].rows == ((1,),)
    assert (clock.slept, published.is_copy) == (0, True)
    with open_warehouse(place.url).session() as session:
        session.db.execute("INSERT INTO notific.tickets VALUES (2, NULL)")
    assert here.read([COUNT]).answers[0].rows == ((1,),)
    publish(open_warehouse(place.url), copy)
    assert here.read([COUNT]).answers[0].rows == ((2,),)


def test_one_query_that_fails_leaves_the_others(place: Place) -> None:
    answers = Reader(place).read([COUNT, "SELECT * FROM marts.absent", COUNT]).answers
    assert [answer.rows for answer in answers] == [((1,),), (), ((1,),)]
    assert "absent" in answers[1].problem


def test_nothing_can_be_render(place: Place) -> None:
    (answer,) = Reader(place).read(["DELETE FROM notific.tickets"]).answers
    assert "read-only" in answer.problem


@pytest.mark.postgres
def test_nothing_can_be_written_to_postgres(postgres_url: str) -> None:
    answers = Reader(Place(postgres_url)).read(["SELECT 1", "CREATE SCHEMA x", "SELECT 2"]).answers
    assert [answer.rows for answer in answers] == [((1,),), (), ((2,),)]
    assert "read-only" in answers[1].problem


def test_what_is_no_warehouse_is_said(tmp_path: Path) -> None:
    with pytest.raises(Absent):
        Reader(Place(f"duckdb:///{tmp_path}/none.duckdb")).read([COUNT])
    (tmp_path / "text.duckdb").write_text("no database at all, " * 500)
    with pytest.raises(WarehouseSettingsError, match=r"text\.duckdb"):
        Reader(Place(f"duckdb:///{tmp_path}/text.duckdb")).read([COUNT])


def test_a_settled_file_keeps_its_rows_and_its_version(place: Place) -> None:
    with open_warehouse(place.url).session() as session:
        for turn in range(3):
            session.db.execute(
                f"CREATE OR REPLACE TABLE notific.made AS SELECT {turn} AS turn FROM range(5000)"
            )
    open_warehouse(place.url).settle()  # type: ignore[attr-defined]
    path = place.url.removeprefix("duckdb:///")
    with duckdb.connect(path, read_only=True) as stored:
        assert stored.sql("SELECT min(turn), count(*) FROM notific.made").fetchall() == [(2, 5000)]
        assert stored.sql(
            "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal"
        ).fetchall() == [("v1.0.0+",)]
        schemas = {name for (name,) in stored.sql("SELECT schema_name FROM duckdb_schemas()").fetchall()}
    assert "fieldhouse_settles" not in schemas
