"""Schema drift: in-place widening, variants, and never a lost value, on both databases."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from fieldhouse.warehouse.errors import SchemaConflict, SchemaFrozen
from fieldhouse.warehouse.merge.evolve import variant_name
from fieldhouse.warehouse.model import Applied, Child, Column, TableLoad
from fieldhouse.warehouse.session import Session
from tests.support.warehouse.landed_rows import LANDING, T0, land


def sync(
    session: Session, kind: str, *values: Any, first: int = 1, landed_as: str = "", **changed: Any
) -> Applied:
    """Lands and applies rows (first, v), (first + 1, v)… of one column `v`."""
    types = {"id": "bigint", "v": landed_as or kind, "_synced_at": "timestamp"}
    land(session, "things", types, [(first + n, value, T0) for n, value in enumerate(values)])
    columns = (Column("id", "bigint", declared=True), Column("v", kind, original="V"))
    given: dict[str, Any] = {"columns": columns, "landed": True, **changed}
    return session.apply(
        "bossdesk", LANDING, TableLoad("things", ("id",), synced_at=T0, load_id="1", **given)
    )


def stored(session: Session, *columns: str) -> list[tuple[Any, ...]]:
    return session.fetch(f"SELECT {', '.join(columns or ('v',))} FROM bossdesk.things ORDER BY id")


def types(session: Session) -> dict[str, str]:
    return {c: k for c, k in session.catalogue("bossdesk")["things"].items() if c.startswith("v")}


def comments(session: Session) -> dict[str, str]:
    """What the database says of the columns that it says something of."""
    if session.db.dialect.name in ("duckdb", "ducklake"):
        sql = "SELECT column_name, comment FROM duckdb_columns() WHERE comment IS NOT NULL"
    else:
        sql = (
            "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute"
            " WHERE attrelid = 'bossdesk.things'::regclass AND col_description(attrelid, attnum) IS NOT NULL"
        )
    return dict(session.fetch(sql))


def actions(done: Applied) -> list[tuple[str, str, str, str]]:
    return [(c.column, c.from_type, c.to_type, c.action) for c in done.changes]


@pytest.mark.parametrize(
    ("old", "old_value", "new", "new_value", "both"),
    [
        ("bigint", 5, "double", 2.5, [5.0, 2.5]),
        ("bigint", 2**62, "decimal", Decimal("0.5"), [Decimal(2**62), Decimal("0.5")]),
    ],
)
def test_numbers_widen_in_place(
    session: Session, old: str, old_value: Any, new: str, new_value: Any, both: list[Any]
) -> None:
    sync(session, old, old_value)
    done = sync(session, new, new_value, first=2)
    assert actions(done) == [("v", old, new, "widened")]
    assert (types(session), done.new_columns) == ({"v": new}, [])
    assert [row[0] for row in stored(session)] == both
    assert session.fetch("SELECT count(*) FROM bossdesk._schema_changes WHERE action = 'widened'") == [(1,)]


def test_a_date_widens_to_a_moment_in_utc(session: Session) -> None:
    sync(session, "date", date(2026, 1, 2))
    sync(session, "timestamp", T0, first=2)
    assert types(session) == {"v": "timestamp"}
    assert stored(session) == [(datetime(2026, 1, 2, tzinfo=UTC),), (T0,)]


def test_integers_beyond_double_stay_exact_in_both_directions(session: Session) -> None:
    sync(session, "bigint", 2**53 + 1)
    done = sync(session, "double", 0.5, 7.0, first=2)
    assert [c.action for c in done.changes] == ["variant: held values are too large for double"]
    assert done.new_columns == ["v__v_double"]
    assert stored(session, "v", "v__v_double") == [(2**53 + 1, None), (None, 0.5), (7, None)]


def test_a_large_integer_does_not_shrink_into_a_double(session: Session) -> None:
    sync(session, "double", 0.5)
    assert actions(sync(session, "bigint", 5, first=2)) == [("v", "double", "bigint", "converted")]
    done = sync(session, "bigint", 2**53 + 1, first=3)
    assert actions(done) == [("v__v_bigint", "double", "bigint", "variant")]
    assert stored(session, "v", "v__v_bigint") == [(0.5, None), (5.0, None), (None, 2**53 + 1)]


def test_text_goes_into_a_number_where_it_is_one_and_beside_it_where_not(session: Session) -> None:
    sync(session, "bigint", 1)
    done = sync(session, "text", "5", "five", "05", "", None, str(2**63), "-3", first=2)
    assert actions(done) == [("v__v_text", "bigint", "text", "variant")]
    assert done.changes[0].original == "V"
    expected = [
        (1, None),
        (5, None),
        (None, "five"),
        (None, "05"),
        (None, ""),
        (None, None),
        (None, str(2**63)),
    ]
    assert stored(session, "v", "v__v_text") == [*expected, (-3, None)]
    assert sync(session, "text", "six", first=20).changes == []


@pytest.mark.parametrize(
    ("kind", "value", "texts", "fitting"),
    [
        (
            "double",
            1.5,
            ["2.5", "1e3", "0.30000000000000004", "1e+300", "0.3000000000000000444", "1e999", "x"],
            [2.5, 1000.0, 0.1 + 0.2, 1e300, None, None, None],
        ),
        ("boolean", True, ["false", "true", "1", "yes"], [False, True, None, None]),
        (
            "date",
            date(2026, 1, 1),
            ["2026-02-28", "2026-02-30", "28.2.2026"],
            [date(2026, 2, 28), None, None],
        ),
        (
            "timestamp",
            T0,
            ["2026-03-01T13:00:00+01:00", "2026-13-01T00:00:00Z", "2026-03-01 12:00:00"],
            [T0, None, None],
        ),
        ("decimal", Decimal("1.5"), ["2.50", "0.1234567891"], [Decimal("2.5"), None]),
    ],
)
def test_text_fits_other_types_only_in_their_exact_form(
    session: Session, kind: str, value: Any, texts: list[str], fitting: list[Any]
) -> None:
    sync(session, kind, value)
    sync(session, "text", *texts, first=2)
    rest = [text if fit is None else None for text, fit in zip(texts, fitting, strict=True)]
    assert stored(session, "v", "v__v_text")[1:] == list(zip(fitting, rest, strict=True))


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("bigint", -5, "-5"),
        ("boolean", True, "true"),
        ("timestamp", T0, "2026-03-01T12:00:00.000000Z"),
        ("date", date(2026, 1, 2), "2026-01-02"),
        ("double", 2.5, "2.5"),
        ("double", 5.0, "5.0"),
        ("double", 1e15 + 0.5, "1000000000000000.5"),
        ("double", float("-inf"), "-Infinity"),
    ],
)
def test_text_takes_every_value(session: Session, kind: str, value: Any, text: str) -> None:
    sync(session, "text", "x")
    done = sync(session, kind, value, first=2)
    assert (actions(done), done.reportable_changes("things")) == ([("v", "text", kind, "converted")], [])
    assert sync(session, kind, value, first=3).changes == []
    assert stored(session) == [("x",), (text,), (text,)]


def test_unlike_types_are_kept_apart(session: Session) -> None:
    sync(session, "boolean", True)
    sync(session, "bigint", 1, first=2)
    sync(session, "timestamp", T0, first=3)
    assert types(session) == {"v": "boolean", "v__v_bigint": "bigint", "v__v_timestamp": "timestamp"}
    assert stored(session, *types(session)) == [(True, None, None), (None, 1, None), (None, None, T0)]


def test_decimals_and_doubles_meet_only_where_they_are_equal(session: Session) -> None:
    sync(session, "decimal", Decimal("0.1"))
    sync(session, "double", 0.25, 1e300, 1e-12, first=2)
    assert stored(session, "v", "v__v_double")[1:] == [(Decimal("0.25"), None), (None, 1e300), (None, 1e-12)]


def test_a_double_takes_the_decimals_that_it_can_hold(session: Session) -> None:
    exact, too_long = Decimal("0.1"), Decimal("1234567890.123456789")
    sync(session, "double", 0.5)
    sync(session, "decimal", exact, too_long, Decimal(10**20), first=2)
    assert stored(session, "v", "v__v_decimal")[1:3] == [(0.1, None), (None, too_long)]


def test_json_arrives_as_text_and_keeps_what_does_not_parse(session: Session) -> None:
    values = ['{"a": [1, 2]}', "5", '"x"', "{broken", None]
    sync(session, "json", *values, landed_as="text")
    sync(session, "json", '{"b": 1}', first=10)
    actual = session.rows("bossdesk", "things", ["id", "v"]).sort_by("id").column("v").to_pylist()
    assert [text and text.replace(" ", "") for text in actual] == [
        '{"a":[1,2]}',
        "5",
        '"x"',
        '"{broken"',
        None,
        '{"b":1}',
    ]
    sync(session, "text", "plain", "[1]", "7", first=20)
    actual = session.rows("bossdesk", "things", ["id", "v"], {"id": [20, 21, 22]}).sort_by("id")
    assert actual.column("v").to_pylist() == ['"plain"', "[1]", '"7"']
    sync(session, "bigint", 9, first=30)
    assert types(session) == {"v": "json"}


def test_json_that_lands_in_a_number_goes_beside_it(session: Session) -> None:
    sync(session, "bigint", 1)
    sync(session, "json", "5", '{"a":1}', first=2, landed_as="text")
    assert types(session) == {"v": "bigint", "v__v_json": "json"}
    actual = session.rows("bossdesk", "things", ["id", "v", "v__v_json"]).sort_by("id").to_pylist()
    assert [(row["v"], (row["v__v_json"] or "").replace(" ", "")) for row in actual] == [
        (1, ""),
        (5, ""),
        (None, '{"a":1}'),
    ]


def test_a_variant_that_also_landed_by_itself_is_one_column(session: Session) -> None:
    sync(session, "bigint", 1)
    kinds = {"id": "bigint", "v": "text", "v__v_text": "text", "_synced_at": "timestamp"}
    land(session, "things", kinds, [(2, "five", None, T0), (3, "5", None, T0), (4, None, "own", T0)])
    columns = (Column("id", "bigint"), Column("v", "text"), Column("v__v_text", "text"))
    session.apply("bossdesk", LANDING, TableLoad("things", ("id",), columns, T0, "2", landed=True))
    assert stored(session, "v", "v__v_text") == [(1, None), (None, "five"), (5, None), (None, "own")]


def test_a_variant_keeps_clear_of_a_column_that_has_its_name(session: Session) -> None:
    columns = (Column("id", "bigint"), Column("v", "bigint"), Column("v__v_text", "bigint"))
    kinds = {column.name: column.type for column in columns} | {"_synced_at": "timestamp"}
    land(session, "things", kinds, [(1, 1, 5, T0)])
    session.apply("bossdesk", LANDING, TableLoad("things", ("id",), columns, T0, "1", landed=True))
    for _ in range(2):
        sync(session, "text", "five", first=2)
    assert stored(session, "v", "v__v_text", "v__v_text_") == [(1, 5, None), (None, None, "five")]


def test_new_and_absent_columns(session: Session) -> None:
    sync(session, "bigint", 1, 2)
    kinds = {"id": "bigint", "w": "text", "_synced_at": "timestamp"}
    land(session, "things", kinds, [(2, "new", T0)])
    columns = (Column("id", "bigint"), Column("w", "text", original="W.x", description="what it means"))
    done = session.apply(
        "bossdesk", LANDING, TableLoad("things", ("id",), columns, T0, "2", landed=True, run_id="r1")
    )
    assert (done.new_columns, actions(done)) == (["w"], [("w", "", "text", "added")])
    assert stored(session, "v", "w") == [(1, None), (None, "new")]
    log = "SELECT table_name, column_name, to_type, action, original, run_id FROM bossdesk._schema_changes"
    assert session.fetch(f"{log} WHERE column_name = 'w'") == [("things", "w", "text", "added", "W.x", "r1")]
    output = comments(session)
    assert output.pop("_synced_at") == "when this version of the row was read"
    assert "null while the vendor has it" in output.pop("_deleted_at")
    assert output == {"v": "the vendor's field V", "w": "what it means; the vendor's field W.x"}


def test_a_key_changes_its_type_in_place_with_its_children(session: Session) -> None:
    child = Child("things__tags", (Column("value", "text"),), ("_parent_id",))
    sync(session, "text", "a", children=(child,))
    kinds = {"value": "text", "_parent_id": "bigint", "_list_index": "bigint", "_synced_at": "timestamp"}
    land(session, "things__tags", kinds, [("x", 1, 0, T0)])
    sync(session, "text", "a", children=(child,))
    session.db.execute(f'DROP TABLE "{LANDING}"."things__tags"')
    land(
        session,
        "things",
        {"id": "text", "v": "text", "_synced_at": "timestamp"},
        [("a-1", "b", T0), ("1", "c", T0)],
    )
    columns = (Column("id", "text"), Column("v", "text"))
    session.apply(
        "bossdesk", LANDING, TableLoad("things", ("id",), columns, T0, "2", children=(child,), landed=True)
    )
    assert stored(session, "id", "v") == [("1", "c"), ("a-1", "b")]
    assert session.catalogue("bossdesk")["things__tags"]["_parent_id"] == "text"
    assert session.fetch("SELECT value FROM bossdesk.things__tags") == []
    done = sync(session, "text", "d")
    assert (done.changes, stored(session, "id", "v")) == ([], [("1", "d"), ("a-1", "b")])


def test_a_frozen_schema_refuses_any_difference_and_applies_nothing(session: Session) -> None:
    sync(session, "bigint", 1, drift="freeze")
    assert sync(session, "bigint", 2, drift="freeze").rows_written == 1
    with pytest.raises(SchemaFrozen) as refused:
        sync(session, "text", "five", drift="freeze")
    assert refused.value.differences == ["new column things.v__v_text (text) for values that do not fit"]
    with pytest.raises(SchemaFrozen):
        sync(session, "double", 2.5, drift="freeze")
    assert (stored(session), types(session)) == ([(2,)], {"v": "bigint"})


def test_discard_keeps_the_schema_and_says_once_what_it_dropped(session: Session) -> None:
    sync(session, "bigint", 1)
    child = Child("things__tags", (Column("value", "text"),), ("_parent_id",))
    columns = (
        Column("id", "bigint"),
        Column("v", "text"),
        Column("w", "text"),
        Column("ours", "text", declared=True),
    )
    for _ in range(2):
        done = sync(
            session, "text", "five", "6", first=2, drift="discard", columns=columns, children=(child,)
        )
        dropped = [(c.table, c.column) for c in done.changes if c.action == "discarded"]
        assert dropped == [("things", "v"), ("things", "w"), ("things", "things__tags")]
    assert types(session) == {"v": "bigint"}
    assert "ours" in session.catalogue("bossdesk")["things"]
    assert stored(session) == [(1,), (None,), (6,)]
    assert session.fetch("SELECT count(*) FROM bossdesk._schema_changes WHERE action = 'discarded'") == [(3,)]


def test_what_a_view_or_an_index_holds_fast_goes_into_a_variant(session: Session) -> None:
    if session.db.dialect.name == "ducklake":
        pytest.skip("a lake has no indexes, and its views do not hold a column")
    sync(session, "bigint", 1)
    if session.db.dialect.name == "postgres":
        session.db.execute("CREATE VIEW bossdesk.seen AS SELECT v FROM bossdesk.things")
        blocker = "view bossdesk.seen"
    else:
        session.db.execute("CREATE INDEX fast ON bossdesk.things (v)")
        blocker = "index fast"
    done = sync(session, "double", 2.5, 3.0, first=2)
    assert actions(done) == [("v__v_double", "bigint", "double", f"variant: blocked by {blocker}")]
    assert stored(session, "v", "v__v_double") == [(1, None), (None, 2.5), (3, None)]


def test_a_blocked_key_is_refused_with_what_to_do(session: Session) -> None:
    if session.db.dialect.name == "ducklake":
        pytest.skip("a lake has no indexes, and its views do not hold a column")
    sync(session, "bigint", 1)
    view = "CREATE VIEW bossdesk.seen AS SELECT id FROM bossdesk.things"
    session.db.execute(
        view if session.db.dialect.name == "postgres" else "CREATE INDEX seen ON bossdesk.things (id)"
    )
    land(session, "things", {"id": "text", "_synced_at": "timestamp"}, [("x", T0)])
    with pytest.raises(SchemaConflict, match=r"things.id is a key .* drop (view|index) "):
        session.apply(
            "bossdesk", LANDING, TableLoad("things", ("id",), (Column("id", "text"),), T0, "2", landed=True)
        )


def test_a_variant_of_a_long_name_stays_within_what_postgres_keeps() -> None:
    name = variant_name("x" * 60, "text")
    assert len(name) == 63
    assert name != variant_name("x" * 60, "json")
    assert variant_name("v", "text") == "v__v_text"
