"""Kinds: what each reads, what it refuses, and that the quick way and the careful way agree."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal as Exact
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldhouse.sources.engine.normalize.parse_columns import ARROW, Parsed, one_by_one, parse
from fieldhouse.sources.engine.normalize.parse_values import Rounded
from fieldhouse.sources.engine.spec.row import ColumnType

UNFIT, IMPOSSIBLE = "unfit", "impossible"


def read(values: list[Any], kind: ColumnType) -> Parsed:
    return parse(values, set(map(type, values)) - {type(None)}, kind)


def answer(fitted: Parsed) -> list[Any]:
    values = fitted.values.to_pylist() if isinstance(fitted.values, pa.Array) else list(fitted.values)
    for at in fitted.unfit:
        assert values[at] is None
        values[at] = UNFIT
    for at in fitted.impossible:
        assert values[at] is None
        values[at] = IMPOSSIBLE
    for at in fitted.rounded:
        values[at] = Rounded(values[at])
    return values


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


CASES: list[tuple[ColumnType, Any, Any]] = [
    (ColumnType.TEXT, "", ""),
    (ColumnType.TEXT, 5, "5"),
    (ColumnType.TEXT, 5.0, "5.0"),
    (ColumnType.TEXT, True, "true"),
    (ColumnType.TEXT, 2**80, str(2**80)),
    (ColumnType.TEXT, {"a": 1}, UNFIT),
    (ColumnType.TEXT, [], UNFIT),
    (ColumnType.ID, "", None),
    (ColumnType.ID, "0", "0"),
    (ColumnType.ID, 17, "17"),
    (ColumnType.FOREIGN_KEY, "", None),
    (ColumnType.FOREIGN_KEY, "0", None),
    (ColumnType.FOREIGN_KEY, 0, None),
    (ColumnType.FOREIGN_KEY, "00", "00"),
    (ColumnType.INT, "", None),
    (ColumnType.INT, "-7", -7),
    (ColumnType.INT, "007", 7),
    (ColumnType.INT, "5.00", 5),
    (ColumnType.INT, 5.0, 5),
    (ColumnType.INT, 5.5, UNFIT),
    (ColumnType.INT, "5.5", UNFIT),
    (ColumnType.INT, "0x1F", UNFIT),
    (ColumnType.INT, " 5", UNFIT),
    (ColumnType.INT, "1_000", UNFIT),
    (ColumnType.INT, "٣", UNFIT),
    (ColumnType.INT, True, UNFIT),
    (ColumnType.INT, 2**63 - 1, 2**63 - 1),
    (ColumnType.INT, 2**63, UNFIT),
    (ColumnType.INT, str(2**63), UNFIT),
    (ColumnType.INT, str(-(2**63)), -(2**63)),
    (ColumnType.INT, [1], UNFIT),
    (ColumnType.FLOAT, "", None),
    (ColumnType.FLOAT, "2.50", 2.5),
    (ColumnType.FLOAT, "1e3", 1000.0),
    (ColumnType.FLOAT, 7, 7.0),
    (ColumnType.FLOAT, 2**53 + 1, UNFIT),
    (ColumnType.FLOAT, 2**60, 2.0**60),
    (ColumnType.FLOAT, str(2**53 + 1), UNFIT),
    (ColumnType.FLOAT, 10**400, UNFIT),
    (ColumnType.FLOAT, "1e400", UNFIT),
    (ColumnType.FLOAT, "nan", UNFIT),
    (ColumnType.FLOAT, "12,5", UNFIT),
    (ColumnType.FLOAT, float("inf"), float("inf")),
    (ColumnType.FLOAT, False, UNFIT),
    (ColumnType.DECIMAL, "", None),
    (ColumnType.DECIMAL, "19.90", Exact("19.90")),
    (ColumnType.DECIMAL, 19.9, Exact("19.9")),
    (ColumnType.DECIMAL, 3, Exact(3)),
    (ColumnType.DECIMAL, "1e2", Exact(100)),
    (ColumnType.DECIMAL, "0.1234567891", Rounded(Exact("0.123456789"))),
    (ColumnType.DECIMAL, 19.990000000000002, Rounded(Exact("19.990000000"))),
    (ColumnType.DECIMAL, "-1.3333333333333333", Rounded(Exact("-1.333333333"))),
    (ColumnType.DECIMAL, "1234567890123456789012345678901.5", UNFIT),
    (ColumnType.DECIMAL, "9" * 29, Exact("9" * 29)),
    (ColumnType.DECIMAL, "9" * 30, UNFIT),
    (ColumnType.DECIMAL, "9" * 33, UNFIT),
    (ColumnType.DECIMAL, "95e31", UNFIT),
    (ColumnType.DECIMAL, "1e-999", Rounded(Exact("0E-9"))),
    (ColumnType.DECIMAL, "$5", UNFIT),
    (ColumnType.DECIMAL, float("nan"), UNFIT),
    (ColumnType.DECIMAL, True, UNFIT),
    (ColumnType.BOOL, "true", True),
    (ColumnType.BOOL, "false", False),
    (ColumnType.BOOL, "1", True),
    (ColumnType.BOOL, 0, False),
    (ColumnType.BOOL, "", None),
    (ColumnType.BOOL, 2, UNFIT),
    (ColumnType.BOOL, 1.0, UNFIT),
    (ColumnType.BOOL, "yes", UNFIT),
    (ColumnType.BOOL, "TRUE", UNFIT),
    (ColumnType.TIMESTAMP, "", None),
    (ColumnType.TIMESTAMP, "2016-10-23T12:45:14.234Z", utc(2016, 10, 23, 12, 45, 14, 234000)),
    (ColumnType.TIMESTAMP, "2016-10-23T12:45:14-04:00", utc(2016, 10, 23, 16, 45, 14)),
    (ColumnType.TIMESTAMP, "2016-10-23T12:45:14+0530", utc(2016, 10, 23, 7, 15, 14)),
    (ColumnType.TIMESTAMP, "2016-10-23 12:45:14", utc(2016, 10, 23, 12, 45, 14)),
    (ColumnType.TIMESTAMP, "2016-10-23T12:45:14.1234567Z", utc(2016, 10, 23, 12, 45, 14, 123456)),
    (ColumnType.TIMESTAMP, "2016-10-23T12:45:14.1234567", utc(2016, 10, 23, 12, 45, 14, 123456)),
    (ColumnType.TIMESTAMP, "2016-10-23", utc(2016, 10, 23)),
    (ColumnType.TIMESTAMP, "2016-10-23T12:45:74.234Z", IMPOSSIBLE),
    (ColumnType.TIMESTAMP, "0000-00-00 00:00:00", IMPOSSIBLE),
    (ColumnType.TIMESTAMP, "2016-02-30T00:00:00Z", IMPOSSIBLE),
    (ColumnType.TIMESTAMP, "19999-12-31 23:59:59", IMPOSSIBLE),
    (ColumnType.TIMESTAMP, "9999-12-31T23:59:59-05:00", IMPOSSIBLE),
    (ColumnType.TIMESTAMP, "0001-01-01T00:00:00+05:00", IMPOSSIBLE),
    (ColumnType.TIMESTAMP, "0000-01-01T00:00:00Z", IMPOSSIBLE),
    (ColumnType.TIMESTAMP, "0001-01-01T00:00:00", utc(1, 1, 1)),
    (ColumnType.TIMESTAMP, "next week", UNFIT),
    (ColumnType.TIMESTAMP, "10/23/2016", UNFIT),
    (ColumnType.TIMESTAMP, 1477226714, UNFIT),
    (ColumnType.EPOCH, 1477226714, utc(2016, 10, 23, 12, 45, 14)),
    (ColumnType.EPOCH, "1477226714", utc(2016, 10, 23, 12, 45, 14)),
    (ColumnType.EPOCH, 1477226714.5, utc(2016, 10, 23, 12, 45, 14, 500000)),
    (ColumnType.EPOCH, 0, utc(1970, 1, 1)),
    (ColumnType.EPOCH, "", None),
    (ColumnType.EPOCH, 10**15, UNFIT),
    (ColumnType.EPOCH, "2016-10-23", UNFIT),
    (ColumnType.EPOCH, float("nan"), UNFIT),
    (ColumnType.DATE, "2016-10-23", date(2016, 10, 23)),
    (ColumnType.DATE, "", None),
    (ColumnType.DATE, "2016-10-23T00:00:00", date(2016, 10, 23)),
    (ColumnType.DATE, "2016-10-23T00:00:00Z", date(2016, 10, 23)),
    (ColumnType.DATE, "2016-10-23T08:00:00", UNFIT),
    (ColumnType.DATE, "2016-10-23T00:00:00.0000001", UNFIT),
    (ColumnType.DATE, "2016-10-23T00:00:00-04:00", UNFIT),
    (ColumnType.DATE, "0000-00-00", IMPOSSIBLE),
    (ColumnType.DATE, "2016-13-01", IMPOSSIBLE),
    (ColumnType.DATE, "tomorrow", UNFIT),
    (ColumnType.JSON, {"b": [1, None]}, '{"b":[1,null]}'),
    (ColumnType.JSON, "x", '"x"'),
    (ColumnType.JSON, 2**70, str(2**70)),
]


@pytest.mark.parametrize(("kind", "sent", "wanted"), CASES)
def test_one_value(kind: ColumnType, sent: Any, wanted: Any) -> None:
    assert answer(read([sent], kind)) == [wanted]
    assert answer(read([None, sent], kind)) == [None, wanted]


@pytest.mark.parametrize("kind", list(ColumnType))
def test_all_values_of_a_kind_in_one_column(kind: ColumnType) -> None:
    mine = [case for case in CASES if case[0] is kind]
    assert answer(read([sent for _, sent, _ in mine], kind)) == [wanted for _, _, wanted in mine]


@pytest.mark.parametrize("kind", list(ColumnType))
def test_no_values_at_all(kind: ColumnType) -> None:
    for values in ([], [None, None]):
        assert answer(read(values, kind)) == values
        assert ARROW[kind] == pa.string() or read(values, kind).values.type == ARROW[kind]


NEARLY = st.one_of(
    st.from_regex(r"[+-]?[0-9]{0,20}(\.[0-9]{0,11})?(e[0-9]{1,3})?", fullmatch=True),
    st.from_regex(
        r"[0-9]{4,5}-(0?[0-9]|1[0-3])-([0-3]?[0-9])"
        r"([T ][0-2][0-9](:[0-6][0-9](:[0-6][0-9](\.[0-9]{1,9})?)?)?)?"
        r"(Z|[+-][0-2][0-9](:?[0-6][0-9])?)?",
        fullmatch=True,
    ),
    st.sampled_from(
        ["", "0", "true", "1", "nan", "inf", "Infinity", "0x1F", "-", "\x00", "\ud800", "2016-W10-1"]
    ),
)


@given(st.sampled_from(list(ColumnType)), st.lists(NEARLY, max_size=3))
def test_the_quick_way_agrees_with_the_careful_one_on_texts(kind: ColumnType, values: list[Any]) -> None:
    assert answer(read(values, kind)) == answer(one_by_one(values, kind))


@given(
    st.sampled_from(list(ColumnType)), st.lists(st.integers(-(2**65), 2**65) | st.integers(-9, 9), max_size=3)
)
def test_the_quick_way_agrees_with_the_careful_one_on_integers(kind: ColumnType, values: list[Any]) -> None:
    assert answer(read(values, kind)) == answer(one_by_one(values, kind))


NUMBERS = st.one_of(
    st.floats(), st.floats(-1e7, 1e7).map(lambda value: round(value, 2)), st.integers(-(2**60), 2**60)
)


@given(st.sampled_from(list(ColumnType)), st.lists(st.none() | NUMBERS, max_size=4))
def test_the_quick_way_agrees_with_the_careful_one_on_numbers(kind: ColumnType, values: list[Any]) -> None:
    assert repr(answer(read(values, kind))) == repr(answer(one_by_one(values, kind)))
