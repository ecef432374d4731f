"""One limit for names in every warehouse, and landing schemas that are told from everything else."""

import pytest

from fieldhouse.sources.engine.spec import naming
from fieldhouse.warehouse.drivers.identifiers import (
    LONGEST,
    is_landing_of,
    is_landing_schema,
    landing_schema,
    shorten,
)


def test_the_engine_and_the_warehouse_shorten_to_the_same_length() -> None:
    assert naming.LONGEST == LONGEST
    for length in (62, 63, 64, 200):
        name = "a" * length
        assert naming.shortened(name) == shorten(name)
        assert len(shorten(name)) <= LONGEST


def test_names_outside_ascii_are_shortened_by_bytes() -> None:
    assert len(shorten("ü" * 40).encode()) <= LONGEST
    assert shorten("ü" * 40) != shorten("ü" * 41)


@pytest.mark.parametrize("length", [1, 20, 44, 45, 46, 54, 55, 62, 63])
def test_a_landing_schema_is_known_by_its_account_and_its_run(length: int) -> None:
    schema = ("notific_" + "x" * 80)[:length]
    first, second = landing_schema(schema, "0123abcd"), landing_schema(schema, "0123abce")
    assert first != second
    for name in (first, second, landing_schema(schema)):
        assert len(name) <= LONGEST
        assert is_landing_schema(name)
        assert is_landing_of(schema, name)
        assert not is_landing_of(f"{schema}y", name)


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ("notific", "notific"),
        ("notific", "notific__landing_of_another"),
        ("notific", "notific_emea__landing_0123abcd"),
        ("notific", "notific__landings"),
        ("notific", "NOTIFIC__landing"),
    ],
)
def test_no_other_schema_is_a_landing_schema_of_the_account(schema: str, name: str) -> None:
    assert not is_landing_of(schema, name)


def test_a_landing_schema_of_version_0_1_is_known() -> None:
    schema = "notific_" + "x" * 45
    assert is_landing_of(schema, f"{schema}__landing_0123abcd"[:LONGEST])
