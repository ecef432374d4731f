"""What analysts may read, and what they built themselves: grants, views, policies, foreign keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.errors import WarehouseSettingsError
from tests.support.postgres.server_sessions import server_version
from tests.support.sync_harness import SyncHarness, open_harness

pytestmark = pytest.mark.postgres


@pytest.fixture
def role(postgres_url: str) -> Iterator[str]:
    """A name that no other test uses: roles belong to the whole server."""
    name = f"Readers of {urlsplit(postgres_url).path[1:]}"
    yield name
    for sql in (f'DROP OWNED BY "{name}"', f'DROP ROLE "{name}"'):
        if run(postgres_url, f"SELECT 1 FROM pg_roles WHERE rolname = '{name}'"):
            run(postgres_url, sql)


@pytest.fixture
def at(postgres_url: str, role: str, tmp_path: Path) -> Iterator[SyncHarness]:
    with open_harness(BossDeskSandbox(seed=5, size=0.1, edge_cases=True), postgres_url, tmp_path) as made:
        yield replace(made, warehouse=open_warehouse(postgres_url, lock_wait=20, grant_read=role))


def run(url: str, sql: str, role: str = "") -> list[tuple[Any, ...]]:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            if role:
                cursor.execute(f'SET ROLE "{role}"')
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def synced(at: SyncHarness, *tables: str, **options: Any) -> list[str]:
    """What the sync told, a line each."""
    report = at.sync(*tables, **options)
    assert report.exit_code == 0, [report.error, *(o.error for o in report.outcomes)]
    return [note for outcome in report.outcomes for note in outcome.notes]


def test_the_role_reads_what_is_there_and_what_comes(at: SyncHarness, role: str) -> None:
    synced(at, "groups")
    assert run(at.url, "SELECT count(*) > 0 FROM bossdesk.groups", role) == [(True,)]
    assert run(at.url, "SELECT count(*) > 0 FROM bossdesk._syncs", role) == [(True,)]
    at.sandbox.add_field("groups", "lately", [{"a": 1}], touch=True)
    synced(at, "groups", "tags")
    for table in ("tags", "groups__lately"):
        assert run(at.url, f"SELECT count(*) > 0 FROM bossdesk.{table}", role) == [(True,)]


REFUSED = (
    "DELETE FROM bossdesk.groups",
    "INSERT INTO bossdesk.groups (id) VALUES (0)",
    "CREATE TABLE bossdesk.mine (n int)",
    "SELECT * FROM bossdesk._state",
    "SELECT * FROM bossdesk._quarantine",
)


def test_the_role_does_nothing_else(at: SyncHarness, role: str) -> None:
    synced(at, "groups")
    for sql in REFUSED:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            run(at.url, sql, role)


def test_a_grant_that_was_taken_back_is_given_again(at: SyncHarness, role: str) -> None:
    synced(at, "groups")
    run(at.url, f'REVOKE ALL ON ALL TABLES IN SCHEMA bossdesk FROM "{role}"')
    run(at.url, f'GRANT SELECT ON bossdesk._state TO "{role}"')
    synced(at, "groups")
    assert run(at.url, "SELECT count(*) > 0 FROM bossdesk.groups", role) == [(True,)]
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        run(at.url, "SELECT * FROM bossdesk._state", role)


def test_a_role_that_may_not_be_made_is_a_setting(at: SyncHarness, role: str) -> None:
    plain = f"plain_{urlsplit(at.url).path[1:]}"
    run(at.url, f"CREATE ROLE {plain} LOGIN; GRANT CREATE ON DATABASE {urlsplit(at.url).path[1:]} TO {plain}")
    try:
        parts = urlsplit(at.url)
        url = urlunsplit(parts._replace(netloc=f"{plain}:secret@{parts.netloc.rpartition('@')[2]}"))
        report = replace(at, warehouse=open_warehouse(url, grant_read=role)).sync("groups")
        assert report.exit_code == 2
        assert f'CREATE ROLE "{role}"' in str(report.error)
        run(at.url, f'CREATE ROLE "{role}"')
        assert replace(at, warehouse=open_warehouse(url, grant_read=role)).sync("groups").exit_code == 0
        assert run(at.url, "SELECT count(*) > 0 FROM bossdesk.groups", role) == [(True,)]
    finally:
        run(at.url, f"DROP OWNED BY {plain} CASCADE; DROP ROLE {plain}")


def test_duckdb_has_no_roles(tmp_path: Path) -> None:
    with pytest.raises(WarehouseSettingsError, match=r"warehouse\.grant_read"):
        open_warehouse(f"duckdb:///{tmp_path}/x.duckdb", grant_read="analysts")


GROUPS = "bossdesk.groups"
BUILT = {
    "a": ("CREATE SCHEMA mine; CREATE VIEW mine.v AS SELECT id, a FROM bossdesk.groups", "view mine.v"),
    "b": (
        "CREATE MATERIALIZED VIEW mine.m AS SELECT sum(b) AS b FROM bossdesk.groups",
        "materialized view mine.m",
    ),
    "c": (
        f"ALTER TABLE {GROUPS} ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON {GROUPS} USING (c > 0)",
        "policy p on table bossdesk.groups",
    ),
    "d": (
        f"ALTER TABLE {GROUPS} ADD COLUMN mine bigint GENERATED ALWAYS AS (d + 1) STORED",
        "default value for column mine",
    ),
    "e": (f"ALTER TABLE {GROUPS} ADD CONSTRAINT odd CHECK (e % 2 = 1)", "constraint odd on table"),
    "f": (f"CREATE INDEX halves ON {GROUPS} ((f % 2))", "index bossdesk.halves"),
    "g": (f"CREATE INDEX few ON {GROUPS} (id) WHERE g % 2 = 1", "index bossdesk.few"),
    "h": (
        f"CREATE FUNCTION mine.h() RETURNS bigint BEGIN ATOMIC SELECT sum(h) FROM {GROUPS}; END",
        "function mine.h()",
    ),
}
KEPT = {
    "x": f"ALTER TABLE {GROUPS} ALTER x SET DEFAULT 3",
    "y": f"CREATE INDEX plain ON {GROUPS} (y)",
    "z": f"COMMENT ON COLUMN {GROUPS}.z IS 'ours'; CREATE STATISTICS mine.s ON z, id FROM {GROUPS}",
}


def test_what_users_built_on_a_column_survives_its_change_of_type(at: SyncHarness) -> None:
    """The column stays, what does not fit stands beside it, and the run says for whose sake; or it is widened."""
    built = dict(BUILT)
    version = server_version(at.url)
    if version < 150000:
        built["d"] = (BUILT["d"][0], "column mine of table bossdesk.groups")
    if version < 140000:  # which has no functions with a body that depends on columns
        built["h"] = (f"CREATE VIEW mine.h AS SELECT sum(h) FROM {GROUPS}", "view mine.h")
    for name in (*built, *KEPT):
        at.sandbox.add_field("groups", name, 7)
    synced(at, "groups", full=True)
    for sql in (*(sql for sql, _ in built.values()), *KEPT.values()):
        run(at.url, sql)
    for name in (*built, *KEPT):
        at.sandbox.add_field("groups", name, 7.5, touch=True)
    output = synced(at, "groups", full=True)
    for name, (_, named) in built.items():
        assert any(f"{name}__v_double" in line and f"blocked by {named}" in line for line in output), (
            name,
            *output,
        )
        actual = run(at.url, f"SELECT DISTINCT {name}, {name}__v_double FROM {GROUPS}")
        assert actual == [(None, 7.5)], name
    for name in KEPT:
        assert any(f"{name} widened bigint -> double" in line for line in output), (name, *output)
        assert run(at.url, f"SELECT DISTINCT {name} FROM {GROUPS}") == [(7.5,)]
    run(at.url, "SELECT * FROM mine.v; REFRESH MATERIALIZED VIEW mine.m")
    run(at.url, "SELECT * FROM mine.h" if "VIEW" in built["h"][0] else "SELECT mine.h()")
    assert run(
        at.url,
        f"SELECT col_description('{GROUPS}'::regclass, attnum) FROM pg_attribute"
        f" WHERE attrelid = '{GROUPS}'::regclass AND attname = 'z'",
    ) == [("ours",)]


@pytest.mark.parametrize(
    ("theirs", "named"),
    [
        (f"ALTER TABLE {GROUPS} ALTER a SET NOT NULL", 'column "a"'),
        (f"CREATE UNIQUE INDEX ours ON {GROUPS} (a) NULLS NOT DISTINCT", 'unique constraint "ours"'),
    ],
    ids=["not null", "unique"],
)
def test_a_rule_of_users_that_rows_break_is_named(at: SyncHarness, theirs: str, named: str) -> None:
    at.sandbox.add_field("groups", "a", 7)
    synced(at, "groups", full=True)
    run(at.url, f"UPDATE {GROUPS} SET a = id")
    if "NULLS NOT DISTINCT" in theirs and server_version(at.url) < 150000:
        pytest.skip("Postgres has NULLS NOT DISTINCT since 15")
    run(at.url, theirs)
    at.sandbox.add_field("groups", "a", None, touch=True)
    report = at.sync("groups", full=True)
    assert report.exit_code == 2, report.outcomes[0].error
    assert named in str(report.outcomes[0].error)
    assert "it is not ours" in str(report.outcomes[0].error)


def test_policies_that_are_forced_on_the_sync_itself_stop_it(at: SyncHarness) -> None:
    """Rows that the sync cannot see would be taken for new ones."""
    database = urlsplit(at.url).path[1:]
    plain = f"plain_{database}"
    run(at.url, f"CREATE ROLE {plain} LOGIN; GRANT CREATE ON DATABASE {database} TO {plain}")
    try:
        parts = urlsplit(at.url)
        url = urlunsplit(parts._replace(netloc=f"{plain}:secret@{parts.netloc.rpartition('@')[2]}"))
        mine = replace(at, warehouse=open_warehouse(url))
        synced(mine, "groups")
        run(
            at.url,
            f"ALTER TABLE {GROUPS} ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON {GROUPS} USING (id > 0)",
        )
        synced(mine, "groups", full=True)
        run(at.url, f"ALTER TABLE {GROUPS} FORCE ROW LEVEL SECURITY")
        report = mine.sync("groups", full=True)
        assert report.exit_code == 2
        assert 'row-level security policy for table "groups"' in str(report.error)
        assert "see all their rows" in str(report.error)
    finally:
        run(at.url, f"DROP OWNED BY {plain} CASCADE; DROP ROLE {plain}")


def test_views_and_grants_of_users_survive(at: SyncHarness, role: str) -> None:
    at.sandbox.add_field("groups", "number", 7)
    synced(at, "groups")
    run(at.url, "CREATE SCHEMA mine; CREATE VIEW mine.v AS SELECT id, name FROM bossdesk.groups")
    run(at.url, f'GRANT USAGE ON SCHEMA mine TO "{role}"; GRANT SELECT ON mine.v TO "{role}"')
    run(at.url, f'GRANT UPDATE (name) ON bossdesk.groups TO "{role}"')
    at.sandbox.add_field("groups", "number", 7.5, touch=True)
    assert any("number widened bigint -> double" in line for line in synced(at, "groups"))
    assert run(at.url, "SELECT count(*) > 5 FROM mine.v", role) == [(True,)]
    run(at.url, "UPDATE bossdesk.groups SET name = name", role)


def test_a_foreign_key_of_users_is_named(at: SyncHarness) -> None:
    """One that is checked at the end of a transaction may stay: changed rows are there again by then."""
    synced(at, "groups")
    run(at.url, "CREATE TABLE public.mine AS SELECT id FROM bossdesk.groups")
    key = "ALTER TABLE public.mine ADD CONSTRAINT ours FOREIGN KEY (id) REFERENCES bossdesk.groups"
    run(at.url, key)
    at.sandbox.clock.advance(hours=1)
    at.sandbox.change("groups")
    report = at.sync("groups")
    assert report.exit_code == 2
    assert 'foreign key constraint "ours" on table "mine"' in str(report.outcomes[0].error)
    assert "make it DEFERRABLE INITIALLY DEFERRED" in str(report.outcomes[0].error)
    run(at.url, f"ALTER TABLE public.mine DROP CONSTRAINT ours; {key} DEFERRABLE INITIALLY DEFERRED")
    synced(at, "groups")
    assert not at.differences("groups")
