"""HTTP clients for tests: they remember what they would have slept, and have a fixed clock."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

from fieldhouse.sources.engine.errors import SourceError
from fieldhouse.sources.engine.http.auth import Header
from fieldhouse.sources.engine.http.client import Api, Client
from fieldhouse.sources.engine.http.concurrency import ConcurrencyLimiter
from fieldhouse.sources.engine.http.json_body import parse_json
from fieldhouse.sources.engine.http.messages import HttpRequest
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.http.transport import Transport
from tests.support.wire import answering

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
GET = HttpRequest("GET", "/things")


class Sleeps(list[float]):
    """Remembers what was slept instead of sleeping."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def transport_to(url: str, sleeps: Sleeps, **options: object) -> Transport:
    gate = ConcurrencyLimiter(1, 1)
    return Transport(url, gate=gate, sleep=sleeps, clock=NOW.timestamp, **options)  # type: ignore[arg-type]


def client_to(port: int, sleeps: Sleeps) -> Client:
    api = Api(
        base_url=f"http://127.0.0.1:{port}",
        auth=Header("X-Key", "hidden-key"),
        encode=lambda request: HttpRequest("GET", f"/{request.path}"),
        decode=lambda response, request: parse_json(response.body),
        credentials="api_key",
    )
    return Client(api, transport_to(api.base_url, sleeps))


def asked(sleeps: Sleeps, *answers: bytes) -> tuple[object, int]:
    """What a client makes of these answers, an error included, and the requests that it sent."""
    with answering(*answers) as (port, heads):
        client = client_to(port, sleeps)
        with closing(client.transport):
            try:
                result: object = client.get(Request("things"))
            except SourceError as error:
                result = error
        return result, len(heads)
