"""The site of the tests that read the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.vendors.shiftboard.site import Site


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    assert not made.box.writes
