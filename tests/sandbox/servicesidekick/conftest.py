"""The sandbox of these tests, and a client for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fieldhouse.sources.sandbox.server import serve
from fieldhouse.sources.sandbox.servicesidekick.api import ServiceSidekickSandbox
from tests.sandbox.servicesidekick.calls import Caller


@pytest.fixture
def sandbox() -> ServiceSidekickSandbox:
    return ServiceSidekickSandbox(size=0.4, edge_cases=True)


@pytest.fixture
def api(sandbox: ServiceSidekickSandbox) -> Iterator[Caller]:
    with serve(sandbox) as urls:
        caller = Caller(sandbox, urls["servicesidekick"])
        yield caller
        caller.http.close()
