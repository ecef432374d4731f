"""A sample of the fault matrix, the same one each time; ``./run faults`` plays all of it.

``FIELDHOUSE_FAULTS=all`` has pytest play every case, a number so many of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.faults.case import GROUPS, Case, Skipped
from tests.faults.fault_bench import Lab
from tests.faults.registry import chosen, every

SEED = 7
SAMPLE = 60
ALWAYS = ("-a-tenth", "-ninety-hidden", "-1000-rows-34-pages", "notific-and-servicebridge-in-one-file")
"""Cases that every change must pass, by how their ids end; the rest of the sample is even over the groups."""


def _cases() -> list[Case]:
    wanted = os.environ.get("FIELDHOUSE_FAULTS", str(SAMPLE))
    if wanted == "all":
        return list(every(SEED))
    fixed = [case for case in every(SEED) if case.id.endswith(ALWAYS)]
    even = [case for case in chosen(every(SEED), sample=int(wanted)) if case not in fixed]
    return (fixed + even)[: int(wanted)]


@pytest.fixture(scope="session")
def lab(postgres_server: str) -> Iterator[Lab]:
    """One for all cases; it drops its databases before the server is stopped."""
    made = Lab(lambda: postgres_server)
    yield made
    made.close()


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case.id)
def test_fault(case: Case, lab: Lab) -> None:
    lab.story = case.id
    try:
        case.run(lab)
    except Skipped as reason:
        pytest.skip(str(reason))


def test_the_matrix_is_whole() -> None:
    cases = every(SEED)
    assert {case.group for case in cases} == set(GROUPS)
    assert len(cases) >= 900
    assert [case.id for case in cases] == [case.id for case in every.__wrapped__(SEED)]
