"""Requests to the ServiceSidekick sandbox, and its XML as values."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from fieldhouse.sources.sandbox.servicesidekick.api import ServiceSidekickSandbox
from fieldhouse.sources.sandbox.servicesidekick.fields import SECRETS

CASTS: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "decimal": float,
    "float": float,
    "boolean": {"true": True, "false": False}.__getitem__,
}
CHILD_INCLUDES = {
    "customers": "contacts,notes,tax_entity",
    "jobs": "employees,job_charges,time_entries,notes,job_type,job_status,tax_entity",
}


def parsed(element: ET.Element) -> Any:
    """A reader of its own, so that the sandbox's writer is not checked with itself."""
    kind = element.get("type", "")
    if element.get("nil") == "true":
        return None
    if kind == "array":
        return [parsed(child) for child in element]
    if len(element):
        record = {child.tag.replace("-", "_"): parsed(child) for child in element}
        return {name: value for name, value in record.items() if name not in SECRETS}
    return CASTS.get(kind.lower(), str)(element.text or "")


class Caller:
    def __init__(self, sandbox: ServiceSidekickSandbox, url: str) -> None:
        self.http = httpx.Client(base_url=url, verify=False, auth=(sandbox.token, sandbox.token))

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(path, params=query)

    def tree(self, path: str, **query: Any) -> ET.Element:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
        return ET.fromstring(answer.content)

    def pages(self, path: str, **query: Any) -> Iterator[list[dict[str, Any]]]:
        for page in range(1, 1000):
            rows = parsed(self.tree(path, page=page, **query))
            if not rows:
                return
            yield rows

    def rows(self, path: str, **query: Any) -> list[dict[str, Any]]:
        return [row for page in self.pages(path, **query) for row in page]


def error(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, ET.fromstring(answer.content).findtext("error")


def assert_equals_truth(sandbox: ServiceSidekickSandbox, api: Caller) -> None:
    truth = sandbox.truth()
    for table, include in CHILD_INCLUDES.items():
        assert api.rows(f"/{table}.xml", include=include) == truth[table]
    assert api.rows("/tasks.xml") == truth["tasks"]
    assert parsed(api.tree("/employees.xml")) == truth["employees"]
    for one, many in (("job_type", "job_types"), ("job_status", "job_statuses")):
        seen = {job[one]["id"]: job[one] for job in truth["jobs"] if one in job}
        assert [seen[key] for key in sorted(seen)] == truth[many]
