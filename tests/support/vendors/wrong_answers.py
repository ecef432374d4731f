"""Wrong answers: one request of a read is answered by something else, and what the next syncs make of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fieldhouse.sources.sandbox.sandbox import Answer, Call
from tests.support.sync_harness import SyncHarness

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
TABLES_PER_READ = 2
"""Tables that are synced for a read that several need, such as a sign-in."""


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
class WrongAnswer:
    """A fault: the first request of one read is answered with something else; notes what is read."""

    target: str = ""
    wrong: str = "nothing"
    reads: set[str] = field(default_factory=set)
    answered: int = 0
    before: Answer | None = None

    def __call__(self, call: Call, honest: Answer) -> Answer | None:
        read = read_of(call)
        self.reads.add(read)
        if read != self.target or self.answered or honest.status != 200:
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
    """The live rows of all tables without the columns that describe their reading."""
    snapshot = harness.snapshot()
    return {
        name: sorted(
            str(sorted((column, str(value)) for column, value in row.items() if column not in OURS))
            for row in snapshot.live(name)
        )
        for name in snapshot.rows
    }


def reads_of(harness: SyncHarness, *tables: str) -> set[str]:
    """What a sync of ``tables`` with ``full`` reads."""
    listener = WrongAnswer()
    with harness.sandbox.fault(listener):
        report = harness.sync(*tables, full=True)
    assert report.exit_code == 0, tables
    return listener.reads


def tables_of_reads(harness: SyncHarness) -> dict[str, tuple[str, ...]]:
    """Every read of a vendor -> tables whose own sync sends it; none for a read that only a sync of all sends."""
    readers: dict[str, list[str]] = {read: [] for read in reads_of(harness)}
    for table in harness.account.vendor.tables:
        for read in reads_of(harness, table.name):
            readers.setdefault(read, []).append(table.name)
    return {read: tuple(tables[:TABLES_PER_READ]) for read, tables in readers.items()}


def faults_of(
    harness: SyncHarness, read: str, wrong: str, tables: tuple[str, ...], before: dict[str, list[str]]
) -> Iterator[str]:
    """Sync ``tables`` while ``read`` is answered wrongly, and once more; yield every promise that is broken.

    ``before`` is what the warehouse holds and must hold.
    """
    fault = WrongAnswer(read, wrong)
    with harness.sandbox.fault(fault):
        report = harness.sync(*tables, full=True)
    if not fault.answered and wrong != "previous":
        yield "the read was not sent"
    if content(harness) != before:
        yield "a value changed"
    if report.exit_code not in (2, 3, 4) and wrong not in SILENT:
        yield f"exit {report.exit_code}"
    following = harness.sync(*tables)
    if following.exit_code:
        yield f"the next sync exits {following.exit_code}"
    if (after := content(harness)) != before:
        yield f"the next sync is not equal: {sorted(name for name in after if after[name] != before.get(name))}"
