"""All cases, and how some of them are chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import zip_longest

from tests.faults.case import GROUPS, Case
from tests.faults.groups import (
    answers,
    clocks,
    environment,
    evolution,
    fields,
    machine,
    pages,
    process,
    proxies,
    receivers,
    sessions,
    times,
    tls,
    wire,
)
from tests.faults.small_worlds import number

_MODULES = (
    *(clocks, fields, tls, sessions, receivers, environment, proxies),
    *(process, machine, answers, pages, times, evolution, wire),
)


@cache
def all_cases(seed: int) -> tuple[Case, ...]:
    """Every case of the matrix; the same for the same seed."""
    cases = tuple(case for module in _MODULES for case in module.cases(seed))
    assert len({case.id for case in cases}) == len(cases), "two cases have one id"
    return cases


def sample_of(
    cases: Sequence[Case], *, group: str = "", case: str = "", sample: int = 0, warehouse: str = ""
) -> list[Case]:
    """The cases of a group (or of all whose name begins so), one case by id or part of it, or an even sample.

    Args:
        warehouse: where given, only the cases that can happen in it.
    """
    results = [
        one
        for one in cases
        if one.group == group or (group.isalpha() and one.group.startswith(group)) or not group
        if not warehouse or warehouse in one.warehouses
    ]
    if case:
        results = [one for one in results if one.id == case] or [one for one in results if case in one.id]
    return _even(results)[:sample] if sample else results


def _even(cases: Sequence[Case]) -> list[Case]:
    """One of each group, then a second of each, and so on; which ones does not change as others are added."""
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in sorted(cases, key=lambda one: number(one.id)):
        groups[case.group].append(case)
    rounds = zip_longest(*(groups[group] for group in GROUPS if group in groups))
    return [case for one in rounds for case in one if case]
