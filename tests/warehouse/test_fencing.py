"""An account's lock that is lost while its holder lives on: who was replaced commits nothing more."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.warehouse.connect import Warehouse, open_warehouse
from fieldhouse.warehouse.errors import AccountLost, WarehouseBusy
from fieldhouse.warehouse.model import Column, TableLoad
from fieldhouse.warehouse.session import Session
from tests.support.postgres.server_sessions import LOCK_HOLDERS, end_sessions
from tests.support.sync_harness import open_harness
from tests.support.vendors.oracle import describe, differences
from tests.support.warehouse.landed_rows import LANDING, T0, land
from tests.support.warehouse.warehouse_snapshot import read_snapshot

pytestmark = pytest.mark.postgres

COLUMNS = (Column("id", "bigint"), Column("v", "text"))


def apply(session: Session, value: str) -> None:
    land(session, "t", {"id": "bigint", "v": "text", "_synced_at": "timestamp"}, [(1, value, T0)])
    load = TableLoad("t", ("id",), COLUMNS, T0, "1", landed=True, state={"cursor": value})
    session.apply("bossdesk", LANDING, load)


def end_the_lock(url: str) -> None:
    assert end_sessions(url, LOCK_HOLDERS) == 1


def holds(warehouse: Warehouse) -> tuple[list[Any], Any]:
    with warehouse.session() as session:
        return session.fetch("SELECT v FROM bossdesk.t"), session.states("bossdesk")


def test_who_was_replaced_commits_nothing_more(postgres_url: str) -> None:
    mine, other = open_warehouse(postgres_url), open_warehouse(postgres_url)
    with mine.account_lock("bossdesk", "the first"), mine.session() as session:
        session.prepare("bossdesk")
        apply(session, "first")
        end_the_lock(postgres_url)
        with other.account_lock("bossdesk", "the second"), other.session() as second:
            with pytest.raises(AccountLost) as lost:
                apply(session, "late")
            assert lost.value.retry
            second.prepare("bossdesk")
            apply(second, "second")
        with pytest.raises(AccountLost):
            session.put_state("bossdesk", "t", {"cursor": "late"})
    assert holds(other) == ([("second",)], {"t": {"cursor": "second"}})


def test_a_lost_lock_that_nobody_took_harms_nothing(postgres_url: str) -> None:
    mine = open_warehouse(postgres_url)
    with mine.account_lock("bossdesk", "the first"), mine.session() as session:
        session.prepare("bossdesk")
        end_the_lock(postgres_url)
        apply(session, "first")
    assert holds(mine) == ([("first",)], {"t": {"cursor": "first"}})


def test_who_takes_over_waits_for_the_commit_under_way(postgres_url: str) -> None:
    """The new holder's first write waits for the old one's transaction: here for longer than it may."""
    mine, hurried = open_warehouse(postgres_url), open_warehouse(postgres_url, lock_wait=0.2)
    with mine.account_lock("bossdesk", "the first"), mine.session() as session:
        session.prepare("bossdesk")
        with session.db.transaction():
            session._check_fence("bossdesk")
            end_the_lock(postgres_url)
            with pytest.raises(WarehouseBusy, match="lock timeout"), hurried.account_lock("bossdesk", "x"):
                pass
        apply(session, "first")
    assert holds(mine)[0] == [("first",)]


@pytest.mark.parametrize("replaced", ["between its slices", "before its last"])
def test_a_sync_that_was_replaced_ends_and_the_other_is_right(
    postgres_url: str, tmp_path: Path, replaced: str
) -> None:
    tables = ("tickets", "groups", "tags")
    box = SANDBOXES["bossdesk"](seed=11, size=0.25, edge_cases=True)
    done: list[Any] = []
    with open_harness(box, postgres_url, tmp_path) as first:
        second = replace(first, warehouse=open_warehouse(postgres_url))

        def replace_it(outcomes: Sequence[Any]) -> None:
            written = sum(outcome.rows_written for outcome in outcomes)
            if not done and (replaced == "before its last" or written):
                end_the_lock(postgres_url)
                done.append(second.sync(*tables))

        report = first.sync(*tables, slice_bytes=20_000, progress=replace_it)
        assert report.exit_code == 3, report.error
        assert isinstance(report.error, AccountLost)
        assert done[0].exit_code == 0, done[0].error
        actual = differences(read_snapshot(postgres_url, "bossdesk"), "bossdesk", box.truth(), tables)
        assert not actual, describe(actual)
        assert first.sync(*tables, sweep=True).exit_code == 0
        with first.warehouse.session() as session:
            left = session.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'bossdesk_%'")
        assert left == []
