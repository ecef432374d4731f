"""A build upon the last one gives what a build of everything gives, and everything is built when it has to be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from fieldhouse.pipelines import marts_changes
from fieldhouse.pipelines.build_marts import PROJECT, build
from fieldhouse.pipelines.config.settings import load
from fieldhouse.pipelines.marts_changes import Changes, changes_since, forget, note_build, raw_state
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.session import Session
from tests.support.marts.later_syncs import note_syncs, sync_again
from tests.support.marts.marts_warehouse import needs_dbt
from tests.support.marts.raw_tables import write_tables
from tests.support.marts.worlds.world import NOW, World

SCHEMAS = ("marts", "staging")


def tables_of(session: Session, schema: str) -> list[str]:
    return [name for name in session.catalogue(schema) if name != "_builds"]


@needs_dbt
@pytest.mark.parametrize("kind", ["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_builds_upon_the_last_one_equal_a_full_build(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """All vendors, edits and deletions and restored rows in all tables, and a night between two builds."""
    url = (
        f"duckdb:///{tmp_path}/w.duckdb" if kind == "duckdb" else str(request.getfixturevalue("postgres_url"))
    )
    world = World(3)
    accounts = list(world.tables)
    write_tables(url, world.tables)
    settings = load({"HOME": str(tmp_path)}, tmp_path, warehouse_url=url)
    zones = {account: clock.zone.key for account, clock in world.clocks.items()}

    def built(hours: int, *, full: bool = False) -> int:
        now = (NOW + timedelta(hours=hours)).isoformat()
        report = build(settings, variables={"now": now, "zones": zones}, tests=False, full=full)
        assert report.problems == ()
        return report.models

    with open_warehouse(url).session() as session:
        note_syncs(session, accounts)
    everything = built(0)
    with open_warehouse(url).session() as session:
        assert sync_again(session, accounts, 1, 0.1) > 10
    assert built(20) < everything
    with open_warehouse(url).session() as session:
        for schema in SCHEMAS:
            session.db.execute(f"CREATE SCHEMA {schema}_before")
            for table in tables_of(session, schema):
                session.db.execute(
                    f'CREATE TABLE {schema}_before."{table}" AS SELECT * FROM {schema}."{table}"'
                )
    assert built(20, full=True) == everything
    with open_warehouse(url).session() as session:
        differ = []
        for schema in SCHEMAS:
            assert len(tables_of(session, schema)) > 40
            for table in tables_of(session, schema):
                one, other = f'SELECT * FROM {schema}_before."{table}"', f'SELECT * FROM {schema}."{table}"'
                sql = f"SELECT count(*) FROM (({one} EXCEPT ALL {other}) UNION ALL ({other} EXCEPT ALL {one})) AS d"
                if count := session.fetch(sql)[0][0]:
                    differ.append((table, count))
        assert differ == []


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
    assert since(session) == Changes(frozenset())
    session.db.execute(change)
    assert since(session) == Changes(frozenset({"bossdesk.tickets"}))


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
        return SimpleNamespace(
            resource_type="model", raw_code=code, depends_on=SimpleNamespace(nodes=parents)
        )

    manifest = SimpleNamespace(
        nodes={
            "comments": node("stg_bossdesk__ticket_comments", "source.fieldhouse.bossdesk.tickets"),
            "syncs": node("stg_fieldhouse__syncs", "source.fieldhouse.bossdesk._syncs"),
            "agent_time": node("agent_time", "comments"),
            "sla": node("sla", "comments"),
        }
    )
    tickets, comments = "bossdesk_emea.tickets", "bossdesk_emea.tickets__comments"
    assert set(Changes(frozenset({tickets})).unchanged(manifest)) == {"comments", "agent_time"}
    assert set(Changes(frozenset({tickets, comments})).unchanged(manifest)) == set()
