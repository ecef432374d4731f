"""Any read of any vendor, answered by something else: no value changes, the sync is not called complete, and the next
one is equal to the vendor.

The suite takes a few reads of each vendor; ``FIELDHOUSE_WRONG_ANSWERS=all`` takes every read with every answer.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness

OURS = ("_synced_at", "_row_hash", "_list_hash", "_dlt_load_id", "_deleted_at")
WRONG = {
    "object": b"{}",
    "null": b"null",
    "errors": b'{"errors": {"base": ["busy"]}}',
    "page": b"<!DOCTYPE html><html><body>Sign in</body></html>",
    "number": b"3",
    "numbers": b"[1, 2]",
    "text": b'"ok"',
    "nothing": b"",
    "list": b"[]",
    "failure": b'{"Data": null, "Success": false, "Error": {"Message": "busy", "Value": "Busy", "Code": 9}}',
    "rpc failure": b'{"id": "1", "jsonrpc": "2.0", "error": {"code": -32603, "message": "busy"}}',
    "cut": None,
    "previous": None,
}
"""Bodies with status 200; ``cut`` is the honest one without its second half, ``previous`` that of the request before of
the same read."""
SILENT = frozenset({"list", "previous", "rpc failure"})
"""Answers that may be true (an empty list where there are no rows, a page that was the same before), or that are asked
for again at once."""
ALL = os.environ.get("FIELDHOUSE_WRONG_ANSWERS") == "all"
SAMPLE = 4
"""Reads of each vendor that the suite takes."""


def read_of(call: Call) -> str:
    """What is read: the method of a remote call, else the path without the numbers in it."""
    try:
        document = json.loads(call.body or b"null")
    except ValueError:
        document = None
    calls = document if isinstance(document, list) else [document]
    methods = {str(one["method"]) for one in calls if isinstance(one, dict) and "method" in one}
    path = "/".join(
        "#" if any(map(str.isdigit, part)) else part for part in urlsplit(call.path).path.split("/")
    )
    return ",".join(sorted(methods)) or f"{call.method} {path}"


@dataclass
class Listener:
    """Notes what is read, and answers the first request of one read with something else."""

    target: str = ""
    wrong: str = "nothing"
    reads: set[str] = field(default_factory=set)
    answered: int = 0
    before: Answer | None = None

    def __call__(self, call: Call, honest: Answer) -> Answer | None:
        self.reads.add(read_of(call))
        if read_of(call) != self.target or self.answered or honest.status != 200:
            return None
        before, self.before = self.before, honest
        if self.wrong == "previous" and before is None:
            return None
        self.answered += 1
        body = WRONG[self.wrong]
        if self.wrong == "previous" and before is not None:
            body = before.body
        return Answer(200, honest.body[: len(honest.body) // 2] if body is None else body, honest.headers)


def content(harness: SyncHarness) -> dict[str, list[str]]:
    """The live rows without what tells of their reading."""
    snapshot = harness.snapshot()
    return {
        name: sorted(
            str(sorted((column, str(value)) for column, value in row.items() if column not in OURS))
            for row in snapshot.live(name)
        )
        for name in snapshot.rows
    }


@pytest.fixture(scope="module", params=list(SANDBOXES))
def synced(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncHarness]:
    """A small vendor after two syncs."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    with open_harness(SANDBOXES[request.param](size=0.03), duckdb_url(folder), folder) as harness:
        for _ in range(2):
            assert harness.sync().exit_code == 0
        yield harness


def test_a_wrong_answer_changes_no_value_and_is_reported(synced: SyncHarness) -> None:
    listener, box = Listener(), synced.sandbox
    box.faults.append(listener)
    assert synced.sync(full=True).exit_code == 0
    box.faults.remove(listener)
    before = content(synced)
    cases = [(read, wrong) for read in sorted(listener.reads) for wrong in WRONG]
    if not ALL:
        cases = random.Random(box.name).sample(cases, SAMPLE)
    for read, wrong in cases:
        fault = Listener(read, wrong)
        with box.fault(fault):
            report = synced.sync(full=True)
        assert fault.answered or wrong == "previous", read
        assert content(synced) == before, (read, wrong)
        assert report.exit_code in (2, 3, 4) or wrong in SILENT, (read, wrong)
        following = synced.sync()
        assert following.exit_code == 0, (read, wrong)
        assert content(synced) == before, (read, wrong)
    assert synced.differences() == []
