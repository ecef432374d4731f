"""Logs as JSON lines, a text file for Prometheus, spans for OpenTelemetry: what a sync did, for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from prometheus_client.parser import text_string_to_metric_families

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from tests.support.cli_runner import CommandRunner, command_runner
from tests.support.http_receiver import receiving
from tests.support.sync_harness import refusing

CHOSEN = ("--tables", "groups,tags")


@pytest.fixture
def box() -> BossDeskSandbox:
    return BossDeskSandbox(size=0.02, edge_cases=True)


@pytest.fixture
def at(tmp_path: Path, box: BossDeskSandbox) -> Iterator[CommandRunner]:
    with command_runner(tmp_path, box) as actual:
        yield actual


def test_logs_are_json_lines_where_they_are_asked_for(at: CommandRunner, box: BossDeskSandbox) -> None:
    box.faults[:] = [refusing(lambda call: "/tags" in call.path, 403)]
    output = at.run("--log-format", "json", "sync", *CHOSEN)
    assert output.code == 2
    lines = [json.loads(line) for line in output.err.splitlines()]
    assert all({"time", "level", "message"} <= line.keys() for line in lines)
    tables = {line["table"]: line for line in lines if line["message"] == "table synced"}
    assert tables["groups"]["status"] == "ok"
    assert tables["groups"]["rows_read"] == len(box.truth()["groups"])
    assert tables["tags"]["error"]["kind"] == "fix_settings"
    (account,) = [line for line in lines if line["message"] == "account synced"]
    assert account["exit_code"] == 2
    assert account["run_id"] == tables["tags"]["run_id"]


def test_an_error_is_a_json_line_too(at: CommandRunner) -> None:
    output = at.run("sync", "nobody", FIELDHOUSE_LOG_FORMAT="json")
    (first, second) = [json.loads(line) for line in output.err.splitlines()]
    assert (first["level"], first["message"]) == ("error", "'nobody' is not a vendor.")
    assert "Vendors: " in second["message"]


def test_a_text_file_for_prometheus_follows_sync_and_status(
    at: CommandRunner, box: BossDeskSandbox, tmp_path: Path
) -> None:
    path = tmp_path / "metrics" / "fieldhouse.prom"
    box.faults[:] = [refusing(lambda call: "/tags" in call.path, 403)]
    at.run("sync", *CHOSEN, METRICS__TEXTFILE=str(path))
    values = {
        (sample.name, sample.labels["table"]): sample.value
        for family in text_string_to_metric_families(path.read_text())
        for sample in family.samples
    }
    assert values["fieldhouse_rows", "groups"] == len(box.truth()["groups"])
    assert values["fieldhouse_last_run_ok", "groups"] == 1
    assert values["fieldhouse_last_run_ok", "tags"] == 0
    assert ("fieldhouse_last_sync_timestamp_seconds", "tags") not in values
    assert ("fieldhouse_last_run_ok", "tickets") not in values
    before = path.stat().st_mtime_ns
    at.run("status", METRICS__TEXTFILE=str(path))
    assert path.stat().st_mtime_ns > before


def test_a_text_file_that_cannot_be_written_is_a_warning(at: CommandRunner) -> None:
    output = at.run("sync", *CHOSEN, METRICS__TEXTFILE="/proc/nowhere/fieldhouse.prom")
    assert output.code == 0
    assert "warning: metrics.textfile could not be written" in output.err


def test_a_sync_is_a_span_with_one_for_each_table(at: CommandRunner, box: BossDeskSandbox) -> None:
    box.faults[:] = [refusing(lambda call: "/tags" in call.path, 403)]
    with receiving() as receiver:
        at.run("sync", *CHOSEN, METRICS__OTLP=f"{receiver.url}/v1/traces")
    ((path, body),) = receiver.got
    assert path == "/v1/traces"
    request = ExportTraceServiceRequest.FromString(body)
    spans = {
        span.name: span
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    }
    assert set(spans) == {"sync bossdesk", "table groups", "table tags"}
    root = spans["sync bossdesk"]
    for name in ("table groups", "table tags"):
        assert spans[name].parent_span_id == root.span_id
        assert root.start_time_unix_nano <= spans[name].start_time_unix_nano
        assert spans[name].end_time_unix_nano <= root.end_time_unix_nano
    assert spans["table tags"].status.code == Status.STATUS_CODE_ERROR
    read = {item.key: item.value.int_value for item in spans["table groups"].attributes}
    assert read["fieldhouse.rows_read"] == len(box.truth()["groups"])


def test_a_collector_out_of_reach_is_a_warning(at: CommandRunner) -> None:
    output = at.run("sync", *CHOSEN, METRICS__OTLP="http://127.0.0.1:9/v1/traces")
    assert output.code == 0
    assert "warning: the spans of this sync could not be sent" in output.err
