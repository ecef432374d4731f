"""The long version of tests that repeat a property: `FIELDHOUSE_TEST_LONG=1 ./run tests`."""

from __future__ import annotations

import os
from typing import TypeVar

import pytest

IS_LONG = bool(os.environ.get("FIELDHOUSE_TEST_LONG"))
_REASON = "part of the long version: set FIELDHOUSE_TEST_LONG=1"
Amount = TypeVar("Amount")

only_in_long_runs = pytest.mark.skipif(not IS_LONG, reason=_REASON)
"""Marks a case of which the suite has a shorter or similar one."""


def leave_to_long_runs() -> None:
    """Skip the test, of which the suite has a shorter or similar one, unless this is the long version."""
    if not IS_LONG:
        pytest.skip(_REASON)


def in_long_runs(long: Amount, otherwise: Amount) -> Amount:
    """``long`` in the long version, ``otherwise`` in the suite."""
    return long if IS_LONG else otherwise
