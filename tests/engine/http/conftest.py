"""Fixtures of the HTTP tests."""

from __future__ import annotations

import pytest

from tests.support.http_clients import Sleeps


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()
