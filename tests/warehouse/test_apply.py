"""One load into one table and its children, on both databases."""

from datetime import timedelta

import pyarrow as pa
import pytest

from fieldhouse.warehouse.model import Child, Column
from fieldhouse.warehouse.session import Session
from tests.support.ticket_loads import COMMENTS, TICKETS, apply, land_comments, land_tickets, load, titles
from tests.support.warehouse.landed_rows import T0, land

LIKES = Child("tickets__comments__likes", (Column("value", "text"),), ("_root_id",))


def comments(session: Session) -> list[tuple[int, int, str]]:
    return session.fetch(
        "SELECT _parent_id, _list_index, body FROM bossdesk.tickets__comments"
        " WHERE _deleted_at IS NULL ORDER BY _parent_id, _list_index"
    )


def ids(*keys: int) -> pa.Table:
    return pa.table({"id": pa.array(keys, pa.int64())})


def test_the_first_load_creates_the_tables_and_logs_what_nobody_declared(session: Session) -> None:
    land_tickets(session, (1, "one"), (2, "two"))
    land_comments(session, (1, 0, 10, "hello"))
    done = apply(session)
    assert (done.rows_written, done.rows_deleted, done.rows_restored, done.new_columns) == (2, 0, 0, [])
    assert [(c.table, c.column, c.action) for c in done.changes] == [
        ("tickets", "", "created"),
        ("tickets__comments", "", "created"),
        ("tickets__comments", "id", "added"),
        ("tickets__comments", "body", "added"),
    ]
    assert done.reportable_changes("tickets") == []
    assert titles(session) == {1: "one", 2: "two"}
    assert comments(session) == [(1, 0, "hello")]
    assert list(session.catalogue("bossdesk")["tickets"]) == [
        "id", "title", "_synced_at", "_deleted_at", "_row_hash", "_dlt_load_id",
    ]  # fmt: skip
    assert session.fetch("SELECT count(*) FROM bossdesk._schema_changes") == [(4,)]
    assert session.fetch("SELECT DISTINCT _dlt_load_id FROM bossdesk.tickets") == [("1",)]


def test_declared_tables_exist_though_nothing_landed(session: Session) -> None:
    done = apply(session, landed=False, state={"cursor": "a"})
    assert done.rows_written == 0
    assert session.catalogue("bossdesk")["tickets"]["id"] == "bigint"
    assert session.count("bossdesk", "tickets") == (0, 0)


def test_a_changed_row_replaces_the_row_and_its_children(session: Session) -> None:
    land_tickets(session, (1, "one"), (2, "two"))
    land_comments(session, (1, 0, 10, "a"), (1, 1, 11, "b"), (2, 0, 20, "c"))
    apply(session)
    later = T0 + timedelta(hours=1)
    land_tickets(session, (1, "uno"), (3, "three"), at=later)
    land_comments(session, (1, 0, 11, "b"), at=later)
    done = apply(session, synced_at=later, load_id="2")
    assert done.rows_written == 2
    assert titles(session) == {1: "uno", 2: "two", 3: "three"}
    assert comments(session) == [(1, 0, "b"), (2, 0, "c")]


def test_a_list_that_became_empty_empties_the_child_table(session: Session) -> None:
    land_tickets(session, (1, "one"))
    land_comments(session, (1, 0, 10, "a"))
    apply(session)
    land_tickets(session, (1, "uno"))
    land_comments(session)
    apply(session)
    assert comments(session) == []


def test_children_go_even_when_the_load_does_not_know_their_table(session: Session) -> None:
    land_tickets(session, (1, "one"))
    land_comments(session, (1, 0, 10, "a"))
    apply(session)
    land_tickets(session, (1, "uno"))
    apply(session, children=())
    assert comments(session) == []


def test_children_that_the_vendor_left_out_stay_while_their_row_lives(session: Session) -> None:
    land_tickets(session, (1, "one"), (2, "two"))
    land_comments(session, (1, 0, 10, "a"), (2, 0, 20, "b"))
    apply(session)
    land_tickets(session, (1, "uno"), at=T0 + timedelta(hours=1))
    land_comments(session)
    apply(
        session,
        retained_children=frozenset({"tickets__comments"}),
        deleted=ids(2),
        synced_at=T0 + timedelta(hours=1),
    )
    assert titles(session) == {1: "uno"}
    assert comments(session) == [(1, 0, "a")]


def test_children_of_children_follow_the_root(session: Session) -> None:
    types = {
        "value": "text",
        "_root_id": "bigint",
        "_parent_id": "bigint",
        "_list_index": "bigint",
        "_synced_at": "timestamp",
    }
    land_tickets(session, (1, "one"), (2, "two"))
    land_comments(session, (1, 0, 10, "a"), (2, 0, 20, "b"))
    land(session, "tickets__comments__likes", types, [("x", 1, 10, 0, T0), ("y", 2, 20, 0, T0)])
    apply(session, children=(COMMENTS, LIKES))
    land_tickets(session, (1, "uno"))
    land_comments(session, (1, 0, 10, "a"))
    land(session, "tickets__comments__likes", types, [("z", 1, 10, 0, T0)])
    apply(session, children=(COMMENTS, LIKES))
    actual = session.fetch(
        "SELECT _root_id, _parent_id, value FROM bossdesk.tickets__comments__likes ORDER BY 1"
    )
    assert actual == [(1, 10, "z"), (2, 20, "y")]


def test_the_newest_version_of_a_key_wins_with_its_own_children(session: Session) -> None:
    types = {"id": "bigint", "title": "text", "_row_hash": "bigint", "_synced_at": "timestamp"}
    newer = T0 + timedelta(microseconds=1)
    land(session, "tickets", types, [(1, "new", 1, newer), (1, "old", 2, T0), (2, "two", 3, T0)])
    kinds = {
        "id": "bigint",
        "body": "text",
        "_parent_id": "bigint",
        "_list_index": "bigint",
        "_synced_at": "timestamp",
    }
    rows = [
        (10, "of new", 1, 0, newer),
        (10, "of old", 1, 0, T0),
        (11, "of old", 1, 1, T0),
        (20, "of two", 2, 0, T0),
    ]
    land(session, "tickets__comments", kinds, rows)
    assert apply(session).rows_written == 2
    assert titles(session) == {1: "new", 2: "two"}
    assert comments(session) == [(1, 0, "of new"), (2, 0, "of two")]


def test_one_version_landed_twice_counts_once(session: Session) -> None:
    land_tickets(session, (1, "one"), (1, "one"))
    land_comments(session, (1, 0, 10, "a"), (1, 1, 11, "b"), (1, 0, 10, "a"), (1, 1, 11, "b"))
    assert apply(session).rows_written == 1
    assert comments(session) == [(1, 0, "a"), (1, 1, "b")]


def test_deletes_are_marked_with_their_children_and_counted_once(session: Session) -> None:
    land_tickets(session, (1, "one"), (2, "two"))
    land_comments(session, (1, 0, 10, "a"), (2, 0, 20, "b"))
    apply(session)
    later = T0 + timedelta(days=1)
    assert apply(session, landed=False, deleted=ids(1, 99), synced_at=later).rows_deleted == 1
    assert apply(session, landed=False, deleted=ids(1), synced_at=later + timedelta(days=1)).rows_deleted == 0
    assert session.count("bossdesk", "tickets") == (1, 1)
    assert session.fetch("SELECT _deleted_at FROM bossdesk.tickets WHERE id = 1 AND title = 'one'") == [
        (later,)
    ]
    assert comments(session) == [(2, 0, "b")]


def test_hard_deletes_leave_nothing(session: Session) -> None:
    land_tickets(session, (1, "one"), (2, "two"))
    land_comments(session, (1, 0, 10, "a"))
    apply(session)
    assert apply(session, landed=False, deleted=ids(1), deletes="hard").rows_deleted == 1
    assert session.count("bossdesk", "tickets") == (1, 0)
    assert session.count("bossdesk", "tickets__comments") == (0, 0)


def test_a_row_that_comes_back_is_unmarked(session: Session) -> None:
    land_tickets(session, (1, "one"), (2, "two"))
    land_comments(session, (1, 0, 10, "a"))
    apply(session)
    apply(session, landed=False, deleted=ids(1, 2))
    land_tickets(session, (1, "one"))
    land_comments(session, (1, 0, 10, "a"))
    done = apply(session)
    assert (done.rows_written, done.rows_restored) == (1, 1)
    assert apply(session, landed=False, rechecked=ids(2)).rows_restored == 1
    assert session.count("bossdesk", "tickets") == (2, 0)
    assert comments(session) == [(1, 0, "a")]


def test_touched_rows_get_a_new_moment_and_nothing_else(session: Session) -> None:
    land_tickets(session, (1, "one"), (2, "two"))
    land_comments(session, (1, 0, 10, "a"))
    apply(session)
    later = T0 + timedelta(days=2)
    done = apply(session, landed=False, rechecked=ids(1), synced_at=later)
    assert (done.rows_written, done.rows_restored) == (0, 0)
    assert session.fetch("SELECT id, _synced_at FROM bossdesk.tickets ORDER BY id") == [(1, later), (2, T0)]
    assert session.fetch("SELECT _synced_at FROM bossdesk.tickets__comments") == [(later,)]


def test_a_full_replace_deletes_what_did_not_land(session: Session) -> None:
    land_tickets(session, (1, "one"), (2, "two"))
    apply(session)
    land_tickets(session, (2, "two"), (3, "three"))
    assert apply(session, full_replace=True).rows_deleted == 1
    assert session.count("bossdesk", "tickets") == (2, 1)
    assert apply(session, full_replace=True, landed=False, deletes="hard").rows_deleted == 2
    assert titles(session) == {}


def test_a_table_without_a_key_is_replaced_whole(session: Session) -> None:
    for rows in ([(1, "one"), (1, "one"), (2, "two")], [(5, "five")]):
        land_tickets(session, *rows)
        done = apply(session, key=(), children=(), full_replace=True)
        assert done.rows_written == len(rows)
    assert done.rows_deleted == 2
    assert titles(session) == {5: "five"}
    with pytest.raises(ValueError, match="no key"):
        load(key=())


def test_the_state_moves_with_the_rows_or_not_at_all(session: Session) -> None:
    land_tickets(session, (1, "one"))
    apply(session, state={"cursor": "2026-01-01", "n": 1})
    assert session.states("bossdesk") == {"tickets": {"cursor": "2026-01-01", "n": 1}}
    land_tickets(session, (1, "uno"), (2, "two"))
    bad = pa.table({"wrong": pa.array([1])})
    with pytest.raises(KeyError):
        apply(session, columns=(*TICKETS, Column("extra", "text")), state={"cursor": "later"}, deleted=bad)
    assert titles(session) == {1: "one"}
    assert "extra" not in session.catalogue("bossdesk")["tickets"]
    assert session.states("bossdesk")["tickets"]["cursor"] == "2026-01-01"
    session.put_state("bossdesk", "tickets", None)
    assert session.states("bossdesk") == {}
