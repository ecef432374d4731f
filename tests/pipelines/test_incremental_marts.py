"""A build upon the last one gives what a build of everything gives, and everything is built when it has to be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from fieldhouse.pipelines import marts_changes
from fieldhouse.pipelines.build_marts import PROJECT
from fieldhouse.pipelines.marts_changes import Changes, changes_since, forget, note_build, raw_state
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.session import Session
from tests.support.marts.followed_builds import CHAIN, follow_builds
from tests.support.marts.later_syncs import note_syncs
from tests.support.marts.marts_warehouse import needs_dbt
from tests.support.marts.raw_tables import write_tables
from tests.support.marts.worlds.world import NOW
from tests.support.runs.long_runs import in_long_runs


@needs_dbt
@pytest.mark.parametrize("kind", ["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_builds_upon_the_last_one_equal_a_full_build(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """All vendors, edits and deletions and restored rows in all tables: on the same day, on the next, and none later.

    Each has one warehouse, and both in the long version: what is built is decided by the same SQL.
    """
    url = (
        f"duckdb:///{tmp_path}/w.duckdb" if kind == "duckdb" else str(request.getfixturevalue("postgres_url"))
    )
    chain = in_long_runs(CHAIN, CHAIN[1:2] if kind == "duckdb" else CHAIN[:1])
    followed = follow_builds(url, tmp_path, [3], chain)
    assert followed.differences == []
    assert followed.tables > 80
    for later, changed in zip(chain, followed.changed, strict=True):
        assert changed > 10 if later.share else changed == 0
    for ways in followed.ways:
        assert set(ways.values()) == {"keyed", "rebuilt", "same"}


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    write_tables(f"duckdb:///{tmp_path}/w.duckdb", {"bossdesk": {"tickets": [{"id": 1}, {"id": 2}]}})
    with open_warehouse(f"duckdb:///{tmp_path}/w.duckdb").session() as opened:
        note_syncs(opened, ["bossdesk"])
        yield opened


def since(session: Session, key: str = "key", now: datetime = NOW) -> Changes | None:
    return changes_since(session, key, now, raw_state(session, ["bossdesk"]))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE bossdesk.tickets SET _synced_at = now() WHERE id = 1",
        "UPDATE bossdesk.tickets SET _deleted_at = now() WHERE id = 1",
        "UPDATE bossdesk.tickets SET _row_hash = 7 WHERE id = 1",
        "DELETE FROM bossdesk.tickets WHERE id = 2",
    ],
)
def test_a_table_with_other_rows_has_changed(session: Session, change: str) -> None:
    note_build(session, "key", NOW, raw_state(session, ["bossdesk"]))
    assert since(session) == Changes(frozenset(), NOW)
    session.db.execute(change)
    assert since(session) == Changes(frozenset({"bossdesk.tickets"}), NOW)


def test_a_childs_row_has_changed_if_a_clock_that_is_behind_dated_it(session: Session) -> None:
    """Rows of children have no hash."""
    session.db.execute("ALTER TABLE bossdesk.tickets DROP COLUMN _row_hash")
    note_build(session, "key", NOW, raw_state(session, ["bossdesk"]))
    session.db.execute(
        "UPDATE bossdesk.tickets SET _synced_at = _synced_at - INTERVAL '2 minutes' WHERE id = 1"
    )
    assert since(session) == Changes(frozenset({"bossdesk.tickets"}), NOW)


def test_everything_is_built_if_more_than_rows_changed(session: Session) -> None:
    """Settings, time that goes backward, columns, a column that a sync removed, a build that did not end."""
    state = raw_state(session, ["bossdesk"])
    assert since(session) is None
    note_build(session, "key", NOW, state)
    assert since(session, key="another zone") is None
    assert since(session, now=NOW - timedelta(minutes=1)) is None
    session.db.execute("ALTER TABLE bossdesk.tickets ADD COLUMN status text")
    assert since(session) is None
    note_build(session, "key", NOW, raw_state(session, ["bossdesk"]))
    assert since(session) is not None
    forget(session)
    assert since(session) is None
    session.db.execute("ALTER TABLE bossdesk.tickets DROP COLUMN _synced_at")
    note_build(session, "key", NOW, raw_state(session, ["bossdesk"]))
    assert since(session) is None


@pytest.mark.parametrize(
    ("full", "small", "is_everything"),
    [(None, 2, True), (None, 1, False), (True, 1, True), (False, 2, False)],
)
def test_a_small_warehouse_is_built_as_a_whole_unless_chosen_otherwise(
    full: bool | None, small: int, is_everything: bool, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marts_changes, "SMALL_ROWS", small)
    note_build(session, "key", NOW, raw_state(session, ["bossdesk"]))
    work = marts_changes.start(session, ["bossdesk"], "key", NOW, full=full)
    assert (work.changes is None) == is_everything


def test_a_model_is_unchanged_while_the_tables_that_its_sql_names_are() -> None:
    """A change of tickets leaves their comments as they were; what refers to the time is never unchanged."""

    def node(name: str, *parents: str) -> SimpleNamespace:
        code = next((PROJECT / "models").rglob(f"{name}.sql")).read_text()
        grain = {"time_grain": "day"} if "time_grain='day'" in code else {}
        return SimpleNamespace(
            resource_type="model", raw_code=code, depends_on=SimpleNamespace(nodes=parents), config=grain
        )

    manifest = SimpleNamespace(
        nodes={
            "comments": node("stg_bossdesk__ticket_comments", "source.fieldhouse.bossdesk.tickets"),
            "syncs": node("stg_fieldhouse__syncs", "source.fieldhouse.bossdesk._syncs"),
            "agent_time": node("agent_time", "comments"),
            "sla": node("sla", "comments"),
            "zones": node("int_account_zones", "comments"),
        }
    )
    tickets, comments = frozenset({"bossdesk_emea.tickets"}), frozenset({"bossdesk_emea.tickets__comments"})
    assert set(Changes(tickets, NOW).unchanged(manifest)) == {"comments", "agent_time"}
    same_day = Changes(tickets, NOW, is_same_day=True)
    assert set(same_day.unchanged(manifest)) == {"comments", "agent_time", "zones"}
    assert set(Changes(tickets | comments, NOW, is_same_day=True).unchanged(manifest)) == set()
