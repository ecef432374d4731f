"""Verify finds every planted difference and no other, and mends exactly those."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.inspect.compare_loader import KINDS
from fieldhouse.pipelines.inspect.verify import VerifyReport, verify_account
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness, refusing

LISTS = ("tickets", "users", "tags")


@pytest.fixture
def synced(warehouse_url: str, tmp_path: Path) -> Iterator[SyncHarness]:
    """BOSSDesk after its first sync, on both databases."""
    with open_harness(
        BossDeskSandbox(size=0.4, edge_cases=True), warehouse_url, tmp_path, max_delete_share="0.5"
    ) as made:
        assert made.sync(*LISTS).exit_code == 0
        made.sandbox.reset_counts()
        yield made


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SyncHarness]:
    """A few rows on DuckDB, for what does not depend on the database."""
    with open_harness(BossDeskSandbox(size=0.1, edge_cases=True), duckdb_url(tmp_path), tmp_path) as made:
        assert made.sync(*LISTS, "groups").exit_code == 0
        yield made


def verify(at: SyncHarness, *tables: str, repair: bool = False, **given: Any) -> VerifyReport:
    chosen = at.account.tables(tables or LISTS)
    return verify_account(
        at.account, at.warehouse, Options(), tables=chosen, repair=repair, tick=0.01, **given
    )


def execute(at: SyncHarness, *statements: str) -> None:
    with at.warehouse.session() as session:
        for sql in statements:
            session.db.execute(sql)


def fetch(at: SyncHarness, sql: str) -> list[Any]:
    with at.warehouse.session() as session:
        return [row[0] if len(row) == 1 else row for row in session.fetch(sql)]


def ids(at: SyncHarness, table: str = "tickets") -> list[int]:
    return fetch(at, f"SELECT id FROM bossdesk.{table} WHERE _deleted_at IS NULL ORDER BY id")


def actual(report: VerifyReport, table: str = "tickets") -> dict[str, set[int]]:
    return next(item.keys for item in report.tables if item.table == table)


def counts(report: VerifyReport) -> dict[str, dict[str, int]]:
    return {item.table: dict(+item.counts) for item in report.tables if item.differences}


def listed(keys: Sequence[int]) -> str:
    return ", ".join(map(str, keys))


def copied(at: SyncHarness, source: int, key: int, table: str = "tickets") -> str:
    """An INSERT of the row ``source`` once more, under another key."""
    columns = fetch(
        at,
        "SELECT column_name FROM information_schema.columns"
        f" WHERE table_schema = 'bossdesk' AND table_name = '{table}'",
    )
    values = ", ".join(str(key) if name == "id" else f'"{name}"' for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO bossdesk.{table} ({names}) SELECT {values} FROM bossdesk.{table} WHERE id = {source}"


def having(at: SyncHarness, child: str, count: int, among: Sequence[int]) -> list[int]:
    """Tickets with at least one row in ``child``."""
    sql = f"SELECT DISTINCT _parent_id FROM bossdesk.{child} WHERE _parent_id IN ({listed(among)}) ORDER BY 1"
    return fetch(at, sql)[:count]


def plant(at: SyncHarness) -> Mapping[str, set[int]]:
    """Fifty differences of each kind in the tickets, each done in another way; no hash is touched."""
    free = ids(at)
    commented = having(at, "tickets__comments", 12, free)
    free = [key for key in free if key not in commented]
    tagged = having(at, "tickets__tags", 8, free)
    free = [key for key in free if key not in tagged]
    retitled, emptied, added = free[:10], free[10:20], free[20:30]
    gone, headless, marked = free[30:50], free[50:65], free[65:80]
    complete = fetch(
        at, "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'tickets__%'"
    )
    extra = list(range(1, 46))
    orphans = list(range(91, 96))
    row = "_list_index, _synced_at, name"
    execute(
        at,
        f"UPDATE bossdesk.tickets SET title = title || '!' WHERE id IN ({listed(retitled)})",
        f"UPDATE bossdesk.tickets SET created_at = NULL WHERE id IN ({listed(emptied)})",
        f"UPDATE bossdesk.tickets__comments SET body = 'never said' WHERE _parent_id IN ({listed(commented[:6])})",
        f"DELETE FROM bossdesk.tickets__comments WHERE _parent_id IN ({listed(commented[6:])})",
        f"UPDATE bossdesk.tickets__tags SET _deleted_at = _synced_at WHERE _parent_id IN ({listed(tagged)})",
        *(
            f"INSERT INTO bossdesk.tickets__tags (_parent_id, {row}) VALUES ({key}, 99, now(), 'planted')"
            for key in (*added, *orphans)
        ),
        *(
            f"DELETE FROM bossdesk.{table} WHERE {_owner(at, table)} IN ({listed(gone)})"
            for table in ("tickets", *complete)
        ),
        f"DELETE FROM bossdesk.tickets WHERE id IN ({listed(headless)})",
        f"UPDATE bossdesk.tickets SET _deleted_at = now() WHERE id IN ({listed(marked)})",
        *(copied(at, free[100], key) for key in extra),
    )
    return {
        "missing": {*gone, *headless, *marked},
        "extra": {*extra, *orphans},
        "stale": {*commented, *tagged, *retitled, *emptied, *added},
    }


def _owner(at: SyncHarness, table: str) -> str:
    if table == "tickets":
        return "id"
    with at.warehouse.session() as session:
        return "_root_id" if "_root_id" in session.catalogue("bossdesk")[table] else "_parent_id"


def ages(at: SyncHarness) -> dict[str, dict[tuple[str, ...], Any]]:
    stored = at.snapshot()
    return {table: stored.synced_at(table, ["id"]) for table in LISTS}


def states(at: SyncHarness) -> list[Any]:
    return fetch(
        at,
        "SELECT table_name, CAST(value AS varchar) FROM bossdesk._state"
        " WHERE table_name <> '_fence' ORDER BY 1",  # the fence names the run that holds the account
    )


def test_equal_after_a_sync(small: SyncHarness) -> None:
    report = verify(small)
    assert (report.exit_code, counts(report)) == (0, {})
    assert {item.table for item in report.tables} == set(LISTS)
    schemas = fetch(small, "SELECT schema_name FROM information_schema.schemata")
    assert not [name for name in schemas if "landing" in name]


def test_finds_all_planted_differences_and_mends_them(synced: SyncHarness) -> None:
    before, books = ages(synced), states(synced)
    planted = plant(synced)
    assert {kind: len(keys) for kind, keys in planted.items()} == dict.fromkeys(KINDS, 50)

    report = verify(synced)
    assert actual(report) == planted
    assert set(counts(report)) == {"tickets"}
    assert report.exit_code == 4
    looked = synced.sandbox.requests()

    synced.sandbox.reset_counts()
    mended = verify(synced, repair=True)
    assert (mended.exit_code, mended.tables[0].repaired) == (0, 150)
    assert synced.sandbox.requests() <= looked + 10, "mending asks for nothing that verifying does not"

    assert synced.differences(*LISTS) == []
    assert states(synced) == books
    after = ages(synced)
    moved = {int(key[0]) for key, at in after["tickets"].items() if at != before["tickets"].get(key)}
    assert moved == planted["missing"] | planted["stale"]
    assert all(after[table] == before[table] for table in LISTS[1:])
    assert (verify(synced).exit_code, synced.sync(*LISTS).exit_code) == (0, 0)


def test_says_where_rows_differ(small: SyncHarness) -> None:
    one, two = ids(small)[:2]
    execute(
        small,
        f"UPDATE bossdesk.tickets SET title = 'other' WHERE id IN ({one}, {two})",
        f"UPDATE bossdesk.tickets SET status = NULL WHERE id = {two}",
    )
    (tickets,) = verify(small, "tickets").tables
    assert dict(tickets.differing) == {"title": 2, "status": 1}
    assert sorted(tickets.examples["stale"]) == [(one,), (two,)]


def test_slices_do_not_matter(small: SyncHarness) -> None:
    """Rows that are landed in many small slices are each compared once."""
    keys = ids(small)
    assert len(keys) > 20
    execute(
        small,
        f"UPDATE bossdesk.tickets SET title = '' WHERE id IN ({listed(keys[::3])})",
        f"DELETE FROM bossdesk.tickets WHERE id IN ({listed(keys[1::3])})",
    )
    report = verify(small, "tickets", repair=True, slice_bytes=10_000)
    assert actual(report) == {"stale": set(keys[::3]), "missing": set(keys[1::3]), "extra": set()}
    assert (report.exit_code, small.differences("tickets")) == (0, [])


def test_rows_that_changed_after_the_last_sync_are_no_differences(small: SyncHarness) -> None:
    small.sandbox.clock.advance(minutes=30)
    small.sandbox.edit(60)
    changed = small.differences(*LISTS)
    assert changed
    report = verify(small, repair=True)
    assert (report.exit_code, counts(report), report.repaired) == (0, {}, 0)
    assert report.later >= 20
    assert len(small.differences(*LISTS)) == len(changed), "only differences are repaired"
    assert small.sync(*LISTS, sweep=True).exit_code == 0
    assert verify(small).later == 0


def test_planted_differences_are_found_while_people_work(synced: SyncHarness) -> None:
    planted = plant(synced)
    synced.sandbox.clock.advance(minutes=30)
    edited = set()
    for line in synced.sandbox.edit(60):
        table, _, what = line.partition(": ")
        edited |= {int(what.split()[-1])} if table == "tickets" else set()
    report = verify(synced)
    assert report.exit_code == 4
    expected = {kind: keys - edited for kind, keys in planted.items()}
    assert {kind: keys - edited for kind, keys in actual(report).items()} == expected
    assert set(counts(report)) == {"tickets"}
    assert report.later


def test_a_change_that_the_last_sync_missed_is_a_difference(small: SyncHarness) -> None:
    """The vendor's time of change is older than the last sync, so a filter never shows it."""
    ticket = ids(small)[0]
    at = small.sandbox.truth()["tickets"]
    old = next(row for row in at if row["id"] == ticket)["updated_at"]
    small.sandbox.change("tickets", ticket, title="changed without a trace", updated_at=old)
    assert counts(verify(small, "tickets")) == {"tickets": {"stale": 1}}


def test_rows_that_a_failed_sync_did_not_delete_are_differences(small: SyncHarness) -> None:
    for group in ids(small, "groups")[:-1]:
        small.sandbox.delete("groups", group)
    assert small.sync("groups", sweep=True).exit_code == 4, "too many rows for one sweep"
    assert counts(verify(small, "groups"))["groups"]["extra"] > 0


def test_an_empty_warehouse_lacks_everything(tmp_path: Path) -> None:
    with open_harness(BossDeskSandbox(size=0.1, edge_cases=True), duckdb_url(tmp_path), tmp_path) as at:
        report = verify(at, "groups", "tags")
        truth = at.sandbox.truth()
        assert counts(report) == {name: {"missing": len(truth[name])} for name in ("groups", "tags")}
        assert verify(at, "groups", "tags", repair=True).exit_code == 0
        assert at.differences("groups", "tags") == []


def test_too_many_extra_rows_are_not_marked(small: SyncHarness) -> None:
    """As after a withdrawn right: the vendor shows next to nothing."""
    (group,) = ids(small, "groups")[:1]
    execute(small, *(copied(small, group, key, "groups") for key in range(1, 40)))
    report = verify(small, "groups", repair=True)
    assert report.exit_code == 4
    assert "max_delete_share" in str(report.tables[0].outcome.error)
    assert len(ids(small, "groups")) > 39


def test_a_table_that_cannot_be_read_is_not_judged(small: SyncHarness) -> None:
    with small.sandbox.fault(refusing(lambda call: "groups" in call.path, 403)):
        report = verify(small, "groups", "tags")
    assert report.exit_code == 2
    assert counts(report) == {}


def test_a_row_that_stands_twice_is_stale(small: SyncHarness) -> None:
    """On DuckDB only: Postgres has a primary key."""
    tag = ids(small, "tags")[0]
    execute(small, copied(small, tag, tag, "tags"))
    assert small.sync("tags", sweep=True).outcomes[0].rows_deleted == 0
    assert actual(verify(small, "tags", repair=True), "tags") == {
        "missing": set(),
        "stale": {tag},
        "extra": set(),
    }
    assert small.differences("tags") == []
    assert verify(small, "tags").exit_code == 0
