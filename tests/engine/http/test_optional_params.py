"""Optional parameters: sent while the vendor takes them, and dropped one by one if it refuses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from fieldhouse.sources.engine.errors import Refused
from fieldhouse.sources.engine.http.client import Api, Client
from fieldhouse.sources.engine.http.concurrency import ConcurrencyLimiter
from fieldhouse.sources.engine.http.json_body import parse_json
from fieldhouse.sources.engine.http.messages import HttpRequest
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.http.request_count import Requests
from fieldhouse.sources.engine.http.transport import Transport

ASK = Request("rows", {"page": 1}, {"hidden": {"hidden": "true"}, "fields": {"fields": "all"}})


class NoAuth:
    def sign(self, request: HttpRequest, send: object) -> HttpRequest:
        return request

    def renew(self, refused: HttpRequest, send: object) -> bool:
        return False


Connect = Callable[..., tuple[Client, list[str]]]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """A client of a vendor that answers 400 to some parameters, and the queries that it received."""
    opened: list[Transport] = []

    def open_client(*refused: str) -> tuple[Client, list[str]]:
        queries: list[str] = []

        def answer(request: httpx.Request) -> httpx.Response:
            queries.append(request.url.query.decode())
            names = set(request.url.params)
            return httpx.Response(400 if names & set(refused) else 200, json=sorted(names))

        transport = Transport(
            "https://vendor.example", gate=ConcurrencyLimiter(1, 1), wire=httpx.MockTransport(answer)
        )
        opened.append(transport)
        api = Api(
            base_url="https://vendor.example",
            auth=NoAuth(),  # type: ignore[arg-type]
            encode=lambda ask: HttpRequest(
                "GET", f"/{ask.path}", tuple((name, str(value)) for name, value in ask.params.items())
            ),
            decode=lambda response, ask: parse_json(response.body),
        )
        return Client(api, transport), queries

    yield open_client
    for transport in opened:
        transport.close()


def test_parameters_that_are_taken_cost_no_further_request(connect: Connect) -> None:
    client, queries = connect()
    assert client.get(ASK) == ["fields", "hidden", "page"]
    assert queries == ["page=1&hidden=true&fields=all"]
    assert client.refused_params("rows") == frozenset()


@pytest.mark.parametrize("refused", ["hidden", "fields"])
def test_only_the_refused_parameter_is_dropped_and_remembered(connect: Connect, refused: str) -> None:
    client, queries = connect(refused)
    taken = sorted({"hidden", "fields", "page"} - {refused})
    assert client.get(ASK) == taken
    assert client.refused_params("rows") == {refused}
    del queries[:]
    assert client.get(ASK) == taken
    assert client.counting(Requests()).get(ASK) == taken
    assert len(queries) == 2


def test_all_parameters_are_dropped_if_all_are_refused(connect: Connect) -> None:
    client, _ = connect("hidden", "fields")
    assert client.get(ASK) == ["page"]
    assert client.refused_params("rows") == {"hidden", "fields"}


def test_other_list_is_asked_with_the_parameter_all_the_same(connect: Connect) -> None:
    client, queries = connect("hidden")
    client.get(ASK)
    del queries[:]
    client.get(Request("others", {}, {"fields": {"fields": "all"}}))
    assert queries == ["fields=all"]


def test_refusal_that_has_another_reason_stays_and_nothing_is_dropped(connect: Connect) -> None:
    client, queries = connect("page")
    with pytest.raises(Refused):
        client.get(ASK)
    assert len(queries) == 2
    assert client.refused_params("rows") == frozenset()


def test_what_an_earlier_run_has_learnt_is_not_tried_again(connect: Connect) -> None:
    client, queries = connect("hidden")
    client.without_params("rows", ["hidden"])
    assert client.get(ASK) == ["fields", "page"]
    assert len(queries) == 1


def test_parameter_that_one_list_refuses_is_not_sent_to_the_others(connect: Connect) -> None:
    client, queries = connect("hidden")
    client.get(ASK)
    del queries[:]
    client.get(Request("others", {}, {"hidden": {"hidden": "true"}}))
    assert queries == [""]
    assert client.refused_params("others") == {"hidden"}


def test_parameter_that_another_list_takes_is_still_tried(connect: Connect) -> None:
    """An account may know a parameter for some of its lists only."""
    client, queries = connect()
    client.get(Request("others", {}, {"hidden": {"hidden": "true"}}))
    client.without_params("rows", ["hidden"])
    del queries[:]
    client.get(ASK)
    client.get(Request("third", {}, {"hidden": {"hidden": "true"}}))
    assert queries == ["page=1&fields=all", "hidden=true"]
