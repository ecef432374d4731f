"""Any read of any vendor, answered by something else: no value changes, the sync is not called complete, and the next
one is equal to the vendor.

The suite takes a few tables of each vendor; ``python -m tests.benchmarks.answers.wrong`` takes every read with every
answer.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldhouse.sources.sandbox import SANDBOXES
from tests.support.runs.long_runs import in_long_runs
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness
from tests.support.vendors.wrong_answers import WRONG, content, faults_of, reads_of

CASES = in_long_runs(5, 3)
"""Reads of each vendor that the suite takes, each of another table."""


@pytest.fixture(scope="module", params=list(SANDBOXES))
def synced(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncHarness]:
    """A small vendor after two syncs."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    with open_harness(
        SANDBOXES[request.param](size=0.03, edge_cases=True), duckdb_url(folder), folder
    ) as harness:
        for _ in range(2):
            assert harness.sync().exit_code == 0
        yield harness


def test_a_wrong_answer_changes_no_value_and_is_reported(synced: SyncHarness) -> None:
    chance = random.Random(synced.sandbox.name)
    before = content(synced)
    names = [table.name for table in synced.account.vendor.tables]
    for table in chance.sample(names, min(CASES, len(names))):
        read, wrong = chance.choice(sorted(reads_of(synced, table))), chance.choice(list(WRONG))
        assert not list(faults_of(synced, read, wrong, (table,), before)), (table, read, wrong)
    assert synced.differences() == []
