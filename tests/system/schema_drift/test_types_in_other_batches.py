"""A value lands in the type of all values of its batch: alone, with others, or with all rows it is the same value."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.inspect.verify import verify_account
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from tests.support.sync_harness import SyncHarness, open_harness

VALUES: dict[str, Any] = {
    "whole": 5,
    "large": 2**60,
    "half": 2.5,
    "digits": 0.1 + 0.2,
    "float": 5.0,
    "huge": 1e300,
    "nan": float("nan"),
    "flag": True,
    "text": "abc",
}


class Tags(BossDeskSandbox):
    """Answers the list of tags with ``rows``."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        super().__init__(size=0.05)
        self.rows = rows

    def answer(self, call: Call) -> Answer:
        if not call.path.endswith("/tags"):
            return super().answer(call)
        return Answer(200, json.dumps(self.rows).encode(), {"Content-Type": "application/json"})

    def show(self, number: int, value: Any) -> None:
        """One row holds the value in every field, of its own and of one of its items."""
        row = self.rows[number]
        for part in (row, row["items"][1]):
            part.update(dict.fromkeys(VALUES, value))
        row["deep"] = nested(value)


def nested(value: Any) -> Any:
    return {"a": {"b": {"c": {"d": value}}}}


def judged(at: SyncHarness) -> list[str]:
    """What ``verify`` and a second sync find to differ."""
    verified = verify_account(at.account, at.warehouse, Options(), tables=at.account.tables(["tags"]))
    (found,) = verified.tables
    (outcome,) = at.sync("tags", full=True).outcomes
    return [*found.differing.elements(), *found.later.elements(), *["written"] * outcome.rows_written]


@pytest.mark.parametrize("first", ["one type", "all types"])
def test_verify_and_full_find_nothing_whatever_landed_together(
    first: str, warehouse_url: str, tmp_path: Path
) -> None:
    row = {**VALUES, "items": [{"id": 1, **VALUES}, {"id": 2, **VALUES}], "deep": nested({"e": {"f": [1]}})}
    box = Tags([{"id": number, "name": f"tag {number}", **deepcopy(row)} for number in range(1, 21)])
    if first == "all types":
        for number, value in enumerate(VALUES.values()):
            box.show(number + 10, value)
    with open_harness(box, warehouse_url, tmp_path) as at:
        assert at.sync("tags").exit_code == 0
        for number, value in enumerate(VALUES.values()):
            box.show(number, value)
            assert at.sync("tags").outcomes[0].rows_written == 1
            if number % 3 == 2:
                assert judged(at) == [], value
