"""What publishing costs: nothing after a run that wrote nothing, and a copy whenever readers miss something."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from fieldhouse.pipelines.sync.publish import publish_copy
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.warehouse.backends.file_copy import copy_file, release_zeros
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness


@pytest.fixture
def at(tmp_path: Path) -> Iterator[SyncHarness]:
    with open_harness(NotificSandbox(size=0.05, edge_cases=True), duckdb_url(tmp_path), tmp_path) as harness:
        yield harness


def sync_and_publish(at: SyncHarness, copy: Path) -> tuple[int, int]:
    """One run as the command ends it; the copy's inode and time."""
    report = at.sync()
    assert report.exit_code == 0
    assert publish_copy(at.warehouse, str(copy), wrote=report.wrote) is None
    return copy.stat().st_ino, copy.stat().st_mtime_ns


def rows(copy: Path) -> int:
    with duckdb.connect(copy, read_only=True) as reader:
        return int(reader.execute("SELECT count(*) FROM notific.tickets").fetchall()[0][0])


def test_a_run_that_wrote_nothing_leaves_the_copy_alone(at: SyncHarness, tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    first = sync_and_publish(at, copy)
    assert sync_and_publish(at, copy) == first
    assert sync_and_publish(at, copy) == first
    at.sandbox.clock.advance(hours=1)
    at.sandbox.add_field("tickets", "turn", 1)
    later = sync_and_publish(at, copy)
    assert later != first
    assert sync_and_publish(at, copy) == later


def test_a_copy_that_is_missing_or_anothers_is_made_again(at: SyncHarness, tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    sync_and_publish(at, copy)
    copy.unlink()
    sync_and_publish(at, copy)
    copy.write_bytes(b"another's")
    sync_and_publish(at, copy)
    assert rows(copy) == rows_of(at)


def test_what_a_run_wrote_that_never_published_is_published_by_the_next(
    at: SyncHarness, tmp_path: Path
) -> None:
    """A run that is killed before it publishes, or whose copy could not be written, leaves readers behind."""
    copy = tmp_path / "copy.duckdb"
    first = sync_and_publish(at, copy)
    at.sandbox.clock.advance(hours=1)
    at.sandbox.add_field("tickets", "turn", 1)
    assert at.sync().wrote
    assert sync_and_publish(at, copy) != first
    with duckdb.connect(copy, read_only=True) as reader:
        assert reader.execute("SELECT DISTINCT turn FROM notific.tickets").fetchall() == [(1,)]


def rows_of(at: SyncHarness) -> int:
    return int(at.fetch("SELECT count(*) FROM notific.tickets")[0][0])


def on_disk(path: Path) -> int:
    return path.stat().st_blocks * 512


def test_a_copy_without_shared_blocks_has_the_same_bytes_and_no_zeros(tmp_path: Path) -> None:
    source, copy = tmp_path / "source", tmp_path / "draft"
    some = os.urandom(3 << 20)
    source.write_bytes(some + bytes(5 << 20) + b"!" + bytes(4095) + some[:5000] + bytes(2 << 20))
    with source.open("rb") as opened:
        copy_file(opened, copy)
    assert copy.read_bytes() == source.read_bytes()
    assert on_disk(copy) < 4 << 20
    assert on_disk(source) > 10 << 20
    release_zeros(source)
    assert source.read_bytes() == copy.read_bytes()
    assert on_disk(source) < 4 << 20


def test_zeros_of_a_file_that_another_process_has_open_stay(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(1 << 20))
    hold = (
        "import fcntl, sys; file = open(sys.argv[1]); fcntl.lockf(file, fcntl.LOCK_SH);"
        " print('open', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        release_zeros(file)
        assert on_disk(file) >= 1 << 20
        reader.communicate(b"\n")
    release_zeros(file)
    assert on_disk(file) == 0
