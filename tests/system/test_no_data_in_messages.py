"""No part of a vendor's answer reaches a message: what is wrong is named by kind and position."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fieldhouse.pipelines.errors import message as error_message
from fieldhouse.pipelines.errors import next_step
from fieldhouse.pipelines.monitoring.alerts import after_sync
from fieldhouse.pipelines.sync.report import Report
from fieldhouse.pipelines.sync.result_fields import attributes, json_result
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from tests.support.cli_runner import CommandRunner
from tests.support.http_receiver import receiving
from tests.support.secret_canaries import files
from tests.support.sync_harness import duckdb_url, open_harness
from tests.support.vendors.vendor_suite import VENDORS_WITH_SANDBOX, sandbox_of
from tests.support.wire import head_of, listening, message

CANARIES = ("anna-canary", "5550199", "ürgen-canary", "street-canary")
ROWS = json.dumps(
    [{"id": 1, "name": CANARIES[0], "cellPhone": CANARIES[1], "email": CANARIES[2], "street": CANARIES[3]}],
    ensure_ascii=False,
)
BODIES = {
    "slip": ROWS.replace('"anna-canary"', "anna-canary").encode(),
    "cut": ROWS.encode()[:-9],
    "wrong byte": ROWS.encode("latin-1"),
    "an object": json.dumps({CANARIES[0]: CANARIES[1], "Phone 5550199": 1}).encode(),
    "no records": json.dumps([*CANARIES]).encode(),
    "deep": b'[{"name": ' + b"[" * 400 + b'"anna-canary"' + b"]" * 400 + b"}]",
    "no key": json.dumps([{"name": CANARIES[0], "street": CANARIES[3]}]).encode(),
    "unfit": json.dumps([{"id": 1, "services": [{"id": "5550199-canary"}]}]).encode(),
}


@pytest.mark.parametrize("damage", BODIES)
def test_what_a_body_holds_is_in_no_message(damage: str, tmp_path: Path) -> None:
    def serve(connection: socket.socket) -> None:
        while True:
            head, _ = head_of(connection)
            is_customers = b"/api/Customers" in head
            connection.sendall(message(BODIES[damage] if is_customers else b"[]"))

    with listening(serve) as port, receiving() as alerts:
        runner = CommandRunner(
            tmp_path,
            {
                "SOURCES__NOTIFIC__BASE_URL": f"http://127.0.0.1:{port}",
                "SOURCES__NOTIFIC__API_KEY": "key-of-a-test",
                "SOURCES__NOTIFIC__PERSONAL_DATA": "drop",
                "SOURCES__NOTIFIC__EXCLUDE_COLUMNS": "*.street",
                "ALERTS__WEBHOOK": f"{alerts.url}/alert",
                "LOGS__FOLDER": str(tmp_path / "logs"),
            },
        )
        results = [
            runner.run("sync", "notific", "--debug"),
            runner.run("sync", "notific", "--json", "--full"),
            runner.run("status", "--json"),
            runner.run("status"),
        ]
        posted = "".join(str(post) for post in alerts.got)
    with duckdb.connect(f"{tmp_path}/warehouse.duckdb", read_only=True) as database:
        books = str(database.execute("SELECT * FROM notific._syncs").fetchall())
    texts = [*(result.all for result in results), posted, books]
    texts += [
        content.decode("utf-8", "replace") for path, content in files(tmp_path) if ".duckdb" not in path
    ]
    assert len(list((tmp_path / "logs").iterdir())) == 2
    for canary in CANARIES:
        assert not [text for text in texts if canary in text], canary


LONG_IDS = [vendor for vendor in VENDORS_WITH_SANDBOX if vendor != "notific"]
"""Vendors whose ids can be told from counts."""
REFUSALS = (
    Answer(403, b'{"error": "no"}', {"Content-Type": "application/json"}),
    Answer(404, b'{"error": "gone"}', {"Content-Type": "application/json"}),
    Answer(418, b"", {}),
    Answer(200, b'{"id": 1}', {"Content-Type": "application/json"}),
)


@pytest.mark.parametrize("vendor", LONG_IDS)
def test_no_id_of_a_record_is_in_an_error_or_a_trace(tmp_path: Path, vendor: str) -> None:
    """Every third request of the second sync is refused: of lists, of details and of other single records."""
    sandbox = sandbox_of(vendor)
    with open_harness(sandbox, duckdb_url(tmp_path), tmp_path, max_delete_share="0.9") as harness:
        assert harness.sync().exit_code == 0
        ids = record_ids(sandbox.truth())
        sandbox.edit(20)
        ids |= record_ids(sandbox.truth())
        sandbox.clock.advance(hours=3)

        def refuse(call: Call, honest: Answer) -> Answer | None:
            number, rest = divmod(sandbox.requests(), 3)
            return REFUSALS[number % len(REFUSALS)] if number and not rest else None

        sandbox.reset_counts()
        with sandbox.fault(refuse):
            report = harness.sync(sweep=True)
        books = [str(row) for row in harness.fetch(f"SELECT error, details FROM {vendor}._syncs")]
    texts = [*output(report), *books]
    assert [outcome for outcome in report.outcomes if outcome.error]
    assert report.error is None
    assert ids
    assert [text for text in texts if ids.intersection(words(text))] == []


def record_ids(truth: dict[str, list[dict[str, Any]]]) -> set[str]:
    """The ids of all records that are long enough to be told from a count."""
    matches = {
        str(value)
        for rows in truth.values()
        for row in rows
        for name, value in row.items()
        if name.lower() in ("id", "friendly_id", "friendlyid")
    }
    return {key for key in matches if len(key) >= 5}


def output(report: Report) -> Iterator[str]:
    """Everything that a run gives to people, logs, alerts and traces."""
    errors = [report.error, *(outcome.error for outcome in report.outcomes)]
    yield from (f"{error_message(error)} {next_step(error)}" for error in errors if error)
    yield from (f"{alarm.what} {alarm.do}" for alarm in after_sync(report, []).alarms)
    for outcome in report.outcomes:
        yield str(attributes(outcome, "trace"))
        yield json.dumps(json_result(outcome), default=str)


def words(text: str) -> list[str]:
    """The words of a text; a fraction stays one word, so that the microseconds of a time are no id."""
    spaced = "".join(letter if letter.isalnum() or letter in "-_." else " " for letter in text)
    return [word.strip(".") for word in spaced.split()]
