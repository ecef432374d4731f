"""Who may open, hold and publish the warehouse while others do: with real processes."""

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from fieldhouse.warehouse.backends.duckdb_file import DuckWarehouse
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.errors import AccountBusy, WarehouseBusy, WarehouseError, WarehouseSettingsError
from fieldhouse.warehouse.model import Column, TableLoad
from fieldhouse.warehouse.publish import publish
from tests.support.warehouse.landed_rows import LANDING, T0, land

WRITER = """
import sys
from fieldhouse.warehouse.connect import open_warehouse
for n in range(20):
    with open_warehouse(sys.argv[1]).session() as session:
        session.db.execute(f"INSERT INTO bossdesk.counted VALUES ({n})")
"""
HOLDER = """
import sys
from fieldhouse.warehouse.connect import open_warehouse
with open_warehouse(sys.argv[1]).account_lock("bossdesk", "a test"):
    print("held", flush=True)
    sys.stdin.read()
"""
FOREIGN = """
import sys, duckdb
with duckdb.connect(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


APPLIER = """
import sys
from tests.support.warehouse.landed_rows import LANDING, T0, land
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.model import Column, TableLoad

class Pause:
    def __str__(self):
        print("held", flush=True)
        return sys.stdin.read()

columns = (Column("id", "bigint"), Column("v", "text"))
with open_warehouse(sys.argv[1]).session() as session:
    land(session, "t", {"id": "bigint", "v": "text", "_synced_at": "timestamp"}, [(1, "new", T0)])
    # The state is written last: its text is asked for when all rows are in place and nothing is committed.
    load = TableLoad("t", ("id",), columns, T0, "2", landed=True, state={"cursor": Pause()})
    session.apply("bossdesk", LANDING, load)
"""
FILLER = """
import resource, sys
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.errors import WarehouseUnreachable
warehouse = open_warehouse(sys.argv[1])
with warehouse.session() as session:
    session.db.execute("CREATE TABLE bossdesk.counted AS SELECT 1 AS n")
resource.setrlimit(resource.RLIMIT_FSIZE, (warehouse.path.stat().st_size, resource.RLIM_INFINITY))
try:
    with warehouse.session() as session:
        session.db.execute("INSERT INTO bossdesk.counted SELECT range FROM range(1000000)")
except WarehouseUnreachable:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    with warehouse.session() as session:
        print(session.fetch("SELECT count(*) FROM bossdesk.counted")[0][0])
"""


@contextmanager
def holding(script: str, argument: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds something from here on, until its input ends."""
    command = [sys.executable, "-c", script, argument]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.communicate()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "stock.duckdb"


@pytest.fixture
def warehouse(place: Path) -> DuckWarehouse:
    made = open_warehouse(f"duckdb:///{place}")
    assert isinstance(made, DuckWarehouse)
    return made


def test_processes_write_one_warehouse_in_turns(warehouse_url: str) -> None:
    with open_warehouse(warehouse_url).session() as session:
        session.prepare("bossdesk")
        session.db.execute("CREATE TABLE bossdesk.counted (n bigint)")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, warehouse_url]) for _ in range(2)]
    assert [writer.wait() for writer in writers] == [0, 0]
    with open_warehouse(warehouse_url).session() as session:
        assert session.fetch("SELECT count(*), count(DISTINCT n) FROM bossdesk.counted") == [(40, 20)]


def test_a_holder_that_names_its_process_is_told_once(tmp_path: Path) -> None:
    warehouse = open_warehouse(f"duckdb:///{tmp_path}/stock.duckdb")
    name = f"process {os.getpid()} on here"
    with (
        warehouse.account_lock("bossdesk", name),
        pytest.raises(AccountBusy, match=rf"by {name} since 20"),
        warehouse.account_lock("bossdesk", "me"),
    ):
        pass


def test_an_account_is_held_by_one_process_until_it_dies(warehouse_url: str) -> None:
    warehouse = open_warehouse(warehouse_url)
    with holding(HOLDER, warehouse_url) as process:
        with pytest.raises(AccountBusy) as busy, warehouse.account_lock("bossdesk", "me"):
            pass
        assert str(busy.value).startswith(f"bossdesk is being synced by a test (pid {process.pid} on ")
        assert " since 20" in busy.value.holder
        assert busy.value.retry
        with warehouse.account_lock("notific", "me"):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
    mine, again = warehouse.account_lock("bossdesk", "me"), warehouse.account_lock("bossdesk", "me again")
    with mine, pytest.raises(AccountBusy, match=r"by me \("), again:
        pass


def test_a_process_killed_while_it_applies_leaves_what_was_before(warehouse_url: str) -> None:
    warehouse = open_warehouse(warehouse_url)
    columns = (Column("id", "bigint"), Column("v", "text"))
    with warehouse.session() as session:
        session.prepare("bossdesk")
        land(session, "t", {"id": "bigint", "v": "text", "_synced_at": "timestamp"}, [(1, "old", T0)])
        load = TableLoad("t", ("id",), columns, T0, "1", landed=True, state={"cursor": "old"})
        session.apply("bossdesk", LANDING, load)
    with holding(APPLIER, warehouse_url) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with warehouse.session() as session:
        assert session.fetch("SELECT id, v FROM bossdesk.t") == [(1, "old")]
        assert session.states("bossdesk") == {"t": {"cursor": "old"}}


def test_a_full_disk_can_be_tried_again_and_loses_nothing(warehouse: DuckWarehouse, place: Path) -> None:
    with warehouse.session() as session:
        session.prepare("bossdesk")
    command = [sys.executable, "-c", FILLER, f"duckdb:///{place}"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "1\n"


def test_a_file_that_a_stranger_has_open_is_waited_for(warehouse: DuckWarehouse, place: Path) -> None:
    with warehouse.session():
        pass
    output: list[str] = []
    now = [0.0]
    with holding(FOREIGN, str(place)) as process:

        def end_it(seconds: float) -> None:
            process.communicate()

        patient = open_warehouse(f"duckdb:///{place}", sleep=end_it, clock=lambda: now[0], say=output.append)
        with patient.session() as session:
            assert session.fetch("SELECT 1") == [(1,)]
    assert output == [f"waiting for stock.duckdb: in use by pid {process.pid}"]


def test_waiting_ends(warehouse: DuckWarehouse, place: Path) -> None:
    with warehouse.session():
        pass
    now = [0.0]

    def pass_time(seconds: float) -> None:
        now[0] += seconds

    hurried = open_warehouse(f"duckdb:///{place}", lock_wait=5, clock=lambda: now[0], sleep=pass_time)
    with holding(FOREIGN, str(place)) as process, pytest.raises(WarehouseBusy) as busy, hurried.session():
        pass
    assert str(busy.value) == f"stock.duckdb is in use by pid {process.pid}; waited 5 s"
    assert 5 <= now[0] < 6


def test_our_own_processes_are_named_while_waited_for(warehouse: DuckWarehouse, place: Path) -> None:
    output: list[str] = []
    other = open_warehouse(f"duckdb:///{place}", lock_wait=0, say=output.append)
    with warehouse.session(), pytest.raises(WarehouseBusy) as busy, other.session():
        pass
    assert f"in use by fieldhouse (pid {os.getpid()} on " in str(busy.value)
    with other.session():
        assert output == []


def test_exclusive_keeps_the_file_free_for_another_connection(warehouse: DuckWarehouse) -> None:
    with warehouse.exclusive() as path, duckdb.connect(path, config={"threads": 1}) as own:
        assert own.execute("SELECT 1").fetchall() == [(1,)]
    with warehouse.session(), pytest.raises(WarehouseError, match="must be closed"), warehouse.exclusive():
        pass


def test_the_file_is_the_owners_and_readable_by_every_duckdb_1(warehouse: DuckWarehouse, place: Path) -> None:
    with warehouse.session() as session:
        session.prepare("bossdesk")
        assert session.fetch(
            "SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = current_database()"
        ) == [("v1.0.0+",)]
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    place.chmod(0o640)
    with warehouse.session():
        pass
    assert stat.S_IMODE(place.stat().st_mode) == 0o640
    assert sorted(p.name for p in place.parent.iterdir()) == ["stock.duckdb", "stock.duckdb.lock"]


def test_a_file_that_is_no_database_is_a_setting(warehouse: DuckWarehouse, place: Path) -> None:
    place.write_text("not a database" * 1000)
    with pytest.raises(WarehouseSettingsError, match="DuckDB cannot open"), warehouse.session():
        pass


def test_a_link_that_leads_back_to_itself_is_a_setting(tmp_path: Path) -> None:
    (tmp_path / "loop.duckdb").symlink_to("loop.duckdb")
    with pytest.raises(WarehouseSettingsError, match="leads back to itself"):
        open_warehouse(f"duckdb:///{tmp_path}/loop.duckdb")


@pytest.mark.parametrize("damage", ["overwritten", "cut off"])
def test_a_damaged_file_is_a_setting(warehouse: DuckWarehouse, place: Path, damage: str) -> None:
    """No further attempt can read it: a schedule that tries again would do so without end."""
    with warehouse.session() as session:
        session.prepare("bossdesk")
        session.db.execute("CREATE TABLE bossdesk.numbers AS SELECT range AS number FROM range(500000)")
    with place.open("r+b") as file:
        if damage == "cut off":
            file.truncate(place.stat().st_size // 2)
        else:
            file.seek(12)
            file.write(b"\xff\xff")
    with pytest.raises(WarehouseSettingsError, match="is damaged"), warehouse.session() as session:
        session.fetch("SELECT sum(number) FROM bossdesk.numbers")


def test_a_schema_named_like_the_file_is_refused(tmp_path: Path) -> None:
    warehouse = open_warehouse(f"duckdb:///{tmp_path}/bossdesk.duckdb")
    with (
        pytest.raises(WarehouseSettingsError, match="named like the schema bossdesk"),
        warehouse.session() as session,
    ):
        session.prepare("bossdesk")
    with pytest.raises(WarehouseSettingsError), warehouse.account_lock("bossdesk", "me"):
        pass


def test_a_published_copy_is_complete_and_leaves_readers_their_own(
    warehouse: DuckWarehouse, tmp_path: Path
) -> None:
    target = tmp_path / "published.duckdb"

    def write(value: int) -> None:
        with warehouse.session() as session:
            session.prepare("bossdesk")
            session.db.execute("CREATE TABLE IF NOT EXISTS bossdesk.counted (n bigint)")
            session.db.execute(f"INSERT INTO bossdesk.counted VALUES ({value})")

    write(1)
    publish(warehouse, target)
    target.chmod(0o644)
    count = "SELECT count(*) FROM bossdesk.counted"
    with duckdb.connect(target, read_only=True) as reader:
        assert reader.execute(count).fetchall() == [(1,)]
        write(2)
        publish(warehouse, target)
        assert reader.execute(count).fetchall() == [(1,)]
    with duckdb.connect(target, read_only=True) as reader:
        assert reader.execute(count).fetchall() == [(2,)]
        version = "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal"
        assert reader.execute(version).fetchall() == [("v1.0.0+",)]
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "published.duckdb",
        "stock.duckdb",
        "stock.duckdb.lock",
        "stock.duckdb.published",
    ]


def test_what_cannot_be_published_is_a_setting(warehouse: DuckWarehouse, place: Path, tmp_path: Path) -> None:
    with pytest.raises(WarehouseSettingsError, match="only a DuckDB warehouse"):
        publish(open_warehouse("postgresql://u:p@h/d"), tmp_path / "x")
    for target in (place, tmp_path / "absent" / "x.duckdb"):
        with pytest.raises(WarehouseSettingsError, match=r"warehouse\.publish"):
            publish(warehouse, target)


@pytest.mark.postgres
def test_sessions_of_threads_do_not_wait_for_each_other_on_postgres(postgres_url: str) -> None:
    warehouse = open_warehouse(postgres_url)
    met = threading.Barrier(2, timeout=20)
    pids: list[int] = []

    def meet() -> None:
        with warehouse.session() as session:
            pids.append(session.fetch("SELECT pg_backend_pid()")[0][0])
            met.wait()

    threads = [threading.Thread(target=meet) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(pids)) == 2
