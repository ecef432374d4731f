"""The sandbox of these tests over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fieldhouse.sources.sandbox.server import serve
from fieldhouse.sources.sandbox.servicebridge.api import ServiceBridgeSandbox


@pytest.fixture
def sandbox() -> ServiceBridgeSandbox:
    """Without its limits: these clients have no governor."""
    sandbox = ServiceBridgeSandbox(size=0.1, edge_cases=True)
    sandbox.enforce_limits = False
    return sandbox


@pytest.fixture
def place(sandbox: ServiceBridgeSandbox) -> Iterator[str]:
    with serve(sandbox) as urls:
        yield urls["servicebridge"]
