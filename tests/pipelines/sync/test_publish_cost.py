"""What publishing costs: nothing after a run that wrote nothing, and a copy whenever readers miss something."""

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from fieldhouse.pipelines.sync.publish import publish_copy
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.warehouse.backends.file_copy import copy_file
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


def test_a_copy_without_shared_blocks_has_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(os.urandom(3 << 20))
    with (tmp_path / "source").open("rb") as source:
        copy_file(source, tmp_path / "draft")
    assert (tmp_path / "draft").read_bytes() == (tmp_path / "source").read_bytes()
