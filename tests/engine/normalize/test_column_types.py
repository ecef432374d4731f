"""Each column type has an entry in each mapping, and each logical type in each driver."""

from __future__ import annotations

from typing import get_args

import pytest

from fieldhouse.sources.engine.normalize.frames import Column, logical
from fieldhouse.sources.engine.normalize.parse_columns import ARROW, one_by_one, parse
from fieldhouse.sources.engine.normalize.parse_values import READ
from fieldhouse.sources.engine.spec import row
from fieldhouse.sources.engine.spec.row import ColumnType
from fieldhouse.warehouse.drivers.duck_dialect import DuckDialect
from fieldhouse.warehouse.drivers.postgres_dialect import PostgresDialect
from fieldhouse.warehouse.model import LOGICAL_TYPES

ALIASES = {
    argument: name
    for name, alias in vars(row).items()
    for argument in get_args(alias)[1:]
    if isinstance(argument, ColumnType)
}


@pytest.mark.parametrize("kind", ColumnType)
def test_a_column_type_has_an_alias_a_parser_and_an_arrow_type(kind: ColumnType) -> None:
    assert kind in ALIASES
    assert kind in READ
    assert kind in ARROW
    for values in ([], [None, None]):
        complete, single = parse(values, set(), kind), one_by_one(values, kind)
        assert list(complete.values) == list(single.values) or complete.values.equals(single.values)


@pytest.mark.parametrize("kind", ColumnType)
def test_a_column_type_has_a_logical_type_that_every_driver_has(kind: ColumnType) -> None:
    name = logical(Column("value", ARROW[kind], declared=True, json=kind is ColumnType.JSON))
    assert name in LOGICAL_TYPES
    for dialect in (DuckDialect(), PostgresDialect()):
        assert name in dialect.types


@pytest.mark.parametrize("dialect", [DuckDialect(), PostgresDialect()], ids=lambda dialect: dialect.name)
def test_a_driver_names_each_logical_type_and_reads_its_own_names_back(
    dialect: DuckDialect | PostgresDialect,
) -> None:
    assert set(dialect.types) == set(LOGICAL_TYPES)
    assert {name: dialect.logical(native) for name, native in dialect.types.items()} == {
        name: name for name in LOGICAL_TYPES
    }


def test_no_mapping_has_a_type_that_nobody_declared() -> None:
    assert set(READ) == set(ARROW) == set(ColumnType) == set(ALIASES)
