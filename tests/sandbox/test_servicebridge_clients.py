"""The PHP SDK, a public client of ServiceBridge, by its request lines, against the sandbox.

It signs in by JSON or sends HTTP Basic, ends every address with ``&`` or ``?``, puts a slash before the query of a
single record, and sends ``changeTime`` in UTC without a zone.
"""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.sandbox.servicebridge.api import ServiceBridgeSandbox

JSON = {"Accept": "application/json", "Content-Type": "application/json"}


@pytest.fixture
def sandbox() -> ServiceBridgeSandbox:
    made = ServiceBridgeSandbox(size=0.05, edge_cases=True)
    made.enforce_limits = False
    return made


def sent(sandbox: ServiceBridgeSandbox, target: str, body: object = None, **headers: str) -> Answer:
    verb, data = ("GET", b"") if body is None else ("POST", json.dumps(body).encode())
    return sandbox.handle(Call.of(verb, f"/api/v1/{target}", {**JSON, **headers}, data))


def session(sandbox: ServiceBridgeSandbox) -> str:
    answer = json.loads(
        sent(sandbox, "Login", {"UserId": sandbox.user_id, "Password": sandbox.password}).body
    )
    assert answer["Success"]
    return str(answer["Data"])


def test_pages_are_answered_with_a_session_at_the_end_of_the_query(sandbox: ServiceBridgeSandbox) -> None:
    key = session(sandbox)
    for entity in ("Contacts", "Customers"):
        answer = json.loads(sent(sandbox, f"{entity}?page=1&pageSize=500&sessionKey={key}").body)
        assert answer["Success"]
        assert answer["Data"]
    answer = json.loads(sent(sandbox, "Logout", {"SessionKey": key}).body)
    assert answer["Success"]


@pytest.mark.parametrize("ending", ["?", "/?"])
def test_single_record_is_answered_with_a_slash_and_without(
    sandbox: ServiceBridgeSandbox, ending: str
) -> None:
    row = sandbox.truth()["customers"][0]
    answer = json.loads(sent(sandbox, f"Customers/{row['Id']}{ending}sessionKey={session(sandbox)}").body)
    assert answer["Data"]["Id"] == row["Id"]


def test_changes_are_answered_by_a_time_without_a_zone(sandbox: ServiceBridgeSandbox) -> None:
    sandbox.clock.advance(hours=2)
    row = sandbox.change("contacts")
    since = (sandbox.clock.now() - timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%S")
    answer = json.loads(sent(sandbox, f"Contacts?changeTime={since}&sessionKey={session(sandbox)}").body)
    assert [actual["Id"] for actual in answer["Data"]] == [row["Id"]]


def test_basic_is_answered_with_an_empty_parameter_at_the_end(sandbox: ServiceBridgeSandbox) -> None:
    coded = base64.b64encode(f"{sandbox.user_id}:{sandbox.password}".encode()).decode()
    answer = sent(sandbox, "Contacts?page=1&pageSize=500&", Authorization=f"Basic {coded}")
    assert json.loads(answer.body)["Success"]
    assert sent(sandbox, "Contacts?page=1&", Authorization="Basic bm86bm8=").status == 401
