"""A sample of the fault matrix, the same one each time; ``./run faults`` plays all of it.

``FIELDHOUSE_FAULTS=all`` has pytest play every case, a number so many of them. The lake's sample is smaller: its syncs
take several times as long.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.faults.case import GROUPS, Case, Skipped
from tests.faults.fault_benches import FaultBenches
from tests.faults.registry import all_cases, sample_of
from tests.faults.warehouses import WAREHOUSES
from tests.support.warehouse.warehouses import has_lake

SEED = 7
CHEAPEST = "notific"
"""The vendor with the smallest sync."""
OF_NO_VENDOR = ("A", "E", "G")
"""Interrupted processes, the machine and its network, and other sessions of the warehouse."""


@dataclass(frozen=True)
class Sample:
    """Which cases stand for all: one of each group.

    Attributes:
        groups: those of which there are cases.
        always: cases that stand for their groups whatever their number is.
        cheap: groups in which the vendor is not what goes wrong, so that the cheapest one stands for all.
    """

    groups: tuple[str, ...]
    always: tuple[str, ...]
    cheap: tuple[str, ...]


LAKE = ("A2", "A3", "A6", "A8", "A9", "A10", "A11", "C16", "C20", "E34", "G51", "G52", "G53", "H65", "H66")
"""Groups in which the warehouse takes part."""
SAMPLES = {
    "": Sample(
        tuple(GROUPS),
        ("C20-bossdesk-a-tenth", "C20-bossdesk-ninety-hidden", "C18-bossdesk-first-1000-rows-34-pages"),
        tuple(group for group in GROUPS if group.startswith(OF_NO_VENDOR)),
    ),
    "ducklake": Sample(LAKE, (), LAKE),
}
"""Warehouse -> its sample; without a name, each case's own warehouse."""


def _cases(warehouse: str = "") -> list[Case]:
    """The cases that are played in a warehouse."""
    wanted = os.environ.get("FIELDHOUSE_FAULTS", "")
    cases, sample = sample_of(all_cases(SEED), warehouse=warehouse), SAMPLES[warehouse]
    if wanted == "all":
        return cases
    if wanted:
        return sample_of(cases, sample=int(wanted))
    fixed = [case for case in cases if case.id in sample.always]
    open_groups = set(sample.groups) - {case.group for case in fixed}
    others = [case for case in cases if case.group in open_groups]
    cheap = [case for case in others if case.group in sample.cheap and case.name.startswith(CHEAPEST)]
    groups = {case.group for case in cheap}
    return fixed + sample_of(
        [*cheap, *(case for case in others if case.group not in groups)], sample=len(open_groups)
    )


def _parameters() -> Iterator[Any]:
    for warehouse in SAMPLES:
        marks, prefix = ([getattr(pytest.mark, warehouse)], f"{warehouse}-") if warehouse else ([], "")
        for case in _cases(warehouse):
            yield pytest.param(warehouse, case, id=f"{prefix}{case.id}", marks=marks)


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


@pytest.mark.parametrize(("benches", "case"), list(_parameters()), indirect=["benches"])
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
    assert {case.group for case in _cases("ducklake")} == set(LAKE)
    assert [case.id for case in cases] == [case.id for case in all_cases.__wrapped__(SEED)]
