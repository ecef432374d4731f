"""A sync as OpenTelemetry spans: one per account, and in it one per table (extra ``fieldhouse[telemetry]``)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fieldhouse.pipelines.errors import message
from fieldhouse.pipelines.output.console import clean, log_line
from fieldhouse.pipelines.sync.report import Report
from fieldhouse.pipelines.sync.result_fields import attributes

_NANO = 1_000_000_000


def export(reports: Sequence[Report], endpoint: str) -> None:
    """Send the spans of finished syncs to a collector.

    Args:
        endpoint: the collector's address for traces over HTTP, such as ``http://localhost:4318/v1/traces``. Headers
            and certificates come from OpenTelemetry's own environment variables (``OTEL_EXPORTER_OTLP_HEADERS``).
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from opentelemetry.trace import Status, StatusCode, set_span_in_context

    collected = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource.create({"service.name": "fieldhouse"}))
    provider.add_span_processor(SimpleSpanProcessor(collected))
    tracer = provider.get_tracer("fieldhouse")

    def ended(span: Any, error: Exception | None, at: int) -> None:
        if error is not None:
            span.set_status(Status(StatusCode.ERROR, clean(message(error))))
        span.end(end_time=at)

    for report in reports:
        began = _nano(report.started_at)
        account = tracer.start_span(
            f"sync {report.account}",
            start_time=began,
            attributes={"fieldhouse.run_id": report.run_id, "fieldhouse.requests": report.requests},
        )
        for outcome in report.outcomes:
            table = tracer.start_span(
                f"table {outcome.table}",
                context=set_span_in_context(account),
                start_time=_nano(outcome.started_at),
                attributes={
                    f"fieldhouse.{name}": value for name, value in attributes(outcome, "trace").items()
                },
            )
            ended(table, outcome.error, _nano(outcome.started_at) + round(outcome.seconds * _NANO))
        ended(account, report.error, began + round(report.seconds * _NANO))
    exporter = OTLPSpanExporter(endpoint=endpoint, timeout=10, session=_strict_session())
    if exporter.export(collected.get_finished_spans()) is not SpanExportResult.SUCCESS:
        log_line(f"warning: the spans of this sync could not be sent to {endpoint}")
    exporter.shutdown()  # type: ignore[no-untyped-call]
    provider.shutdown()


def _strict_session() -> Any:
    """An HTTP session for which only an answer of a collector is a success: no redirect, no other body."""
    import requests
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    class StrictSession(requests.Session):
        def request(self, *request: Any, **options: Any) -> Any:
            answer = super().request(*request, **{**options, "allow_redirects": False})
            if answer.is_redirect:
                answer.status_code = 400  # the exporter takes every status below 400 for a success
            elif answer.ok and answer.content:
                try:
                    ExportTraceServiceResponse.FromString(answer.content)
                except DecodeError:
                    answer.status_code = 400
            return answer

    return StrictSession()


def _nano(moment: datetime) -> int:
    return round(moment.timestamp() * _NANO)
