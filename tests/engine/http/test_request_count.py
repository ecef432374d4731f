"""Requests are counted per table by the one client: attempts, batches and failures, repeatable ones apart."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence

import httpx
import orjson
import pytest

from fieldhouse.sources.engine.errors import NotFound, TryLater
from fieldhouse.sources.engine.http.auth import Header, Login
from fieldhouse.sources.engine.http.client import Api, Client
from fieldhouse.sources.engine.http.concurrency import ConcurrencyLimiter
from fieldhouse.sources.engine.http.messages import HttpRequest, Response
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.http.request_count import Requests
from fieldhouse.sources.engine.http.transport import Transport

Handler = Callable[[httpx.Request], httpx.Response]


def client_of(*statuses: int, auth: Header | Login | None = None, handler: Handler | None = None) -> Client:
    """A client whose vendor answers with these statuses in turn, and then with 200."""
    waiting = list(statuses)

    def answer(request: httpx.Request) -> httpx.Response:
        status = waiting.pop(0) if waiting else 200
        content = b"[]" if request.method == "POST" else b"{}"
        return httpx.Response(status, content=content, headers={"Content-Type": "application/json"})

    api = Api(
        base_url="https://api.example.com",
        auth=auth or Header("X-Key", "hidden"),
        encode=lambda request: HttpRequest("GET", f"/{request.path}"),
        decode=lambda response, request: orjson.loads(response.body),
        encode_many=_encode_many,
        decode_many=lambda response, requests: [orjson.loads(response.body) for _ in requests],
    )
    wire = httpx.MockTransport(handler or answer)
    transport = Transport(
        api.base_url, gate=ConcurrencyLimiter(1, 1), attempts=3, wire=wire, sleep=lambda seconds: None
    )
    return Client(api, transport)


def _encode_many(requests: Sequence[Request]) -> HttpRequest:
    return HttpRequest("POST", "/batch")


def counts(requests: Requests) -> tuple[int, int]:
    return requests.sent, requests.repeatable


def test_each_attempt_of_a_retried_request_is_counted() -> None:
    requests = Requests()
    client_of(503, 429).counting(requests).get(Request("things"))
    assert counts(requests) == (3, 3)


def test_a_batch_is_one_request() -> None:
    requests = Requests()
    documents = client_of().counting(requests).get_many([Request(f"things/{key}") for key in range(5)])
    assert len(documents) == 5
    assert counts(requests) == (1, 1)


def test_a_batch_that_is_refused_counts_as_well_as_what_is_sent_instead() -> None:
    """The batch of four, the first request alone, the others two by two: as the vendor then allows."""
    requests = Requests()
    client_of(413).counting(requests).get_many([Request(f"things/{key}") for key in range(4)])
    assert counts(requests) == (1 + 1 + 2, 4)


def test_a_failed_request_is_counted() -> None:
    requests = Requests()
    with pytest.raises(NotFound):
        client_of(404).counting(requests).get(Request("things"))
    assert counts(requests) == (1, 1)
    with pytest.raises(TryLater):
        client_of(503, 503, 503).counting(requests).get(Request("things"))
    assert counts(requests) == (4, 4)


def test_a_request_that_is_never_sent_is_not_counted() -> None:
    def unreachable(request: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing is sent")

    requests = Requests()
    client = client_of(handler=unreachable)
    client.transport.stop()
    with pytest.raises(TryLater):
        client.counting(requests).get(Request("things"))
    assert counts(requests) == (0, 0)


def test_requests_that_are_not_repeated_count_as_sent_only() -> None:
    requests = Requests()
    client = client_of()
    client.counting(requests).get(Request("things"))
    client.counting(requests, repeatable=False).get(Request("things"))
    assert counts(requests) == (2, 1)


def test_tables_are_counted_apart_and_share_what_the_account_learnt() -> None:
    first, second = Requests(), Requests()
    client = client_of(413)
    client.counting(first).get_many([Request(f"things/{key}") for key in range(4)])
    client.counting(second).get_many([Request(f"others/{key}") for key in range(4)])
    assert counts(first) == (4, 4)
    assert counts(second) == (2, 2), "the batch size that the vendor takes is known by now"


def test_logins_count_for_no_table_but_the_request_sent_again_does() -> None:
    """The figures of the metadata table and of a plan are of reads; logins are in the overhead of an account."""
    sessions: list[str] = []

    def login(send: Callable[[HttpRequest], Response]) -> str:
        send(HttpRequest("POST", "/login"))
        sessions.append(f"session-{len(sessions) + 1}")
        return sessions[-1]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/login" or request.headers["X-Session"] == sessions[-1]:
            return httpx.Response(200, content=b"{}", headers={"Content-Type": "application/json"})
        return httpx.Response(401)

    requests = Requests()
    auth = Login(login, lambda request, key: request.with_header("X-Session", key))
    client = client_of(auth=auth, handler=answer).counting(requests)
    client.get(Request("things"))
    sessions.append("another that the vendor gave out")
    client.get(Request("things"))
    assert len(sessions) == 3
    assert counts(requests) == (3, 3)


def test_a_pickled_count_can_be_read_and_counted_on() -> None:
    requests = Requests()
    requests.add()
    copy = pickle.loads(pickle.dumps(requests))  # noqa: S301 - made a line above
    copy.add(repeatable=False)
    assert (copy.sent, copy.repeatable, requests.sent) == (2, 1, 1)
