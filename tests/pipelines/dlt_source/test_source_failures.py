"""Loads of a source of which a table or a record is refused."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

import fieldhouse.dlt as sources
from fieldhouse.pipelines.dlt_source.source import account_source
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.sandbox import Answer
from fieldhouse.sources.sandbox.server import environment, serve
from tests.support.dlt_pipelines import duckdb_pipeline, row_counts
from tests.support.sync_harness import open_harness

pytestmark = pytest.mark.usefixtures("empty_project")


def test_failing_table_stops_the_load_or_is_skipped(notific: NotificSandbox, tmp_path: Path) -> None:
    def refuse(call: Any, honest: Any) -> Any:
        return type(honest)(403, b"", {}) if "Operators" in call.path else None

    with notific.fault(refuse):
        with pytest.raises(Exception, match="operators"):
            duckdb_pipeline(tmp_path).run(sources.notific())
        duckdb_pipeline(tmp_path).run(sources.notific(on_error="skip"))
    rows = row_counts(duckdb_pipeline(tmp_path))
    assert rows["tickets"] == len(notific.truth()["tickets"])
    assert "operators" not in rows


@pytest.mark.parametrize("refusal", ["denied", "another row", "no key", "text key"])
def test_refusal_of_one_record_loads_the_others(tmp_path: Path, dlt_log: list[str], refusal: str) -> None:
    sandbox = BossDeskSandbox(size=0.05, seed=11, edge_cases=True)
    keys = [row["friendly_id"] for row in sandbox.truth()["users"]]
    answers = {
        "denied": (f"/users/{keys[0]}", lambda honest: type(honest)(403, b"", {})),
        "another row": (f"/users/{keys[0]}", lambda honest: type(honest)(200, b'{"id": 1}', {})),
        "no key": ("/groups", lambda honest: _with_first_key(honest, None)),
        "text key": ("/groups", lambda honest: _with_first_key(honest, "grp_1")),
    }
    path, answer = answers[refusal]
    table = path.split("/")[1]
    with (
        open_harness(sandbox, "duckdb:///unused.duckdb", tmp_path) as harness,
        sandbox.fault(lambda call, honest: answer(honest) if call.path.endswith(path) else None),
    ):
        source = account_source(harness.account, Options(widens_ids=False))
        duckdb_pipeline(tmp_path).run(source.with_resources(table))
        pipeline = duckdb_pipeline(tmp_path)
        expected = len(sandbox.truth()[table]) - refusal.endswith(" key")
        assert row_counts(pipeline)[table] == expected
        assert [line for line in dlt_log if line.startswith("WARNING: ") and table in line]


def _with_first_key(honest: Any, key: Any) -> Any:
    rows = json.loads(honest.body)
    if rows:
        rows[0]["id"] = key
    return replace(honest, body=json.dumps(rows).encode())


class SlowTickets(NotificSandbox):
    """Refuses operators, and answers for tickets a second later."""

    def __init__(self) -> None:
        super().__init__(size=0.1)
        self._refused = threading.Event()

    def answer(self, call: Any) -> Any:
        if "Operators" in call.path:
            self._refused.set()
            return Answer(403, b"", {})
        if "Tickets" in call.path:
            self.lock.release()
            try:
                self._refused.wait(5)
                threading.Event().wait(1)
            finally:
                self.lock.acquire()
        return super().answer(call)


def test_error_of_a_table_is_raised_while_others_are_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """dlt closes generators that still run in its threads; the error of that would hide the first one."""
    sandbox = SlowTickets()
    with serve(sandbox) as urls:
        for name, value in environment([sandbox], urls).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(PipelineStepFailed) as failed:
            duckdb_pipeline(tmp_path).run(sources.notific())
    assert "operators" in str(failed.value)
    assert "already executing" not in str(failed.value)
