"""Every version of a row: opened and ended as rows change, go and come back, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from fieldhouse.pipelines.config.settings import load as load_settings
from fieldhouse.pipelines.inspect.schema_diff import strays
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.warehouse.merge.history import history_of
from fieldhouse.warehouse.model import Child, Column, TableLoad
from fieldhouse.warehouse.session import Session
from tests.support.sync_harness import open_harness
from tests.support.warehouse.landed_rows import LANDING, T0, land

HOUR = timedelta(hours=1)
ROW = {"id": "bigint", "title": "text", "_row_hash": "bigint", "_synced_at": "timestamp"}
COMMENT = {"body": "text", "_parent_id": "bigint", "_list_index": "bigint", "_synced_at": "timestamp"}
COMMENTS = Child("tickets__comments", (Column("body", "text", declared=True),), ("_parent_id",))
VERSIONS = "SELECT id, title, _valid_from, _valid_to FROM bossdesk.tickets_history ORDER BY id, _valid_from"
TALK = (
    "SELECT _parent_id, body, _valid_from, _valid_to FROM bossdesk.tickets_history__comments"
    " ORDER BY _parent_id, _valid_from, _list_index"
)


def apply(session: Session, hours: int, *rows: tuple[int, str, list[str]], **given: Any) -> datetime:
    """Land tickets with their comments at so many hours after T0, and apply them."""
    at = T0 + hours * HOUR
    types = {**ROW, **given.pop("types", {})}
    more = given.pop("more", lambda key: ())
    hashed = given.pop("hashed", hash)
    if rows:
        land(
            session,
            "tickets",
            types,
            [(k, title, hashed((title, *talk)) % 10**9, at, *more(k)) for k, title, talk in rows],
        )
        output = [(body, key, n, at) for key, _, talk in rows for n, body in enumerate(talk)]
        land(session, "tickets__comments", COMMENT, output)
    columns = tuple(Column(name, kind, declared=True) for name, kind in types.items() if name[0] != "_")
    defaults: dict[str, Any] = {"children": (COMMENTS,), "landed": bool(rows), "history": True}
    session.apply(
        "bossdesk",
        LANDING,
        TableLoad("tickets", ("id",), columns, at, f"{hours}", **{**defaults, **given}),
    )
    return at


def ids(*keys: int) -> pa.Table:
    return pa.table({"id": pa.array(keys, pa.int64())})


def at(hours: int) -> datetime:
    return T0 + hours * HOUR


def test_a_change_ends_a_version_and_opens_the_next(session: Session) -> None:
    apply(session, 0, (1, "one", ["hello"]), (2, "two", []))
    apply(session, 1, (1, "uno", ["hello"]))
    assert session.fetch(VERSIONS) == [
        (1, "one", at(0), at(1)),
        (1, "uno", at(1), None),
        (2, "two", at(0), None),
    ]
    assert session.fetch(TALK) == [(1, "hello", at(0), at(1)), (1, "hello", at(1), None)]


def test_a_change_in_a_child_alone_is_a_version(session: Session) -> None:
    apply(session, 0, (1, "one", ["a", "b"]))
    apply(session, 1, (1, "one", ["a", "c"]))
    apply(session, 2, (1, "one", []))
    assert session.fetch(VERSIONS) == [
        (1, "one", at(0), at(1)),
        (1, "one", at(1), at(2)),
        (1, "one", at(2), None),
    ]
    assert [row[1:] for row in session.fetch(TALK)] == [
        ("a", at(0), at(1)),
        ("b", at(0), at(1)),
        ("a", at(1), at(2)),
        ("c", at(1), at(2)),
    ]


@pytest.mark.parametrize("deletes", ["soft", "hard"])
def test_a_deleted_row_ends_and_a_restored_one_begins_again(session: Session, deletes: str) -> None:
    apply(session, 0, (1, "one", ["a"]), (2, "two", ["b"]))
    apply(session, 1, deleted=ids(2), deletes=deletes)
    assert session.fetch(f"SELECT * FROM ({VERSIONS}) AS v WHERE id = 2") == [(2, "two", at(0), at(1))]
    apply(session, 2, (2, "two", ["b"]), deletes=deletes)
    assert session.fetch(VERSIONS) == [
        (1, "one", at(0), None),
        (2, "two", at(0), at(1)),
        (2, "two", at(2), None),
    ]
    assert session.fetch(f"SELECT count(*) FROM ({TALK}) AS t WHERE _valid_to IS NULL") == [(2,)]


def test_a_row_whose_mark_is_taken_back_unread_begins_again(session: Session) -> None:
    apply(session, 0, (1, "one", []))
    apply(session, 1, deleted=ids(1))
    apply(session, 2, rechecked=ids(1))
    assert session.fetch(VERSIONS) == [(1, "one", at(0), at(1)), (1, "one", at(2), None)]


def test_a_row_read_again_unchanged_opens_nothing(session: Session) -> None:
    apply(session, 0, (1, "one", ["a"]))
    apply(session, 1, (1, "one", ["a"]))
    apply(session, 2, rechecked=ids(1))
    assert session.fetch(VERSIONS) == [(1, "one", at(0), None)]


def test_a_new_column_is_filled_into_the_open_version(session: Session) -> None:
    """Rows that differ in more than the new column get a version, in however many slices they come."""
    apply(session, 0, (1, "one", ["a"]), (2, "two", []), (3, "three", []))
    new: dict[str, Any] = {"types": {"mood": "text"}, "more": lambda key: (f"mood {key}",), "run_id": "r"}
    new["hashed"] = lambda value: hash((value, "mood"))
    apply(session, 1, (1, "one", ["a"]), **new)
    apply(session, 2, (2, "zwei", []), (3, "three", []), **new)
    rows = session.fetch(
        "SELECT id, title, mood, _valid_from, _valid_to FROM bossdesk.tickets_history ORDER BY id, _valid_from"
    )
    assert rows == [
        (1, "one", "mood 1", at(0), None),
        (2, "two", None, at(0), at(2)),
        (2, "zwei", "mood 2", at(2), None),
        (3, "three", "mood 3", at(0), None),
    ]
    assert session.fetch(TALK) == [(1, "a", at(0), None)]


def test_a_widened_column_keeps_its_versions(session: Session) -> None:
    apply(session, 0, (1, "one", []), types={"points": "bigint"}, more=lambda key: (7,))
    apply(session, 1, (1, "uno", []), types={"points": "double"}, more=lambda key: (7.5,))
    rows = session.fetch("SELECT points, _valid_to FROM bossdesk.tickets_history ORDER BY _valid_from")
    assert rows == [(7.0, at(1)), (7.5, None)]


def test_a_history_that_begins_late_begins_with_what_is_there(session: Session) -> None:
    apply(session, 0, (1, "one", ["a"]), (2, "two", []), history=False)
    apply(session, 1, (1, "uno", ["a"]))
    assert session.fetch(VERSIONS) == [
        (1, "one", at(0), at(1)),
        (1, "uno", at(1), None),
        (2, "two", at(0), None),
    ]


def test_a_history_that_was_off_goes_on_from_what_is_there(session: Session) -> None:
    apply(session, 0, (1, "one", []), (2, "two", []), (3, "three", []))
    apply(session, 1, (1, "uno", []), history=False)
    apply(session, 2, deleted=ids(2), deletes="hard", history=False)
    session.start_history("bossdesk", "tickets", ("id",), "r")
    (first, second, third, fourth) = session.fetch(VERSIONS)
    assert (first, second) == ((1, "one", at(0), at(1)), (1, "uno", at(1), None))
    assert third[:3] == (2, "two", at(0))
    assert third[3] is not None
    assert fourth == (3, "three", at(0), None)


def test_names_stay_within_what_postgres_keeps() -> None:
    assert history_of("tickets__comments__likes") == "tickets_history__comments__likes"
    assert len(history_of("tickets__" + "x" * 54).encode()) == 63


def test_syncs_write_the_history_that_the_settings_ask_for(warehouse_url: str, tmp_path: Path) -> None:
    box = BossDeskSandbox(size=0.03, edge_cases=True)
    every, live = "SELECT count(*) FROM bossdesk.tickets_history", "WHERE _valid_to IS NULL"
    with open_harness(box, warehouse_url, tmp_path) as plain:
        assert plain.sync("tickets").exit_code == 0
        [(tickets,)] = plain.fetch("SELECT count(*) FROM bossdesk.tickets WHERE _deleted_at IS NULL")
    ticket, other = box.truth()["tickets"][:2]
    with open_harness(box, warehouse_url, tmp_path, history="tickets") as kept:
        assert kept.sync("tickets").exit_code == 0
        assert kept.fetch(f"{every} {live}") == [(tickets,)]
        box.clock.advance(hours=1)
        box.change("tickets", ticket["id"], title="changed once")
        box.delete("tickets", other["id"])
        assert kept.sync("tickets", sweep=True).exit_code == 0
        rows = kept.fetch(
            "SELECT id, title, _valid_from, _valid_to FROM bossdesk.tickets_history"
            f" WHERE id IN ({ticket['id']}, {other['id']}) ORDER BY id, _valid_from"
        )
        (before, after) = [row for row in rows if row[0] == ticket["id"]]
        assert (before[1], after[1], after[3]) == (ticket["title"], "changed once", None)
        assert before[3] == after[2]
        assert [row[3] is None for row in rows if row[0] == other["id"]] == [False]
        assert kept.fetch(every) == [(tickets + 1,)]
        assert kept.differences("tickets") == []
    with open_harness(
        box, warehouse_url, tmp_path, history="tickets", exclude_columns="tickets.title"
    ) as hidden:
        assert hidden.sync("tickets").exit_code == 0
        assert "changed once" not in repr(hidden.fetch("SELECT * FROM bossdesk.tickets_history"))
        assert hidden.fetch(every) == [(tickets + 1,)]


def test_a_history_is_no_stray_of_the_schema() -> None:
    stored = {name: {"id": "bigint"} for name in ("tickets", "tickets_history", "users_history", "other")}
    assert strays(stored, VENDORS["bossdesk"]) == ["users_history", "other"]


def test_an_unknown_table_is_refused_before_the_first_request(tmp_path: Path) -> None:
    env = {
        "HOME": str(tmp_path),
        "SOURCES__BOSSDESK__BASE_URL": "https://x.bossdesk.io/api/v1",
        "SOURCES__BOSSDESK__API_KEY": "key",
        "SOURCES__BOSSDESK__HISTORY": "tikets",
    }
    with pytest.raises(FixSettings, match="Did you mean 'tickets'") as caught:
        load_settings(env, tmp_path)
    assert "sources.bossdesk.history" in str(caught.value)


def test_a_table_without_rows_has_a_history_without_rows(session: Session) -> None:
    apply(session, 0)
    assert session.fetch(VERSIONS) == []
    assert session.fetch(TALK) == []
    at = apply(session, 1, (1, "one", ["first"]))
    assert session.fetch(VERSIONS) == [(1, "one", at, None)]


def test_a_history_that_lost_its_times_goes_on(session: Session) -> None:
    """A rule for columns removed them: when its versions ended is unknown, and new ones begin."""
    first = apply(session, 0, (1, "one", ["first"]))
    for table in ("tickets_history", "tickets_history__comments"):
        for column in ("_valid_from", "_valid_to"):
            session.db.execute(f"ALTER TABLE bossdesk.{table} DROP COLUMN {column}")
    second = apply(session, 1, (1, "two", ["first"]))
    assert session.fetch(VERSIONS) == [(1, "one", first, first), (1, "two", second, None)]
    assert session.fetch(TALK) == [(1, "first", first, first), (1, "first", second, None)]
