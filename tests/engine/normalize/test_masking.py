"""Excluded columns reach no table; hashed ones only as keyed hashes; neither hides in JSON text."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest

from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.engine.normalize.normalizer import Frames, Normalizer
from fieldhouse.sources.engine.spec.row import Id, Int, Json, Row, Text

SALT = b"salt"
SECRET = "s3cret"


class Person(Row):
    id: Id = None
    email: Text = None


class Note(Row):
    id: Id = None
    body: Text = None
    files: list[Text] | None = None


class Customer(Row):
    id: Id = None
    email: Text = None
    age: Int = None
    owner: Person | None = None
    notes: list[Note] | None = None
    extra: Json = None


def framed(*records: dict[str, Any], **rules: Any) -> Frames:
    made = Normalizer("customers", ("id",), Customer, salt=SALT, **rules)
    return made.frames(records, [0] * len(records), made.hashes(records))


def everything(frames: Frames) -> str:
    return repr([table.to_pydict() for table in frames.tables.values()]) + repr(frames.issues)


def digest(text: str) -> str:
    return hmac.new(SALT, text.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("glob", "record"),
    [
        ("customers.email", {"email": SECRET}),
        ("*email", {"owner": {"email": SECRET}, "email": SECRET}),
        ("customers.owner__email", {"Owner": {"Email": SECRET}}),
        ("customers.owner", {"owner": {"email": SECRET, "other": SECRET}}),
        ("customers.notes", {"notes": [{"body": SECRET, "files": [SECRET]}]}),
        ("customers__notes.body", {"notes": [{"body": SECRET}]}),
        ("customers__notes__files.value", {"notes": [{"files": [SECRET]}]}),
        ("customers.token", {"token": SECRET}),
        ("customers.age", {"age": {"not": SECRET}}),
        ("customers.email", {"email": [SECRET]}),
        ("customers.extra__password", {"extra": {"user": "u", "password": SECRET}}),
        ("customers__extra__users.password", {"extra": {"users": [{"password": SECRET}]}}),
        ("customers.a__b__c__d__e__f", {"a": {"b": {"c": {"d": {"e": {"f": SECRET, "g": 1}}}}}}),
        ("customers.email__first", {"email": {"first": SECRET}}),
    ],
)
@pytest.mark.parametrize("rule", ["drop", "mask"])
def test_a_rule_covers_its_values_wherever_they_stand(rule: str, glob: str, record: dict[str, Any]) -> None:
    record = {"id": "1", **record}
    assert SECRET in everything(framed(record))
    assert SECRET not in everything(framed(record, **{rule: [glob]}))
    pruned = Normalizer("customers", ("id",), Customer, salt=SALT, **{rule: [glob]}).pruned(record)  # type: ignore[arg-type]
    assert SECRET not in repr(pruned)


def test_dropped_columns_and_tables_are_not_there() -> None:
    frames = framed({"id": "1"}, drop=["customers.owner", "customers.notes", "customers.age"])
    assert list(frames.tables) == ["customers"]
    assert list(frames.columns["customers"]) == ["id", "email", "extra", "_synced_at", "_row_hash"]


def test_masked_values_are_keyed_hashes_that_join() -> None:
    frames = framed(
        {"id": "1", "age": 5, "owner": {"id": "5"}},
        {"id": "2"},
        mask=["customers.age", "customers.owner__id"],
    )
    one, two = frames.tables["customers"].to_pylist()
    assert one["age"] == one["owner__id"] == digest("5")
    assert two["age"] is None
    assert frames.columns["customers"]["age"].declared


def test_a_masked_child_id_masks_the_links_to_it() -> None:
    frames = framed({"id": "1", "notes": [{"id": "n", "files": ["f"]}]}, mask=["customers__notes.id"])
    files = frames.tables["customers__notes__files"].to_pylist()
    assert files[0]["_parent_id"] == digest("n")


def test_a_dropped_child_id_leaves_the_place() -> None:
    frames = framed({"id": "1", "notes": [{"id": "n", "files": ["f"]}]}, drop=["customers__notes.id"])
    files = frames.tables["customers__notes__files"].to_pylist()
    assert (files[0]["_parent_id"], files[0]["_parent_index"]) == (None, 0)


def test_drop_wins_over_mask() -> None:
    frames = framed({"id": "1", "email": SECRET}, drop=["*.email"], mask=["*.email"])
    assert "email" not in frames.columns["customers"]


@pytest.mark.parametrize("rule", ["drop", "mask"])
def test_the_key_cannot_be_hidden(rule: str) -> None:
    with pytest.raises(FixSettings, match=r"customers\.id"):
        Normalizer("customers", ("id",), Customer, salt=SALT, **{rule: ["customers.i*"]})  # type: ignore[arg-type]


def test_a_mask_needs_a_salt() -> None:
    with pytest.raises(ValueError, match="salt"):
        Normalizer("customers", ("id",), Customer, mask=["*.email"])


@pytest.mark.parametrize(
    ("glob", "record"),
    [
        ("customers.owner__email", {"owner": [{"email": SECRET}]}),
        ("customers.owner__email", {"owner": SECRET}),
        ("customers.owner__email", {"owner": [SECRET, {"email": SECRET}]}),
        ("customers__notes.body", {"notes": {"body": SECRET}}),
        ("customers__notes.body", {"notes": SECRET}),
        ("customers__notes.b*", {"notes": {"body": SECRET}}),
        ("customers__notes.body", {"notes": [SECRET, {"body": "b"}]}),
        ("customers.email", {"EMAIL": SECRET, "email": "kept?"}),
        ("customers.email", {"Email": SECRET, "EMAIL": SECRET}),
    ],
)
@pytest.mark.parametrize("rule", ["drop", "mask"])
def test_a_rule_holds_when_the_shape_changes(rule: str, glob: str, record: dict[str, Any]) -> None:
    record = {"id": "1", **record}
    assert SECRET in everything(framed(record))
    assert SECRET not in everything(framed(record, **{rule: [glob]}))
    pruned = Normalizer("customers", ("id",), Customer, salt=SALT, **{rule: [glob]}).pruned(record)  # type: ignore[arg-type]
    assert SECRET not in repr(pruned)


def test_a_glob_over_a_table_is_not_about_its_child_tables() -> None:
    frames = framed({"id": "1", "notes": [{"id": "n", "body": "kept"}]}, drop=["customers.*body*", "*.email"])
    assert frames.tables["customers__notes"].to_pylist()[0]["body"] == "kept"
    frames = framed({"id": "1", "owner": {"email": "kept"}}, drop=["*.email"])
    assert frames.tables["customers"].to_pylist()[0]["owner__email"] == "kept"
