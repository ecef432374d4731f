"""Syncs of ServiceBridge's sandbox with answers that are rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fieldhouse.sources.sandbox.servicebridge.api import ServiceBridgeSandbox
from tests.support.sync_harness import (
    SyncHarness,
    duckdb_url,
    open_harness,
)

TABLES = ("customers", "contacts", "locations", "work_orders", "estimates")


@contextmanager
def harness(folder: Path, *faults: Any) -> Iterator[SyncHarness]:
    folder.mkdir()
    sandbox = ServiceBridgeSandbox(seed=5, size=0.05, edge_cases=True)
    sandbox.faults += faults
    with open_harness(sandbox, duckdb_url(folder), folder) as made:
        yield made
