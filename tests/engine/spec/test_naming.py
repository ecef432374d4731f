"""Names of columns: one form, stable, never two values under one name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldhouse.sources.engine.spec.naming import is_column_name, joined, resolved, snake_case


@pytest.mark.parametrize(
    ("vendor", "column"),
    [
        ("WorkOrderLines", "work_order_lines"),
        ("userId", "user_id"),
        ("userID", "user_id"),
        ("userIDs", "user_ids"),
        ("HTTPServer", "http_server"),
        ("Foo Bar", "foo_bar"),
        ("job-number", "job_number"),
        ("a__b", "a_b"),
        ("name_", "name"),
        ("CreatedOn", "created_on"),
        ("24_hour_clock", "_24_hour_clock"),
        ("_deleted_at", "x_deleted_at"),
        ("_24", "x_24"),
        ("__typename", "x_typename"),
        ("Café Crème", "cafe_creme"),
    ],
)
def test_snake_case(vendor: str, column: str) -> None:
    assert snake_case(vendor) == column


def test_names_without_ascii_letters_get_a_hash_of_their_own() -> None:
    japanese, russian = snake_case("日本"), snake_case("Имя")
    assert re.fullmatch("x_[0-9a-f]{8}", japanese)
    assert japanese != russian
    assert snake_case("") != snake_case("!")


def test_long_names_are_cut_to_63_bytes_and_stay_apart() -> None:
    one, other = snake_case("a" * 80 + "b"), snake_case("a" * 80 + "c")
    assert len(one) == len(other) == 63
    assert one != other
    assert one[:54] == "a" * 54


def test_levels_join_and_are_cut_too() -> None:
    assert joined("agent", "username") == "agent__username"
    assert joined("", "username") == "username"
    assert len(joined("a" * 40, "b" * 40)) == 63


def test_keys_that_meet_stay_apart_whatever_their_order() -> None:
    names = resolved(("userId", "user_id", "userID"))
    assert names["user_id"] == "user_id"
    assert re.fullmatch("user_id__[0-9a-f]{4}", names["userId"])
    assert len(set(names.values())) == 3
    assert resolved(("userID", "userId", "user_id")) == names


def test_without_an_exact_one_the_first_in_the_alphabet_keeps_the_name() -> None:
    assert resolved(("userId", "userID"))["userID"] == "user_id"
    assert resolved(("userId", "userID")) == resolved(("userID", "userId"))


@pytest.mark.parametrize("marked", ["$id", "@id", "#Id"])
def test_a_key_after_a_sign_takes_no_name_from_another_key(marked: str) -> None:
    """Json.NET, which ASP.NET answers with, numbers the objects of an answer in ``$id``."""
    assert resolved((marked, "Id"))["Id"] == "id"
    assert resolved((marked,))[marked] == "id"


@given(st.text(max_size=90))
def test_every_name_becomes_a_column_name(name: str) -> None:
    column = snake_case(name)
    assert is_column_name(column)
    assert "__" not in column or len(column) == 63


@given(st.lists(st.text(max_size=8), unique=True, max_size=6))
def test_no_two_keys_of_an_object_share_a_name(keys: list[str]) -> None:
    names = resolved(tuple(keys))
    assert len(set(names.values())) == len(keys)


@pytest.mark.parametrize("name", ["xmin", "xmax", "cmin", "cmax", "ctid", "tableoid", "XMin", "Xmin"])
def test_a_system_columns_name_gets_a_prefix(name: str) -> None:
    assert snake_case(name) in (f"x_{name.lower()}", "x_min")
    assert not is_column_name(name.lower())


def test_a_system_columns_name_keeps_apart_from_a_field_that_is_spelled_so() -> None:
    names = resolved(("xmin", "x_xmin"))
    assert names["x_xmin"] == "x_xmin"
    assert names["xmin"].startswith("x_xmin__")
