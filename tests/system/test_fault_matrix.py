"""A sample of the fault matrix, the same one each time; ``./run faults`` plays all of it.

``FIELDHOUSE_FAULTS=all`` has pytest play every case, a number so many of them. The lake's sample is smaller: its syncs
take several times as long.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.case import GROUPS, Case, Skipped
from tests.faults.fault_benches import FaultBenches
from tests.faults.registry import all_cases, sample_of
from tests.faults.warehouses import WAREHOUSES
from tests.support.warehouse.warehouses import has_lake

SEED = 7
ALWAYS = ("C20-bossdesk-a-tenth", "C20-bossdesk-ninety-hidden", "C18-bossdesk-first-1000-rows-34-pages")
"""Cases that every change must pass; of the other groups, one case of each is in the sample."""
CHEAPEST = "notific"
"""The vendor with the smallest sync. Its cases stand for the groups where the vendor is not what goes wrong."""
OF_NO_VENDOR = ("A", "E", "G")
"""Interrupted processes, the machine and its network, and other sessions of the warehouse."""


LAKE = ("A2", "A3", "A6", "A8", "A9", "A10", "A11", "C16", "C20", "E34", "G51", "G52", "G53", "H65", "H66")
"""Groups in which the warehouse takes part: those of the lake's sample."""


def _cases(warehouse: str = "") -> list[Case]:
    """The sample of a warehouse; of the one that each case names, if none is given."""
    wanted = os.environ.get("FIELDHOUSE_FAULTS", "")
    cases = sample_of(all_cases(SEED), warehouse=warehouse)
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


def _sample(warehouse: str) -> list[Any]:
    if warehouse != "ducklake":
        return [pytest.param(warehouse, case, id=case.id) for case in _cases(warehouse)]
    cases = [case for case in _cases(warehouse) if case.group in LAKE or "FIELDHOUSE_FAULTS" in os.environ]
    return [
        pytest.param(warehouse, case, id=f"{warehouse}-{case.id}", marks=pytest.mark.ducklake)
        for case in cases
    ]


@pytest.fixture(scope="session")
def benches(request: pytest.FixtureRequest) -> Iterator[FaultBenches]:
    """One for all cases of a warehouse; it drops its databases before the server is stopped."""
    warehouse = request.param
    if warehouse == "ducklake" and not has_lake():
        pytest.skip("needs DuckDB's extension for lakes (./run lake-tests)")
    server = "" if warehouse else request.getfixturevalue("postgres_server")
    made = FaultBenches(lambda: server)
    made.dialect = warehouse
    yield made
    made.close()


@pytest.mark.parametrize(("benches", "case"), [*_sample(""), *_sample("ducklake")], indirect=["benches"])
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
    assert {warehouse for case in cases for warehouse in case.warehouses} == set(WAREHOUSES)
    assert set(LAKE) <= {case.group for case in _cases("ducklake")}
    assert [case.id for case in cases] == [case.id for case in all_cases.__wrapped__(SEED)]
