"""The sandbox of these tests, and the settings that name it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fieldhouse.sources.sandbox.server import serve
from fieldhouse.sources.sandbox.servicesidekick.api import ServiceSidekickSandbox


@pytest.fixture
def shop() -> ServiceSidekickSandbox:
    return ServiceSidekickSandbox(size=0.3, edge_cases=True)


@pytest.fixture
def settings(shop: ServiceSidekickSandbox) -> Iterator[dict[str, str]]:
    with serve(shop) as urls:
        yield shop.settings(urls["servicesidekick"])
