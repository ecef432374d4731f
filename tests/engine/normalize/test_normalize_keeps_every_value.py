"""Whatever JSON comes, each value can be found again under the rules, and nothing depends on the batch."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Context, InvalidOperation
from decimal import Decimal as Exact
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fieldhouse.sources.engine.normalize.normalizer import Frames, Normalizer
from fieldhouse.sources.engine.normalize.unify_schemas import conform, unify_schemas
from fieldhouse.sources.engine.spec.row import (
    Bool,
    Decimal,
    Epoch,
    Float,
    ForeignKey,
    Id,
    Int,
    Json,
    Row,
    Text,
)
from fieldhouse.sources.engine.spec.text import clean, text_of


class Inner(Row):
    name: Text = None
    size: Int = None


class Item(Row):
    id: Id = None
    name: Text = None


class Sample(Row):
    id: Id = None
    a: Int = None
    b: Float = None
    c: Decimal = None
    d: Bool = None
    e: ForeignKey = None
    f: Json = None
    g: Epoch = None
    inner: Inner | None = None
    items: list[Item] | None = None
    words: list[Text] | None = None


KEYS = st.sampled_from(
    [*"abcdefg", "A", "inner", "items", "words", "name", "size", "value", "x", "X", "_y", "9"]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([2**53 + 1, -(2**53) - 1, 2**63, -(2**70)]),
    st.floats(allow_nan=False, width=16),
    st.sampled_from(["", "0", "5", "true", "a\x00", "\ud800", "2026-01-01", "{}"]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(KEYS, inside, max_size=3),
    max_leaves=8,
)
RECORDS = st.lists(st.dictionaries(KEYS, VALUES, max_size=4), max_size=4)
WIDE = Context(prec=60)
SHAPER = Normalizer("things", ("id",), Sample, depth=2)


def framed(records: list[dict[str, Any]]) -> Frames:
    return SHAPER.frames(records, list(range(len(records))), SHAPER.hashes(records))


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [] if value is None else [value]


def spoken(value: Any) -> str:
    """A value as one text, whatever column it ended in: 5, 5.0, "5" and a decimal 5 are one."""
    if isinstance(value, bool):
        return "bool:true" if value else "bool:false"
    exact = int(value) if isinstance(value, float) and value.is_integer() else value
    text = clean(str(text_of(exact)))
    try:
        return str(Exact(text).normalize(WIDE))
    except InvalidOperation:
        return text


def stored(frames: Frames) -> set[str]:
    """Every value in every column, those inside JSON text too."""
    results: set[str] = set()
    for table in frames.tables.values():
        for row in table.to_pylist():
            for name, value in row.items():
                if value is not None and name[:2] not in ("_s", "_r", "_p", "_l"):
                    results |= {spoken(value)} | _inside(value)
                    results |= {spoken(str(value).lower()), f"bool:{value}".lower()}
                    results |= {spoken(value.timestamp())} if isinstance(value, datetime) else set()
    return results


def _inside(value: Any) -> set[str]:
    try:
        return {spoken(leaf) for leaf in leaves(json.loads(value))} if isinstance(value, str) else set()
    except ValueError:
        return set()


def changed_by_rule(leaf: Any) -> bool:
    """Empty texts and "none" references are null; 0 and 1 may be booleans; times end at microseconds."""
    return leaf in ("", "0", 0, 1, "1") or (isinstance(leaf, float) and leaf != round(leaf, 6))


@given(RECORDS)
def test_every_value_is_found_again(records: list[dict[str, Any]]) -> None:
    records = [{**record, "id": str(at)} for at, record in enumerate(records)]
    kept = stored(framed(records))
    for leaf in leaves(records):
        assert changed_by_rule(leaf) or spoken(leaf) in kept, leaf


@given(RECORDS)
def test_batches_of_any_size_give_the_same_rows(records: list[dict[str, Any]]) -> None:
    records = [{**record, "id": str(at)} for at, record in enumerate(records)]
    complete = framed(records)
    ones = [framed([record]) for record in records]
    for name, table in complete.tables.items():
        parts = [one for one in ones if name in one.tables]
        columns = unify_schemas([complete.columns[name], *(one.columns[name] for one in parts)])
        rows = conform(table, columns).to_pylist()
        apart = [row for one in parts for row in conform(one.tables[name], columns).to_pylist()]
        assert [messages(row) for row in rows] == [messages(row) for row in apart]


def messages(row: dict[str, Any]) -> dict[str, str]:
    """A row without our times; a number that became text may be spelled 5 or 5.0 depending on its batch."""
    return {name: spoken(value) for name, value in row.items() if value is not None and name != "_synced_at"}
