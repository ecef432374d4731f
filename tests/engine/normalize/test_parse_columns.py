"""Kinds: what each reads, what it refuses, and that the quick way and the careful way agree."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal as Exact
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldhouse.sources.engine.normalize.parse_columns import ARROW, Fitted, fit, one_by_one
from fieldhouse.sources.engine.spec.row import Kind

UNFIT, IMPOSSIBLE = "unfit", "impossible"


def read(values: list[Any], kind: Kind) -> Fitted:
    return fit(values, set(map(type, values)) - {type(None)}, kind)


def answer(fitted: Fitted) -> list[Any]:
    values = fitted.values.to_pylist() if isinstance(fitted.values, pa.Array) else list(fitted.values)
    for at in fitted.unfit:
        assert values[at] is None
        values[at] = UNFIT
    for at in fitted.impossible:
        assert values[at] is None
        values[at] = IMPOSSIBLE
    return values


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


CASES: list[tuple[Kind, Any, Any]] = [
    (Kind.TEXT, "", ""),
    (Kind.TEXT, 5, "5"),
    (Kind.TEXT, 5.0, "5.0"),
    (Kind.TEXT, True, "true"),
    (Kind.TEXT, 2**80, str(2**80)),
    (Kind.TEXT, {"a": 1}, UNFIT),
    (Kind.TEXT, [], UNFIT),
    (Kind.ID, "", None),
    (Kind.ID, "0", "0"),
    (Kind.ID, 17, "17"),
    (Kind.REF_ID, "", None),
    (Kind.REF_ID, "0", None),
    (Kind.REF_ID, 0, None),
    (Kind.REF_ID, "00", "00"),
    (Kind.INT, "", None),
    (Kind.INT, "-7", -7),
    (Kind.INT, "007", 7),
    (Kind.INT, "5.00", 5),
    (Kind.INT, 5.0, 5),
    (Kind.INT, 5.5, UNFIT),
    (Kind.INT, "5.5", UNFIT),
    (Kind.INT, "0x1F", UNFIT),
    (Kind.INT, " 5", UNFIT),
    (Kind.INT, "1_000", UNFIT),
    (Kind.INT, "٣", UNFIT),
    (Kind.INT, True, UNFIT),
    (Kind.INT, 2**63 - 1, 2**63 - 1),
    (Kind.INT, 2**63, UNFIT),
    (Kind.INT, str(2**63), UNFIT),
    (Kind.INT, str(-(2**63)), -(2**63)),
    (Kind.INT, [1], UNFIT),
    (Kind.NUMBER, "", None),
    (Kind.NUMBER, "2.50", 2.5),
    (Kind.NUMBER, "1e3", 1000.0),
    (Kind.NUMBER, 7, 7.0),
    (Kind.NUMBER, 2**53 + 1, UNFIT),
    (Kind.NUMBER, 2**60, 2.0**60),
    (Kind.NUMBER, str(2**53 + 1), UNFIT),
    (Kind.NUMBER, 10**400, UNFIT),
    (Kind.NUMBER, "1e400", UNFIT),
    (Kind.NUMBER, "nan", UNFIT),
    (Kind.NUMBER, "12,5", UNFIT),
    (Kind.NUMBER, float("inf"), float("inf")),
    (Kind.NUMBER, False, UNFIT),
    (Kind.DECIMAL, "", None),
    (Kind.DECIMAL, "19.90", Exact("19.90")),
    (Kind.DECIMAL, 19.9, Exact("19.9")),
    (Kind.DECIMAL, 3, Exact(3)),
    (Kind.DECIMAL, "1e2", Exact(100)),
    (Kind.DECIMAL, "0.1234567891", UNFIT),
    (Kind.DECIMAL, "9" * 29, Exact("9" * 29)),
    (Kind.DECIMAL, "9" * 30, UNFIT),
    (Kind.DECIMAL, "9" * 33, UNFIT),
    (Kind.DECIMAL, "95e31", UNFIT),
    (Kind.DECIMAL, "1e-999", UNFIT),
    (Kind.DECIMAL, "$5", UNFIT),
    (Kind.DECIMAL, float("nan"), UNFIT),
    (Kind.DECIMAL, True, UNFIT),
    (Kind.BOOL, "true", True),
    (Kind.BOOL, "false", False),
    (Kind.BOOL, "1", True),
    (Kind.BOOL, 0, False),
    (Kind.BOOL, "", None),
    (Kind.BOOL, 2, UNFIT),
    (Kind.BOOL, 1.0, UNFIT),
    (Kind.BOOL, "yes", UNFIT),
    (Kind.BOOL, "TRUE", UNFIT),
    (Kind.UTC, "", None),
    (Kind.UTC, "2016-10-23T12:45:14.234Z", utc(2016, 10, 23, 12, 45, 14, 234000)),
    (Kind.UTC, "2016-10-23T12:45:14-04:00", utc(2016, 10, 23, 16, 45, 14)),
    (Kind.UTC, "2016-10-23T12:45:14+0530", utc(2016, 10, 23, 7, 15, 14)),
    (Kind.UTC, "2016-10-23 12:45:14", utc(2016, 10, 23, 12, 45, 14)),
    (Kind.UTC, "2016-10-23T12:45:14.1234567Z", utc(2016, 10, 23, 12, 45, 14, 123456)),
    (Kind.UTC, "2016-10-23T12:45:14.1234567", utc(2016, 10, 23, 12, 45, 14, 123456)),
    (Kind.UTC, "2016-10-23", utc(2016, 10, 23)),
    (Kind.UTC, "2016-10-23T12:45:74.234Z", IMPOSSIBLE),
    (Kind.UTC, "0000-00-00 00:00:00", IMPOSSIBLE),
    (Kind.UTC, "2016-02-30T00:00:00Z", IMPOSSIBLE),
    (Kind.UTC, "19999-12-31 23:59:59", IMPOSSIBLE),
    (Kind.UTC, "9999-12-31T23:59:59-05:00", IMPOSSIBLE),
    (Kind.UTC, "0001-01-01T00:00:00+05:00", IMPOSSIBLE),
    (Kind.UTC, "0000-01-01T00:00:00Z", IMPOSSIBLE),
    (Kind.UTC, "0001-01-01T00:00:00", utc(1, 1, 1)),
    (Kind.UTC, "next week", UNFIT),
    (Kind.UTC, "10/23/2016", UNFIT),
    (Kind.UTC, 1477226714, UNFIT),
    (Kind.EPOCH, 1477226714, utc(2016, 10, 23, 12, 45, 14)),
    (Kind.EPOCH, "1477226714", utc(2016, 10, 23, 12, 45, 14)),
    (Kind.EPOCH, 1477226714.5, utc(2016, 10, 23, 12, 45, 14, 500000)),
    (Kind.EPOCH, 0, utc(1970, 1, 1)),
    (Kind.EPOCH, "", None),
    (Kind.EPOCH, 10**15, UNFIT),
    (Kind.EPOCH, "2016-10-23", UNFIT),
    (Kind.EPOCH, float("nan"), UNFIT),
    (Kind.DATE, "2016-10-23", date(2016, 10, 23)),
    (Kind.DATE, "", None),
    (Kind.DATE, "2016-10-23T00:00:00", date(2016, 10, 23)),
    (Kind.DATE, "2016-10-23T00:00:00Z", date(2016, 10, 23)),
    (Kind.DATE, "2016-10-23T08:00:00", UNFIT),
    (Kind.DATE, "2016-10-23T00:00:00.0000001", UNFIT),
    (Kind.DATE, "2016-10-23T00:00:00-04:00", UNFIT),
    (Kind.DATE, "0000-00-00", IMPOSSIBLE),
    (Kind.DATE, "2016-13-01", IMPOSSIBLE),
    (Kind.DATE, "tomorrow", UNFIT),
    (Kind.JSON, {"b": [1, None]}, '{"b":[1,null]}'),
    (Kind.JSON, "x", '"x"'),
    (Kind.JSON, 2**70, str(2**70)),
]


@pytest.mark.parametrize(("kind", "sent", "wanted"), CASES)
def test_one_value(kind: Kind, sent: Any, wanted: Any) -> None:
    assert answer(read([sent], kind)) == [wanted]
    assert answer(read([None, sent], kind)) == [None, wanted]


@pytest.mark.parametrize("kind", list(Kind))
def test_all_values_of_a_kind_in_one_column(kind: Kind) -> None:
    mine = [case for case in CASES if case[0] is kind]
    assert answer(read([sent for _, sent, _ in mine], kind)) == [wanted for _, _, wanted in mine]


@pytest.mark.parametrize("kind", list(Kind))
def test_no_values_at_all(kind: Kind) -> None:
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


@given(st.sampled_from(list(Kind)), st.lists(NEARLY, max_size=3))
def test_the_quick_way_agrees_with_the_careful_one_on_texts(kind: Kind, values: list[Any]) -> None:
    assert answer(read(values, kind)) == answer(one_by_one(values, kind))


@given(st.sampled_from(list(Kind)), st.lists(st.integers(-(2**65), 2**65) | st.integers(-9, 9), max_size=3))
def test_the_quick_way_agrees_with_the_careful_one_on_integers(kind: Kind, values: list[Any]) -> None:
    assert answer(read(values, kind)) == answer(one_by_one(values, kind))


NUMBERS = st.one_of(
    st.floats(), st.floats(-1e7, 1e7).map(lambda value: round(value, 2)), st.integers(-(2**60), 2**60)
)


@given(st.sampled_from(list(Kind)), st.lists(st.none() | NUMBERS, max_size=4))
def test_the_quick_way_agrees_with_the_careful_one_on_numbers(kind: Kind, values: list[Any]) -> None:
    assert repr(answer(read(values, kind))) == repr(answer(one_by_one(values, kind)))
