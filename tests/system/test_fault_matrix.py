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
ALWAYS = ("C20-bossdesk-a-tenth", "C20-bossdesk-ninety-hidden", "C18-bossdesk-first-1000-rows-34-pages")
"""Cases that every change must pass; of the other groups, one case of each is in the sample."""
CHEAPEST = "notific"
"""The vendor with the smallest sync. Its cases stand for the groups where the vendor is not what goes wrong."""
OF_NO_VENDOR = ("A", "E", "G")
"""Interrupted processes, the machine and its network, and other sessions of the warehouse."""


def _cases() -> list[Case]:
    wanted = os.environ.get("FIELDHOUSE_FAULTS", "")
    cases = all_cases(SEED)
    if wanted == "all":
        return list(cases)
    if wanted:
        return sample_of(cases, sample=int(wanted))
    fixed = [case for case in cases if case.id in ALWAYS]
    others = [case for case in cases if case.group not in {case.group for case in fixed}]
    cheap = {case.group for case in others if _is_cheap(case)}
    return fixed + sample_of(
        [case for case in others if case.group not in cheap or _is_cheap(case)],
        sample=len({case.group for case in others}),
    )


def _is_cheap(case: Case) -> bool:
    return case.group.startswith(OF_NO_VENDOR) and case.name.startswith(CHEAPEST)


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
    assert {case.group for case in _cases()} == set(GROUPS)
    assert {case.group for case in cases} == set(GROUPS)
    assert len(cases) >= 3_000
    assert [case.id for case in cases] == [case.id for case in all_cases.__wrapped__(SEED)]
