"""A sample of the fault matrix, the same one each time; ``./run faults`` plays all of it.

``FIELDHOUSE_FAULTS=all`` has pytest play every case, a number so many of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.faults.case import GROUPS, Case, Skipped
from tests.faults.fault_benches import FaultBenches
from tests.faults.registry import all_cases, sample_of

SEED = 7
SAMPLE = 60
ALWAYS = ("-a-tenth", "-ninety-hidden", "-1000-rows-34-pages", "notific-and-servicebridge-in-one-file")
"""Cases that every change must pass, by how their ids end; the rest of the sample is even over the groups."""


def _cases() -> list[Case]:
    wanted = os.environ.get("FIELDHOUSE_FAULTS", str(SAMPLE))
    if wanted == "all":
        return list(all_cases(SEED))
    fixed = [case for case in all_cases(SEED) if case.id.endswith(ALWAYS)]
    even = [case for case in sample_of(all_cases(SEED), sample=int(wanted)) if case not in fixed]
    return (fixed + even)[: int(wanted)]


@pytest.fixture(scope="session")
def benches(postgres_server: str) -> Iterator[FaultBenches]:
    """One for all cases; it drops its databases before the server is stopped."""
    made = FaultBenches(lambda: postgres_server)
    yield made
    made.close()


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case.id)
def test_fault(case: Case, benches: FaultBenches) -> None:
    benches.case_id = case.id
    try:
        case.run(benches)
    except Skipped as reason:
        pytest.skip(str(reason))


def test_the_matrix_is_whole() -> None:
    cases = all_cases(SEED)
    assert {case.group for case in cases} == set(GROUPS)
    assert len(cases) >= 2_000
    assert [case.id for case in cases] == [case.id for case in all_cases.__wrapped__(SEED)]
