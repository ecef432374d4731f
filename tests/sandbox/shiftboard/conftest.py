"""The sandbox of these tests."""

from __future__ import annotations

import pytest

from fieldhouse.sources.sandbox.shiftboard.api import ShiftboardSandbox


@pytest.fixture
def sandbox() -> ShiftboardSandbox:
    return ShiftboardSandbox(size=0.3, edge_cases=True)
