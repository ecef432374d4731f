"""The Kickserv gem, a public client of the ServiceSidekick API, by its request lines, against the sandbox.

The gem sends HTTP Basic with the token twice, to ``https://app.kickserv.com/<account>/``, and joins lists by commas.
"""

from __future__ import annotations

import base64
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.sandbox.servicesidekick.api import ServiceSidekickSandbox


@pytest.fixture(scope="module")
def sandbox() -> ServiceSidekickSandbox:
    return ServiceSidekickSandbox(size=0.2, edge_cases=True)


def gem(sandbox: ServiceSidekickSandbox, path: str, token: str | None = None, **params: object) -> Answer:
    """A GET as the gem sends it: parameters only if there are any."""
    coded = base64.b64encode(f"{token or sandbox.token}:{token or sandbox.token}".encode()).decode()
    target = f"/acme/{path}" + (f"?{urlencode(params)}" if params else "")
    return sandbox.handle(Call.of("GET", target, {"Authorization": f"Basic {coded}"}, b""))


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("jobs.xml", {}),
        ("jobs.xml", {"page": 2, "only": "job_number,name", "include": "customer,job_charges"}),
        ("customers.xml", {"page": 1, "include": "contacts"}),
        ("customers.xml", {"only": "customer_number,name"}),
    ],
)
def test_list_of_the_gem_is_answered_below_the_account(
    sandbox: ServiceSidekickSandbox, path: str, params: dict[str, object]
) -> None:
    answer = gem(sandbox, path, **params)
    assert answer.status == 200
    assert f'<{path.removesuffix(".xml")} type="array"'.encode() in answer.body
    ElementTree.fromstring(answer.body)


def test_single_record_of_the_gem_is_answered(sandbox: ServiceSidekickSandbox) -> None:
    number = sandbox.truth()["jobs"][0]["job_number"]
    assert f'<job-number type="integer">{number}<'.encode() in gem(sandbox, f"jobs/{number}.xml").body


def test_wrong_token_is_the_401_that_the_gem_looks_for(sandbox: ServiceSidekickSandbox) -> None:
    assert gem(sandbox, "jobs.xml", "nope").status == 401


def test_account_with_a_name_answers_no_other(sandbox: ServiceSidekickSandbox) -> None:
    named = ServiceSidekickSandbox(size=0.05, edge_cases=True)
    named.slug = "other"
    assert gem(named, "jobs.xml").status == 404
    assert gem(sandbox, "deeper/jobs.xml").status == 404
