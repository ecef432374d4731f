"""Keys that change their type: nothing is deleted for it, and the report says which records are missing and why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from tests.support.sync_harness import SyncHarness, open_harness


class NewKeys:
    """A fault that renames the ids of the first ``count`` tickets; their old addresses answer 404."""

    def __init__(self) -> None:
        self.count = 0
        self.key: Callable[[int], Any] = lambda id: f"tkt_{id}"

    def __call__(self, call: Call, honest: Answer) -> Answer | None:
        name = call.path.partition("/api/")[2]
        if not name.startswith("Tickets") or honest.status != 200 or not self.count:
            return None
        if name != "Tickets":
            return Answer(404, b"", {})
        rows = json.loads(honest.body)
        for row in rows[: self.count]:
            (identity,) = (field for field in row if field.lower() == "id")
            row[identity] = self.key(row[identity])
        return Answer(200, json.dumps(rows).encode(), {"Content-Type": "application/json"})


@pytest.fixture
def keys() -> NewKeys:
    return NewKeys()


@pytest.fixture
def at(keys: NewKeys, warehouse_url: str, tmp_path: Path) -> Iterator[SyncHarness]:
    sandbox = NotificSandbox(size=0.2)
    sandbox.faults.append(keys)
    with open_harness(sandbox, warehouse_url, tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    "key", [lambda id: f"tkt_{id}", lambda id: 2**64 + id], ids=["prefix", "beyond 64 bits"]
)
def test_some_keys_of_another_type_delete_nothing_and_are_counted(
    at: SyncHarness, keys: NewKeys, key: Callable[[int], Any]
) -> None:
    at.sync("tickets")
    before = at.snapshot().live("tickets")
    keys.count, keys.key = 2, key
    report = at.sync("tickets", sweep=True)
    assert report.exit_code == 0
    assert at.snapshot().live("tickets") == before
    (tickets,) = report.outcomes
    assert tickets.rows_quarantined == 2
    assert "2 records without a usable key: see _quarantine" in tickets.notes


def test_all_keys_of_another_type_are_a_changed_vendor_and_no_missing_right(
    at: SyncHarness, keys: NewKeys
) -> None:
    at.sync("tickets")
    before = at.snapshot().live("tickets")
    keys.count = len(before)
    report = at.sync("tickets", sweep=True)
    assert report.exit_code == 4
    assert "whether the vendor changed the table's key" in str(report.outcomes[0].error)
    assert "rights" not in str(report.outcomes[0].error)
    assert at.snapshot().live("tickets") == before
