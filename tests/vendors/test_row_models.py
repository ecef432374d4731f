"""Row models of all vendors: every column says what it holds, and every relation leads somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.spec.row import ColumnType, Declaration, declared
from fieldhouse.sources.engine.spec.vendor import Vendor

_KEYS = {
    ColumnType.ID: "text",
    ColumnType.FOREIGN_KEY: "text",
    ColumnType.TEXT: "text",
    ColumnType.INT: "number",
}


@pytest.fixture(params=VENDORS)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    return VENDORS[request.param]


def columns(vendor: Vendor) -> dict[str, Declaration]:
    """Every declared column of a vendor by ``table.column``, those of child tables too."""
    return dict(pair for table in vendor.tables for pair in _columns(table.name, declared(table.row)))


def _columns(table: str, declarations: Iterable[Declaration]) -> Iterator[tuple[str, Declaration]]:
    for column in declarations:
        if column.type is None:
            yield from _columns(f"{table}__{column.name}", column.children)
        else:
            yield f"{table}.{column.name}", column


def test_every_column_says_what_it_holds(vendor: Vendor) -> None:
    assert [name for name, column in columns(vendor).items() if not column.description.strip()] == []


def test_every_relation_leads_to_a_column_of_the_same_kind(vendor: Vendor) -> None:
    known = columns(vendor)
    related = {name: column for name, column in known.items() if column.references}
    assert related
    for name, column in related.items():
        target = known[column.references or ""]
        kinds = {_KEYS.get(one) for one in (column.type, target.type) if one}
        assert kinds in ({"text"}, {"number"}), (name, column.references)


def test_every_local_time_says_its_zone(vendor: Vendor) -> None:
    """Instants are UTC; a time kept as text tells in which zone it is, or that nobody knows."""
    for name, column in columns(vendor).items():
        last = name.rpartition(".")[2]
        clock = last.endswith(("_date", "_time", "_datetime", "clocked_in", "clocked_out"))
        if column.type is ColumnType.TEXT and clock and "display" not in last:
            assert column.zone or "zone" in column.description, name


def test_every_measure_says_its_unit(vendor: Vendor) -> None:
    """Decimals count something; those that do not say what are the account's own fields, or said to be open."""
    open_ = ("quantity", "extra_credit", "mileage")
    for name, column in columns(vendor).items():
        last = name.rpartition(".")[2]
        if column.type is ColumnType.DECIMAL and not last.startswith("custom_") and last not in open_:
            assert column.unit, name
